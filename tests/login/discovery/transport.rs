//! Connections that the provider closes, and responses that are compressed although no request
//! asked for it.

use support::{Behaviour, Faults, TestApp};

type Target = fn(&mut Faults) -> &mut Behaviour;

const IDEMPOTENT: [(&str, Target); 3] = [
    ("discovery", |f| &mut f.discovery),
    ("jwks", |f| &mut f.jwks),
    ("userinfo", |f| &mut f.userinfo),
];

#[tokio::test]
async fn closed_connection_is_retried_once() {
    for (endpoint, place) in IDEMPOTENT {
        for closed in [Behaviour::HangUp, Behaviour::Cut] {
            let mut app = test_app().await;
            let once = Behaviour::Once(Box::new(closed.clone()));
            app.provider.set(|f| *place(f) = once);
            app.sign_in("ada").await;
            assert_eq!(app.provider.count(endpoint), 2);
        }
    }
}

#[tokio::test]
async fn connection_that_stays_closed_is_tried_twice() {
    for (endpoint, place) in &IDEMPOTENT[..2] {
        for closed in [Behaviour::HangUp, Behaviour::Cut] {
            let mut app = test_app().await;
            app.provider.set(|f| *place(f) = closed);
            let page = app.browser.get("/auth/login").await;
            assert_eq!(page.status.as_u16(), 503, "{page:?}");
            assert_eq!(app.provider.count(endpoint), 2);
        }
    }
}

/// A code that has reached the provider is consumed, even if the response is lost.
#[tokio::test]
async fn code_exchange_is_never_retried() {
    for closed in [Behaviour::HangUp, Behaviour::Cut] {
        let mut app = test_app().await;
        app.sign_in("ada").await;
        let once = Behaviour::Once(Box::new(closed));
        app.provider.set(|f| f.token = once);
        let callback = app.callback().await;
        app.assert_provider_unavailable(callback, "provider_down")
            .await;
        assert_eq!(app.provider.count("token"), 2);
    }
}

/// A request that has received a response is not retried.
#[tokio::test]
async fn answered_request_is_not_retried() {
    for (endpoint, place) in IDEMPOTENT {
        for answer in [
            Behaviour::Html(500),
            Behaviour::Html(503),
            Behaviour::Endless,
            Behaviour::Redirect(302, "/".to_owned()),
        ] {
            let mut app = test_app().await;
            app.provider.set(|f| *place(f) = answer);
            let page = app.browser.get("/auth/login").await;
            assert!(page.status.as_u16() >= 400, "{page:?}");
            assert_eq!(app.provider.count(endpoint), 1);
        }
    }
}

#[tokio::test]
async fn unsupported_content_coding_is_reported() {
    for coding in ["gzip", "GZIP", "br", "zstd", "deflate, gzip", "aws-chunked"] {
        let mut app = test_app().await;
        app.provider
            .set(|f| f.discovery = Behaviour::Encoded(coding));
        let login = support::Visit::get(app.browser.url("/auth/login"));
        let log = support::Log::start();
        app.assert_provider_unavailable(login, "provider_encoded")
            .await;
        let named = log.warnings();
        let named = named.iter().any(|(_, line)| line.contains(coding));
        assert!(named, "{coding}");
    }
}

#[tokio::test]
async fn content_coding_identity_is_accepted() {
    for coding in ["identity", "Identity", ""] {
        let mut app = test_app().await;
        app.provider.set(|f| {
            let coded = Behaviour::Encoded(coding);
            (f.discovery, f.jwks, f.userinfo) = (coded.clone(), coded.clone(), coded.clone());
            f.token = coded;
        });
        app.sign_in("ada").await;
    }
}

async fn test_app() -> TestApp {
    TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await
}
