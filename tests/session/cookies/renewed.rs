//! Renewals that arrive late: after a logout, after another login, or with another identity.

use axum::{Router, http::header};
use axum_streamlit_auth::AuthLayer;

use super::{TIME, large};
use support::{
    Browser, COOKIE_SECRET as OLD, Clock, Cookie, HTTPS_ORIGIN, ORIGIN, Provider, Secrets, Visit,
    app_with, current_user,
    jar::Context,
    secrets_at,
    signed::{self, IDENTITY, identity, sign},
    text, with_cookies,
};

const NEW: &str = "nW4hB8sD1fG6jK3lQ9zX5cV7bM2pR0tYwE4uI8oA";
const THIRD: &str = "Zq3wS6xE9cR2vT5bY8nU1mI4kO7pL0aJdFgHqWeR";
const TOKENS: &str = "_streamlit_user_tokens";

/// A provider, and the browser of ada after a login under the earlier secret.
async fn ada(base: &str, change: impl Fn(Secrets) -> Secrets) -> (Provider, Browser, Secrets) {
    let provider = Provider::start().await;
    let secrets = change(secrets_at(&provider, base));
    let mut browser = Browser::new(served(&secrets), base);
    assert_eq!(browser.get("/auth/login").await.text(), "ada");
    (provider, browser, secrets)
}

fn served(secrets: &Secrets) -> Router {
    app_with(AuthLayer::from_toml(&secrets.toml()).unwrap())
}

fn rotated(secrets: &Secrets) -> Secrets {
    let secrets = secrets.clone().cookie_secret(NEW);
    secrets.auth(&format!("cookie_secrets_old = [\"{OLD}\"]"))
}

/// The `Set-Cookie` headers of a response that has not reached the browser yet.
async fn pending(app: &Router, browser: &mut Browser, path: &str) -> Vec<String> {
    let url = browser.url("/");
    let cookies = browser.jar.header(&url, Context::SameSite).unwrap();
    let response = with_cookies(app, path, cookies).await;
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    let set: Vec<_> = set.map(|set| set.to_str().unwrap().to_owned()).collect();
    assert!(!set.is_empty(), "{path} renews");
    set
}

fn receive(browser: &mut Browser, set: &[String]) {
    let url = browser.url("/");
    for set in set {
        browser.jar.store(&url, set, Context::SameSite);
    }
    assert_eq!(browser.jar.refused(), []);
}

#[tokio::test]
async fn late_renewal_does_not_undo_a_logout() {
    for base in [ORIGIN, HTTPS_ORIGIN] {
        for path in ["/", "/me", "/guarded", "/report"] {
            let (_provider, mut browser, secrets) = ada(base, |secrets| secrets).await;
            let rotating = served(&rotated(&secrets));
            browser.serve(rotating.clone(), base);
            let late = pending(&rotating, &mut browser, path).await;
            browser.post("/auth/logout", &[]).await;
            receive(&mut browser, &late);

            assert_eq!(browser.get("/").await.text(), "nobody", "{base} {path}");
            for app in [
                served(&secrets),
                served(&secrets.clone().cookie_secret(NEW)),
            ] {
                browser.serve(app, base);
                assert_eq!(browser.fetch("/guarded").await.status, 401);
            }
        }
    }
}

#[tokio::test]
async fn late_renewal_does_not_replace_another_login() {
    for base in [ORIGIN, HTTPS_ORIGIN] {
        let (provider, mut browser, secrets) = ada(base, |secrets| secrets).await;
        let rotating = served(&rotated(&secrets));
        browser.serve(rotating.clone(), base);
        let late = pending(&rotating, &mut browser, "/").await;
        provider.sign_in_as("bob");
        assert_eq!(browser.get("/auth/login").await.text(), "bob");
        receive(&mut browser, &late);

        assert_eq!(browser.get("/").await.text(), "bob");
        // The late renewal does not remove the session of bob either.
        browser.serve(served(&secrets.clone().cookie_secret(NEW)), base);
        assert_eq!(browser.get("/guarded").await.text(), "bob");
        browser.post("/auth/logout", &[]).await;
        assert_eq!(browser.jar.names(), [""; 0]);
    }
}

