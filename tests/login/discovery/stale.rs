//! Stale documents and keys are used while they are refreshed, and logins only wait for what they
//! need.

use std::time::Duration;

use tokio::task::JoinSet;

use support::{Behaviour, Log, TestApp, Visit, eventually};

#[tokio::test]
async fn stale_documents_finish_logins_during_outage() {
    for trouble in [Behaviour::HangUp, Behaviour::Html(500)] {
        log_in_during(trouble).await;
    }
}

// Not a loop, because the log of one login would contain the failed requests to the provider of the
// previous one, which has stopped.

#[tokio::test]
async fn login_does_not_wait_for_missing_response() {
    assert_eq!(log_in_during(Behaviour::Hang).await.warnings(), []);
}

#[tokio::test]
async fn login_does_not_wait_for_slow_response() {
    assert_eq!(log_in_during(Behaviour::Drip).await.warnings(), []);
}

/// Logs in twice while stale documents are refreshed in vain. Returns the log, which has no warning
/// as long as the requests for the documents are pending.
async fn log_in_during(trouble: Behaviour) -> Log {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    advance_time(HOUR).await;
    app.provider
        .set(|f| (f.discovery, f.jwks) = (trouble.clone(), trouble));

    let log = Log::start();
    app.sign_in("bob").await;
    for endpoint in ["discovery", "jwks"] {
        app.provider.received(2, endpoint).await;
    }
    app.sign_in("ada").await;
    log
}

#[tokio::test]
async fn stale_document_is_replaced_in_the_background() {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    let moved = app.provider.url("/moved/authorize");
    app.provider
        .set(|f| f.metadata.set("authorization_endpoint", moved.clone()));
    advance_time(HOUR).await;

    let start = app.start("/auth/login").await;
    assert_eq!(start.url.path(), "/authorize");
    let has_moved = async || app.start("/auth/login").await.url.path() == "/moved/authorize";
    eventually("the moved endpoint", has_moved).await;
    assert_eq!(app.provider.count("discovery"), 2);
}

/// Concurrent logins share one refresh.
#[tokio::test]
async fn stale_documents_are_refreshed_once() {
    const LOGINS: usize = 20;
    let mut app = TestApp::new().await;
    app.provider.set(|f| f.alg = "EdDSA");
    app.sign_in("ada").await;
    advance_time(HOUR).await;
    app.provider
        .set(|f| (f.discovery, f.jwks) = (Behaviour::Hang, Behaviour::Hang));
    let log = Log::start();
    let mut logins = JoinSet::new();
    for _ in 0..LOGINS {
        let callback = app.callback().await;
        let mut browser = app.browser.clone();
        logins.spawn(async move { browser.step(callback).await });
    }
    let pages = logins.join_all().await;
    assert_eq!(pages.len(), LOGINS);
    for page in pages {
        assert_eq!(page.status.as_u16(), 303, "{page:?}");
    }
    for endpoint in ["discovery", "jwks"] {
        app.provider.received(2, endpoint).await;
        assert_eq!(app.provider.count(endpoint), 2);
    }
    assert_eq!(log.warnings(), []);
}

#[tokio::test]
async fn known_key_does_not_wait_for_unknown_key() {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    app.provider.set(|f| {
        f.jwks = Behaviour::Hang;
        f.header.set("kid", "made-up");
    });
    let callback = app.callback().await;
    let mut other = app.browser.clone();
    let waiting = tokio::spawn(async move { other.step(callback).await });
    app.provider.received(2, "jwks").await;

    app.provider.set(|f| f.header.clear());
    app.sign_in("bob").await;
    assert!(!waiting.is_finished());
    waiting.abort();
}

#[tokio::test]
async fn first_fetch_survives_cancelled_caller() {
    let app = TestApp::new().await;
    let late = Behaviour::After(Duration::from_millis(200));
    app.provider.set(|f| f.discovery = late);
    let login = Visit::get(app.browser.url("/auth/login"));
    let mut browsers = [app.browser.clone(), app.browser.clone()];
    let [leaves, stays] = browsers.each_mut().map(|browser| {
        let (mut browser, login) = (browser.clone(), login.clone());
        tokio::spawn(async move { browser.step(login).await })
    });
    app.provider.received(1, "discovery").await;
    leaves.abort();
    assert_eq!(stays.await.unwrap().status.as_u16(), 303);
    assert_eq!(app.provider.count("discovery"), 1);
}

/// The freshness lifetime of a document, in seconds.
const HOUR: u64 = 3600;

/// Advances the clock of the caches by this many seconds.
async fn advance_time(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}
