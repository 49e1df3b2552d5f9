//! The development provider behind nginx with a minimal `proxy_pass`.

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::{
    Client, StatusCode,
    header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use serde_json::json;
use support::signed;

use crate::{
    app::{App, COMMITTED_SECRET},
    browser::Browser,
    nginx::Nginx,
};

/// The example `hello` with the committed secrets.toml, behind nginx with `proxy_pass` and
/// `directives`.
async fn behind_nginx(directives: &str) -> (App, Nginx) {
    let app = App::start_as_committed("hello").await;
    let location = format!(
        "location / {{ proxy_pass http://{}; {directives} }}",
        app.authority()
    );
    let nginx = Nginx::start(&location).await;
    (app, nginx)
}

/// A program on another computer that sends arbitrary requests, but only through nginx.
struct Attacker {
    http: Client,
    target: String,
}

impl Attacker {
    fn new(nginx: &Nginx) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().redirect(Policy::none());
        Self {
            http: http.build().unwrap(),
            target: format!("http://{}", nginx.authority()),
        }
    }

    async fn home(&self, cookie: &str) -> String {
        let request = self.http.get(&self.target).header(COOKIE, cookie);
        request.send().await.unwrap().text().await.unwrap()
    }

    /// Starts a login and submits the form of the provider as alice through nginx. Returns the
    /// status of the last response.
    async fn sign_in(&self) -> StatusCode {
        let login = format!("{}/auth/login", self.target);
        let start = self.http.get(login).send().await.unwrap();
        assert_eq!(start.status(), StatusCode::SEE_OTHER);
        let location = start.headers()[LOCATION].to_str().unwrap();
        let (page, query) = location.split_once('?').unwrap();
        let path = page.splitn(4, '/').nth(3).unwrap();
        let page = format!("{}/{path}", self.target);
        let form = self
            .http
            .post(page)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("{query}&user=alice"));
        form.send().await.unwrap().status()
    }
}

#[tokio::test]
async fn dev_provider_refuses_plain_proxy_pass() {
    for directives in [
        "",
        "proxy_http_version 1.1;",
        "proxy_set_header Host localhost;",
        "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header X-Real-IP $remote_addr;",
        "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Via nginx;",
        "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $http_host.example;",
    ] {
        let (app, nginx) = behind_nginx(directives).await;
        let attacker = Attacker::new(&nginx);
        assert_eq!(
            attacker.sign_in().await,
            StatusCode::FORBIDDEN,
            "{directives}"
        );
        for path in ["/", "/jwks", "/.well-known/openid-configuration"] {
            let url = format!("{}/auth/dev{path}", attacker.target);
            let answer = attacker.http.get(url).send().await.unwrap();
            assert_eq!(
                answer.status(),
                StatusCode::FORBIDDEN,
                "{directives} {path}"
            );
            let text = answer.text().await.unwrap();
            assert!(text.contains("only on this computer"), "{text}");
        }
        // A browser on this computer can still log in.
        let mut browser = Browser::new();
        let people = app.start_login(&mut browser).await;
        assert_eq!(people.status, 200, "{people:?}");
        app.assert_clean_log();
    }
}

#[tokio::test]
async fn public_secret_cannot_forge_identity_behind_nginx() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    for directives in [
        "",
        "proxy_http_version 1.1;",
        "proxy_http_version 1.1; proxy_set_header Connection \"\";",
    ] {
        let (app, nginx) = behind_nginx(directives).await;
        let attacker = Attacker::new(&nginx);
        let text = json!({
            "origin": format!("http://{}", app.authority()),
            "is_logged_in": true,
            "sub": "mallory",
            "name": "Mallory",
            "provider": "default",
        });
        let name = signed::IDENTITY;
        let value = signed::sign(COMMITTED_SECRET, name, &text.to_string(), now.as_secs());
        let home = attacker.home(&format!("{name}={value}")).await;
        assert!(
            home.contains("Log in") && !home.contains("Welcome"),
            "{home}"
        );
    }
}

/// The documentation of `AuthLayer::dev` names this proxy as undetectable. Requests from browsers
/// still reveal it.
#[tokio::test]
async fn browser_behind_silent_proxy_is_refused() {
    let silent = "proxy_http_version 1.1; proxy_set_header Connection \"\";";
    let (_app, nginx) = behind_nginx(silent).await;
    let attacker = Attacker::new(&nginx);
    assert_eq!(attacker.sign_in().await, StatusCode::SEE_OTHER, "a program");
    let origin = format!("http://{}", nginx.authority());
    let page = format!("{origin}/auth/dev/authorize");
    for headers in [
        &[
            ("origin", origin.as_str()),
            ("sec-fetch-site", "same-origin"),
        ][..],
        &[("origin", origin.as_str())],
        &[("sec-fetch-site", "cross-site")],
    ] {
        let mut form = attacker
            .http
            .post(&page)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body("client_id=x&redirect_uri=http://localhost/&user=alice");
        for (name, value) in headers {
            form = form.header(*name, *value);
        }
        let answer = form.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{headers:?}");
        assert!(answer.headers().get(SET_COOKIE).is_none());
    }
}