/// The other login is by the same user at the same time, with other claims.
#[tokio::test]
async fn renewal_is_bound_to_its_identity() {
    let rotating = app_of(NEW, &[OLD]);
    let after = app_of(NEW, &[]);
    let first = format!("{IDENTITY}={}", identity("ada", TIME));
    let response = with_cookies(&rotating, "/", &first).await;
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap();
    let renewal = set.split(';').next().unwrap();
    assert_eq!(
        current_user(&after, format!("{first}; {renewal}")).await,
        "ada"
    );

    let text = signed::identity_text(serde_json::json!({ "sub": "ada", "groups": ["admin"] }));
    let tampered = identity("ada", TIME).replacen('a', "b", 1);
    for other in [
        sign(OLD, IDENTITY, &text, TIME),
        sign(OLD, IDENTITY, &text, TIME - 1),
        identity("bob", TIME),
        identity("ada", TIME - 1),
        tampered,
        String::new(),
    ] {
        let sent = format!("{IDENTITY}={other}; {renewal}");
        assert_eq!(current_user(&after, sent).await, "nobody", "{other}");
    }
    // Signature, time and name of the renewal are verified.
    let forged = sign(
        OLD,
        "_streamlit_user_renewal",
        &signed::text_of(&renewal[24..]),
        TIME,
    );
    for other in [
        format!("_streamlit_user_renewal={forged}"),
        renewal.replace("_streamlit_user_renewal", IDENTITY),
        renewal.replace("_streamlit_user_renewal", TOKENS),
    ] {
        assert_eq!(
            current_user(&after, format!("{first}; {other}")).await,
            "nobody"
        );
    }
}

#[tokio::test]
async fn renewal_does_not_extend_the_lifetime() {
    let clock = Clock::at(TIME);
    let toml = signed::toml(NEW, ORIGIN) + &format!("cookie_secrets_old = [\"{OLD}\"]\n");
    let app = app_with(clock.layer(&toml));
    let first = format!("{IDENTITY}={}", identity("ada", TIME));
    clock.advance(1_000_000);
    let response = with_cookies(&app, "/", &first).await;
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap();
    let both = format!("{first}; {}", set.split(';').next().unwrap());
    clock.set(TIME + 2_592_000);
    assert_eq!(current_user(&app, &both).await, "ada");
    clock.advance(1);
    assert_eq!(current_user(&app, &both).await, "nobody");
}

/// Each instance is visited once. At the end, the identity is signed with a secret two rotations
/// old.
#[tokio::test]
async fn renewal_is_renewed_with_the_next_secret() {
    let cookies = [
        large("ada", 3, TIME),
        vec![(
            TOKENS.to_owned(),
            sign(OLD, TOKENS, r#"{"access_token":"t"}"#, TIME),
        )],
    ]
    .concat();
    let mut browser = Browser::new(app_of(NEW, &[OLD]), ORIGIN);
    browser.jar.set_now(TIME);
    let home = browser.url("/");
    for (name, value) in &cookies {
        browser.jar.plant(Cookie::new(&home, name, value));
    }
    for app in [
        app_of(NEW, &[OLD]),
        app_of(THIRD, &[NEW]),
        app_of(THIRD, &[]),
    ] {
        browser.serve(app, ORIGIN);
        for _ in 0..2 {
            assert_eq!(browser.get("/").await.text(), "ada");
        }
        let page = browser.step(Visit::get(browser.url("/"))).await;
        assert_eq!(page.set_cookies(), [""; 0], "renewed already");
    }
    let cookies = browser.jar.header(&home, Context::SameSite).unwrap();
    let tokens = axum::routing::get(|user: axum_streamlit_auth::User| async move {
        user.tokens().access().unwrap_or("none").to_owned()
    });
    let auth = Clock::at(TIME).layer(&signed::toml(THIRD, ORIGIN));
    let app = Router::new().route("/tokens", tokens).layer(auth);
    assert_eq!(
        text(with_cookies(&app, "/tokens", cookies).await).await,
        "t"
    );
}

/// An app with a clock fixed at [`TIME`].
fn app_of(secret: &str, old: &[&str]) -> Router {
    let toml = signed::toml(secret, ORIGIN) + &format!("cookie_secrets_old = {old:?}\n");
    app_with(Clock::at(TIME).layer(&toml))
}
