//! The discovery document, and the responses of provider endpoints.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use support::{
    Behaviour, Browser, Faults, Log, ORIGIN, Page, Provider, TestApp, Visit, app, secrets,
    two_providers,
};

/// The log quotes the issuer of the document, on one line.
#[tokio::test]
async fn issuer_mismatch_stops_the_login() {
    let long = format!("https://evil.example/\r\n\u{2028}{}", "x".repeat(10_000));
    for issuer in ["https://evil.example", long.as_str()] {
        let mut test_app = TestApp::new().await;
        test_app.provider.set(|f| f.metadata.set("issuer", issuer));
        let log = Log::start();
        test_app
            .assert_provider_unavailable(login(&test_app), "discovery_issuer")
            .await;
        assert_eq!(test_app.provider.all_requests().len(), 1);
        let (_, line) = log.warnings().pop().unwrap();
        let (_, detail) = line.split_once(" detail=").unwrap();
        let is_short = detail.chars().count() <= 300;
        assert!(is_short && !line.contains('\u{2028}'), "{line}");
    }
}

/// Auth0, Authentik and Forgejo end their issuer with a slash, which the well-known URL does not
/// show. The ID token and the callback must then contain the slash as well.
#[tokio::test]
async fn nearly_equal_issuer_is_rejected() {
    let provider = Provider::start().await;
    let issuer = format!("{}/tenant", provider.origin());
    provider.set(|f| f.issuer = Some(issuer.clone()));
    let secrets = secrets(&provider);
    let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
    for near in [
        format!("{issuer}//"),
        issuer.replace("tenant", "Tenant"),
        issuer.replace("http://", "HTTP://"),
        issuer.replace("http://", "https://"),
        issuer.replace("127.0.0.1", "localhost"),
        issuer.replace(":", ":0"),
        format!("{issuer}?"),
        format!("{issuer}#"),
        format!("{issuer}/../tenant"),
        format!("{issuer} "),
        app.provider.origin().to_owned(),
        String::new(),
    ] {
        app = TestApp::with_provider(app.provider, &secrets, ORIGIN);
        app.provider
            .set(|f| f.metadata.set("issuer", near.as_str()));
        let log = Log::start();
        app.assert_provider_unavailable(login(&app), "discovery_issuer")
            .await;
        let lines: Vec<String> = log.warnings().into_iter().map(|(_, text)| text).collect();
        let quoted = |text: &str| lines.iter().any(|line| line.contains(&format!("{text:?}")));
        assert!(quoted(&near) && quoted(&issuer), "{lines:?}");
    }
    let with_slash = format!("{issuer}/");
    let mut app = TestApp::with_provider(app.provider, &secrets, ORIGIN);
    app.provider.set(|f| {
        f.metadata.clear();
        f.issuer = Some(with_slash);
    });
    app.sign_in("ada").await;
    app.provider.set(|f| f.claims.set("iss", issuer.as_str()));
    let callback = app.callback().await;
    app.assert_rejected(callback, "id_token_issuer").await;
}

/// Only hosts of Microsoft may use a template. The unit tests of `provider::metadata` cover those.
#[tokio::test]
async fn issuer_template_is_limited_to_microsoft() {
    let provider = Provider::start().await;
    provider.emulate_entra("9188040d-6c67-4c5b-b112-36a304b66dad");
    let secrets = secrets(&provider);
    let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
    app.assert_provider_unavailable(login(&app), "discovery_issuer")
        .await;
}

/// A provider on loopback may not refer to plain http elsewhere. `tls` has the test for https
/// documents.
#[tokio::test]
async fn plain_http_endpoint_is_rejected() {
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        for url in [
            "http://evil.example/x",
            "http://localhost.evil.example/x",
            "http://localhost:80@evil.example/x",
            "ftp://127.0.0.1/x",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "//127.0.0.1/x",
            "/x",
            "",
        ] {
            let mut app = TestApp::new().await;
            app.provider.set(|f| f.metadata.set(endpoint, url));
            app.assert_provider_unavailable(login(&app), "discovery_endpoint")
                .await;
        }
        let mut app = TestApp::new().await;
        app.provider.set(|f| f.metadata.remove(endpoint));
        app.assert_provider_unavailable(login(&app), "discovery_endpoint")
            .await;
    }
}

/// A redirect of the token or UserInfo endpoint is a response, so the login is rejected and the
/// code is consumed.
#[tokio::test]
async fn provider_redirects_are_not_followed() {
    type Target = fn(&mut Faults) -> &mut Behaviour;
    let places: [(&str, Target); 4] = [
        ("discovery", |f| &mut f.discovery),
        ("jwks", |f| &mut f.jwks),
        ("token", |f| &mut f.token),
        ("userinfo", |f| &mut f.userinfo),
    ];
    let other = Provider::start().await;
    for (endpoint, place) in places {
        for status in [301, 302, 303, 307, 308] {
            let mut app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
            let target = match endpoint {
                "discovery" => other.metadata_url(),
                _ => other.url(&format!("/{endpoint}")),
            };
            let redirect = Behaviour::Redirect(status, target);
            app.provider.set(|f| *place(f) = redirect);
            match endpoint {
                "discovery" => {
                    app.assert_provider_unavailable(login(&app), "provider_redirects")
                        .await;
                }
                "jwks" => {
                    let callback = app.callback().await;
                    app.assert_provider_unavailable(callback, "provider_redirects")
                        .await;
                }
                _ => {
                    let reason = ["token_status", "userinfo_refused"];
                    let reason = reason[usize::from(endpoint == "userinfo")];
                    let callback = app.callback().await;
                    app.assert_rejected(callback, reason).await;
                }
            }
            assert_eq!(app.provider.count(endpoint), 1);
        }
    }
    assert_eq!(other.all_requests().len(), 0);
}

