//! Headers that proxies add and attackers forge.

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
};

use support::{Browser, HTTPS_ORIGIN, ORIGIN, Page, Provider, app, call, get, secrets_at};

/// Headers that an attacker sends through a proxy that does not remove them.
const FORGED: [(&str, &str); 16] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x_forwarded_host", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x_forwarded_proto", "https"),
    ("x-forwarded-port", "81"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-uri", "/guarded?evil"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-scheme", "http"),
    ("forwarded", "host=evil.example;proto=http;for=127.0.0.1"),
    ("x-original-url", "/public"),
    ("x-original-host", "evil.example"),
    ("x-rewrite-url", "/public"),
    ("x-real-ip", "127.0.0.1"),
];

#[tokio::test]
async fn forged_headers_change_nothing() {
    for base in [ORIGIN, HTTPS_ORIGIN] {
        let provider = Provider::start().await;
        let app = app(&secrets_at(&provider, base).toml());
        let plain = run(app.clone(), base, &[]).await;
        assert!(plain.iter().any(|step| step.contains("/authorize")));
        for forged in FORGED {
            assert_eq!(run(app.clone(), base, &[forged]).await, plain, "{forged:?}");
        }
        assert_eq!(run(app.clone(), base, &FORGED).await, plain);
        for asked in provider
            .requests("authorize")
            .iter()
            .chain(&provider.requests("token"))
        {
            assert_eq!(
                asked.parameter("redirect_uri"),
                Some(&*format!("{base}/oauth2callback"))
            );
        }
        assert_eq!(provider.violations(), [""; 0]);
    }
}

/// Opens a guarded page, logs in and logs out. Returns every status, `Location` and `Set-Cookie`,
/// without random values.
async fn run(app: Router, base: &str, forged: &[(&'static str, &'static str)]) -> Vec<String> {
    let forged: Vec<_> = forged
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect();
    let forging = app.layer(middleware::from_fn(
        move |mut request: Request, next: Next| {
            for (name, value) in forged.clone() {
                request.headers_mut().insert(name, value);
            }
            next.run(request)
        },
    ));
    let mut browser = Browser::new(forging, base);
    let login = browser.get("/guarded?x=1").await;
    assert_eq!(
        (login.path(), login.text().as_str()),
        ("/guarded?x=1", "ada")
    );
    let logout = browser.get("/auth/logout").await;
    assert_eq!(logout.text(), "nobody");
    [login, logout].iter().flat_map(told).collect()
}

fn told(page: &Page) -> Vec<String> {
    let mut told = Vec::new();
    for hop in &page.hops {
        told.push(hop.status.to_string());
        if let Some(location) = hop.headers.get(header::LOCATION) {
            let mut url = hop.url.join(location.to_str().unwrap()).unwrap();
            let kept: Vec<_> = url
                .query_pairs()
                .into_owned()
                .filter(|(name, _)| {
                    !["state", "nonce", "code", "code_challenge", "id_token_hint"]
                        .contains(&&**name)
                })
                .collect();
            url.query_pairs_mut().clear().extend_pairs(kept);
            told.push(url.to_string());
        }
        for cookie in hop.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once("; ").unwrap();
            let name = pair.split('=').next().unwrap();
            let name = name.split_once("_login_").map_or(name, |(start, _)| start);
            told.push(format!("{name} {attributes}"));
        }
    }
    told
}

#[tokio::test]
async fn tls_terminating_proxy_keeps_cookies_secure() {
    let provider = Provider::start().await;
    let app = app(&secrets_at(&provider, HTTPS_ORIGIN).toml());
    // The app receives plain http without any forwarding header.
    let mut request = get("http://app.internal:8080/auth/login");
    request
        .headers_mut()
        .insert(header::HOST, HeaderValue::from_static("app.internal:8080"));
    let response = call(&app, request).await;
    assert_eq!(response.status(), 303);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-_streamlit_login_") && cookie.contains("; Secure"),
        "{cookie}"
    );
    let mut browser = Browser::new(app, HTTPS_ORIGIN);
    let page = browser.get("/guarded").await;
    assert_eq!((page.text().as_str(), page.hops.len()), ("ada", 4));
    assert!(
        browser
            .jar
            .cookies()
            .iter()
            .all(|cookie| cookie.secure && cookie.name.starts_with("__Host-"))
    );
    assert_eq!(browser.jar.refused(), []);
}
