//! Stale documents and keys are used while they are refreshed, and logins wait for nothing that they do not need (B11).

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

use crate::support::{Behaviour, Log, Provider, Stage, Visit};

#[tokio::test]
async fn stale_documents_finish_logins_in_any_trouble() {
    for (trouble, is_endless) in [
        (Behaviour::Hang, true),
        (Behaviour::Drip, true),
        (Behaviour::HangUp, false),
        (Behaviour::Html(500), false),
    ] {
        let mut stage = Stage::new().await;
        stage.sign_in("ada").await;
        pass(HOUR).await;
        stage
            .provider
            .set(|f| (f.discovery, f.jwks) = (trouble.clone(), trouble));

        let log = Log::start();
        stage.sign_in("bob").await;
        for endpoint in ["discovery", "jwks"] {
            asked(&stage.provider, endpoint, 2).await;
        }
        stage.sign_in("ada").await;
        // The requests are still open: no login has waited until they failed.
        assert!(!is_endless || log.complaints().is_empty());
    }
}

#[tokio::test]
async fn stale_document_is_replaced_in_the_background() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    let moved = stage.provider.url("/moved/authorize");
    stage
        .provider
        .set(|f| f.metadata.set("authorization_endpoint", moved.clone()));
    pass(HOUR).await;

    let start = stage.start("/auth/login").await;
    assert_eq!(start.url.path(), "/authorize");
    loop {
        let start = stage.start("/auth/login").await;
        if start.url.path() == "/moved/authorize" {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.provider.count("discovery"), 2);
}

/// Promise 3: one refresh for concurrent logins.
#[tokio::test]
async fn stale_documents_are_refreshed_once() {
    const LOGINS: usize = 20;
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.alg = "EdDSA");
    stage.sign_in("ada").await;
    pass(HOUR).await;
    stage
        .provider
        .set(|f| (f.discovery, f.jwks) = (Behaviour::Hang, Behaviour::Hang));
    let log = Log::start();
    let mut logins = JoinSet::new();
    for _ in 0..LOGINS {
        let callback = stage.callback().await;
        let mut browser = stage.browser.clone();
        logins.spawn(async move { browser.step(callback).await });
    }
    let pages = logins.join_all().await;
    assert_eq!(pages.len(), LOGINS);
    for page in pages {
        assert_eq!(page.status.as_u16(), 303, "{page:?}");
    }
    for endpoint in ["discovery", "jwks"] {
        asked(&stage.provider, endpoint, 2).await;
        assert_eq!(stage.provider.count(endpoint), 2);
    }
    assert_eq!(log.complaints(), []);
}

#[tokio::test]
async fn known_key_does_not_wait_for_unknown_key() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    stage.provider.set(|f| {
        f.jwks = Behaviour::Hang;
        f.header.set("kid", "made-up");
    });
    let callback = stage.callback().await;
    let mut other = stage.browser.clone();
    let waiting = tokio::spawn(async move { other.step(callback).await });
    asked(&stage.provider, "jwks", 2).await;

    stage.provider.set(|f| f.header.clear());
    stage.sign_in("bob").await;
    assert!(!waiting.is_finished());
    waiting.abort();
}

#[tokio::test]
async fn first_fetch_survives_one_of_its_callers() {
    let stage = Stage::new().await;
    let late = Behaviour::After(Duration::from_millis(200));
    stage.provider.set(|f| f.discovery = late);
    let login = Visit::get(stage.browser.url("/auth/login"));
    let mut browsers = [stage.browser.clone(), stage.browser.clone()];
    let [leaves, stays] = browsers.each_mut().map(|browser| {
        let (mut browser, login) = (browser.clone(), login.clone());
        tokio::spawn(async move { browser.step(login).await })
    });
    asked(&stage.provider, "discovery", 1).await;
    leaves.abort();
    assert_eq!(stays.await.unwrap().status.as_u16(), 303);
    assert_eq!(stage.provider.count("discovery"), 1);
}

/// As long as a document is fresh, in seconds.
const HOUR: u64 = 3600;

/// Lets this much time pass at once, as caches see it.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

async fn asked(provider: &Arc<Provider>, endpoint: &str, times: usize) {
    while provider.count(endpoint) < times {
        tokio::task::yield_now().await;
    }
}