/// At most 1 MiB is read, and nothing is decompressed.
#[tokio::test]
async fn oversized_documents_are_cut_off() {
    let gzip = |_| vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0];
    let (long, encoded) = ("provider_too_long", "provider_encoded");
    for (giant, reason, of_keys) in [
        (Behaviour::Endless, long, long),
        (Behaviour::Padded((1 << 20) + 1), long, long),
        (Behaviour::Padded(100_000_000), long, long),
        (Behaviour::GzipBomb, encoded, encoded),
        (Behaviour::Bytes(gzip), encoded, encoded),
    ] {
        assert_outage(&giant, reason, of_keys).await;
    }
    let mut app = TestApp::new().await;
    app.provider
        .set(|f| f.discovery = Behaviour::Padded(1 << 20));
    app.sign_in("ada").await;
    for request in app.provider.all_requests() {
        let from_us = request.endpoint != "authorize";
        let accepted = from_us.then_some("identity");
        assert_eq!(request.header("accept-encoding"), accepted);
        assert!(!from_us || request.header("user-agent").is_some());
    }
}

#[tokio::test]
async fn malformed_discovery_is_rejected() {
    let utf16 = |body: Vec<u8>| body.into_iter().flat_map(|byte| [0, byte]).collect();
    for wrong in [
        Behaviour::Html(200),
        Behaviour::Json(200, json!([{"issuer": 1}])),
        Behaviour::Json(200, json!("text")),
        Behaviour::Bytes(utf16),
        Behaviour::Bytes(|body| body[..body.len() / 2].to_vec()),
        Behaviour::Bytes(|_| b"[".repeat(100_000)),
        Behaviour::Bytes(|_| b"{\"a\":".repeat(100_000)),
        Behaviour::Bytes(|_| Vec::new()),
    ] {
        assert_outage(&wrong, "discovery_not_json", "keys_malformed").await;
    }
    for status in [204, 400, 404, 500, 503] {
        let wrong = Behaviour::Json(status, json!({}));
        assert_outage(&wrong, "provider_status", "provider_status").await;
    }
    for lost in [Behaviour::Cut, Behaviour::HangUp] {
        assert_outage(&lost, "provider_down", "provider_down").await;
    }
    let mut app = TestApp::new().await;
    app.provider.set(|f| {
        for unused in [
            "userinfo_endpoint",
            "end_session_endpoint",
            "service_documentation",
        ] {
            f.metadata.set(unused, "::not a URL");
        }
        f.metadata.set("registration_endpoint", json!({"a": 5}));
        f.metadata.set("scopes_supported", 5);
        f.metadata.set("claims_supported", Value::Null);
    });
    app.sign_in("ada").await;
}

#[tokio::test]
async fn app_starts_while_provider_is_down() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = two_providers(&one, &two);
    one.stop().await;
    let mut app = TestApp::with_provider(one, &secrets, ORIGIN);

    assert_eq!(app.current_user().await, "nobody");
    let visit = Visit::get(app.browser.url("/auth/login/one?next=/me"));
    let page = app
        .assert_provider_unavailable(visit, "provider_down")
        .await;
    assert!(
        page.text().contains(r#"action="/auth/login/one""#),
        "{page:?}"
    );
    assert!(page.text().contains(r#"value="/me""#), "{page:?}");
    assert_eq!(app.browser.get("/auth/login/two").await.text(), "ada");
}

/// All logins start before the provider responds.
#[tokio::test]
async fn concurrent_logins_share_one_fetch() {
    const CONCURRENT_LOGINS: usize = 100;
    let provider = Provider::start().await;
    let late = Behaviour::After(std::time::Duration::from_millis(200));
    provider.set(|f| (f.alg, f.discovery, f.jwks) = ("EdDSA", late.clone(), late));
    let app = app(&secrets(&provider).toml());
    let browsers =
        (0..CONCURRENT_LOGINS).map(|_| (Browser::new(app.clone(), ORIGIN), "/auth/login".into()));

    let started = all_at_once(browsers.collect()).await;
    assert_eq!(provider.count("discovery"), 1);

    let mut callbacks = Vec::new();
    for (mut browser, page) in started.into_iter().take(30) {
        let page = browser.step(page.next().unwrap()).await;
        callbacks.push((browser, page.location().unwrap().to_owned()));
    }
    let finished = all_at_once(callbacks).await;
    assert_eq!(finished.len(), 30);
    for (_, page) in finished {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{page:?}");
    }
    assert_eq!(provider.count("jwks"), 1);
    assert_eq!(provider.count("discovery"), 1);
}

/// Makes one request from each browser, all concurrently.
async fn all_at_once(steps: Vec<(Browser, String)>) -> Vec<(Browser, Page)> {
    let steps = steps.into_iter().map(|(mut browser, path)| async move {
        let visit = Visit::get(browser.url(&path));
        let page = browser.step(visit).await;
        (browser, page)
    });
    steps.collect::<JoinSet<_>>().join_all().await
}

/// Two logins must fail with 503: one because of discovery, the other because of the keys.
async fn assert_outage(behaviour: &Behaviour, reason: &str, of_keys: &str) {
    let mut app = TestApp::new().await;
    app.provider.set(|f| f.discovery = behaviour.clone());
    app.assert_provider_unavailable(login(&app), reason).await;

    let mut app = TestApp::new().await;
    app.provider.set(|f| f.jwks = behaviour.clone());
    let callback = app.callback().await;
    app.assert_provider_unavailable(callback, of_keys).await;
}

fn login(app: &TestApp) -> Visit {
    Visit::get(app.browser.url("/auth/login"))
}
