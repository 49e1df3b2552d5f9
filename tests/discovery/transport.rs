//! Connections that the provider closes (B18), and responses that are compressed unasked (B13).

use crate::support::{Behaviour, Faults, Stage};

type Place = fn(&mut Faults) -> &mut Behaviour;

const IDEMPOTENT: [(&str, Place); 3] = [
    ("discovery", |f| &mut f.discovery),
    ("jwks", |f| &mut f.jwks),
    ("userinfo", |f| &mut f.userinfo),
];

#[tokio::test]
async fn closed_connection_is_retried_once() {
    for (endpoint, place) in IDEMPOTENT {
        for closed in [Behaviour::HangUp, Behaviour::Cut] {
            let mut stage = stage().await;
            let once = Behaviour::Once(Box::new(closed.clone()));
            stage.provider.set(|f| *place(f) = once);
            stage.sign_in("ada").await;
            assert_eq!(stage.provider.count(endpoint), 2);
        }
    }
}

#[tokio::test]
async fn connection_that_stays_closed_is_tried_twice() {
    for (endpoint, place) in &IDEMPOTENT[..2] {
        for closed in [Behaviour::HangUp, Behaviour::Cut] {
            let mut stage = stage().await;
            stage.provider.set(|f| *place(f) = closed);
            let page = stage.browser.get("/auth/login").await;
            assert_eq!(page.status.as_u16(), 503, "{page:?}");
            assert_eq!(stage.provider.count(endpoint), 2);
        }
    }
}

/// A code that reached the provider is used up, whatever became of the response.
#[tokio::test]
async fn code_exchange_is_never_retried() {
    for closed in [Behaviour::HangUp, Behaviour::Cut] {
        let mut stage = stage().await;
        stage.sign_in("ada").await;
        let once = Behaviour::Once(Box::new(closed));
        stage.provider.set(|f| f.token = once);
        let callback = stage.callback().await;
        stage.down(callback, "provider_down").await;
        assert_eq!(stage.provider.count("token"), 2);
    }
}

/// A provider that does answer is not asked twice.
#[tokio::test]
async fn answered_request_is_not_retried() {
    for (endpoint, place) in IDEMPOTENT {
        for answer in [
            Behaviour::Html(500),
            Behaviour::Html(503),
            Behaviour::Endless,
            Behaviour::Redirect(302, "/".to_owned()),
        ] {
            let mut stage = stage().await;
            stage.provider.set(|f| *place(f) = answer);
            let page = stage.browser.get("/auth/login").await;
            assert!(page.status.as_u16() >= 400, "{page:?}");
            assert_eq!(stage.provider.count(endpoint), 1);
        }
    }
}

#[tokio::test]
async fn content_coding_is_named() {
    for coding in ["gzip", "GZIP", "br", "zstd", "deflate, gzip", "aws-chunked"] {
        let mut stage = stage().await;
        stage
            .provider
            .set(|f| f.discovery = Behaviour::Encoded(coding));
        let login = crate::support::Visit::get(stage.browser.url("/auth/login"));
        let log = crate::support::Log::start();
        stage.down(login, "provider_encoded").await;
        let named = log.complaints();
        let named = named.iter().any(|(_, line)| line.contains(coding));
        assert!(named, "{coding}");
    }
}

#[tokio::test]
async fn content_coding_identity_is_accepted() {
    for coding in ["identity", "Identity", ""] {
        let mut stage = stage().await;
        stage.provider.set(|f| {
            let coded = Behaviour::Encoded(coding);
            (f.discovery, f.jwks, f.userinfo) = (coded.clone(), coded.clone(), coded.clone());
            f.token = coded;
        });
        stage.sign_in("ada").await;
    }
}

async fn stage() -> Stage {
    Stage::with(|secrets| secrets.auth("userinfo = true")).await
}
