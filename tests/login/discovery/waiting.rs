//! Slow providers, and providers that recover.
//!
//! No test waits: after the provider has received the request, the clock of the runtime advances
//! from one timer to the next.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use support::{
    Behaviour, Browser, Faults, Log, ORIGIN, Page, Provider, TestApp, Visit, app, two_providers,
};

/// The button on the page starts the login at the same provider again.
const LOGIN_AGAIN: &str = r#"action="/auth/login/default""#;

/// A response that is missing or endless times out after 8 seconds.
#[tokio::test]
async fn hanging_provider_times_out() {
    type Target = fn(&mut Faults) -> &mut Behaviour;
    let places: [(&'static str, Target); 4] = [
        ("discovery", |f| &mut f.discovery),
        ("jwks", |f| &mut f.jwks),
        ("token", |f| &mut f.token),
        ("userinfo", |f| &mut f.userinfo),
    ];
    for (endpoint, place) in places {
        for slow in [Behaviour::Hang, Behaviour::Drip] {
            let mut test_app =
                TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
            test_app.provider.set(|f| *place(f) = slow);
            let visit = match endpoint {
                "discovery" => login(&test_app),
                _ => test_app.callback().await,
            };
            let provider = Arc::clone(&test_app.provider);

            let clock = async {
                provider.received(1, endpoint).await;
                tokio::time::pause();
                Instant::now()
            };

            let log = Log::start();
            let (paused, ended) = tokio::join!(clock, async {
                let page = test_app
                    .assert_provider_unavailable(visit, "provider_slow")
                    .await;
                let ended = Instant::now();
                tokio::time::resume();
                assert!(page.text().contains(LOGIN_AGAIN), "{page:?}");
                ended
            });

            assert!(ended - paused <= Duration::from_secs(10), "{endpoint}");
            // The log names the pending request, so it timed out before the login did.
            let (_, line) = log.warnings().pop().unwrap();
            assert!(line.contains(&provider.url("/")), "{line}");
            assert_eq!(test_app.provider.count(endpoint), 1);
        }
    }
}

/// Each request finishes in time, but together they exceed the timeout of the login.
#[tokio::test]
async fn login_timeout_covers_all_requests() {
    let mut app = TestApp::new().await;
    app.provider.set(|f| {
        f.token = Behaviour::After(Duration::from_secs(7));
        f.jwks = Behaviour::After(Duration::from_secs(7));
    });
    let callback = app.callback().await;
    let provider = Arc::clone(&app.provider);
    let clock = async {
        provider.received(1, "token").await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(7)).await;
        tokio::time::resume();
        provider.received(1, "jwks").await;
        tokio::time::pause();
        Instant::now()
    };

    let (paused, ended) = tokio::join!(clock, async {
        let page = app
            .assert_provider_unavailable(callback, "provider_slow")
            .await;
        assert!(page.text().contains(LOGIN_AGAIN), "{page:?}");
        Instant::now()
    });

    assert!(ended - paused <= Duration::from_secs(3));
}

/// Users who are logged in are not affected, and other logins do not wait. `tests/e2e/load`
/// measures this.
#[tokio::test]
async fn hanging_provider_does_not_block_others() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = support::two_providers(&one, &two);
    let mut app = TestApp::with_provider(one, &secrets, ORIGIN);
    assert_eq!(app.browser.get("/auth/login/one").await.text(), "ada");
    let hanging = Behaviour::Hang;
    app.provider
        .set(|f| (f.token, f.discovery, f.jwks) = (hanging.clone(), hanging.clone(), hanging));
    let callback = app.callback_from("/auth/login/one").await;
    let mut waiting = app.browser.clone();
    let waits = tokio::spawn(async move { waiting.step(callback).await });
    let provider = Arc::clone(&app.provider);
    provider.received(2, "token").await;

    assert_eq!(app.browser.get("/guarded").await.text(), "ada");
    let start = app.start("/auth/login/one").await;
    assert!(start.url.as_str().starts_with(provider.origin()));
    app.browser.jar.clear();
    assert_eq!(app.browser.get("/auth/login/two").await.text(), "ada");
    assert!(!waits.is_finished());
    waits.abort();
}

/// A failure is cached briefly to limit the load on a failing provider.
#[tokio::test]
async fn recovered_provider_is_used_without_restart() {
    let mut app = TestApp::new().await;
    app.provider.stop().await;
    app.assert_provider_unavailable(login(&app), "provider_down")
        .await;
    app.provider.restart().await;
    tokio::time::pause();
    let page: Page = app.browser.step(login(&app)).await;
    assert_eq!(
        (page.status.as_u16(), app.provider.count("discovery")),
        (503, 0)
    );

    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::time::resume();
    app.sign_in("ada").await;
}

/// The sign-in page marks a failed provider for five minutes or until it responds.
#[tokio::test]
async fn sign_in_page_marks_failed_provider() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let mut browser = Browser::new(app(&two_providers(&one, &two).toml()), ORIGIN);
    let marks = async |browser: &mut Browser| {
        let page = browser.get("/auth/login").await.text();
        let buttons = page.split("action=\"/auth/login/").skip(1);
        buttons
            .map(|button| button.contains("Not responding at the moment"))
            .collect::<Vec<_>>()
    };
    assert_eq!(marks(&mut browser).await, [false, false]);
    let advance_time = async |seconds| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
    };

    two.stop().await;
    assert_eq!(browser.get("/auth/login/two").await.status, 503);
    assert_eq!(marks(&mut browser).await, [false, true]);
    advance_time(290).await;
    assert_eq!(marks(&mut browser).await, [false, true]);
    advance_time(20).await;
    assert_eq!(marks(&mut browser).await, [false, false]);

    assert_eq!(browser.get("/auth/login/two").await.status, 503);
    assert_eq!(marks(&mut browser).await, [false, true]);
    two.restart().await;
    advance_time(2).await;
    assert_eq!(browser.get("/auth/login/two").await.text(), "ada");
    assert_eq!(marks(&mut browser).await, [false, false]);
}

/// A callback that fails because of the provider succeeds after a reload.
#[tokio::test]
async fn callback_can_be_reloaded_after_outage() {
    let mut app = TestApp::new().await;
    let callback = app.callback().await;
    app.provider.stop().await;
    app.assert_provider_unavailable(callback.clone(), "provider_down")
        .await;
    assert_eq!(app.attempts().len(), 1);
    app.provider.restart().await;
    assert_eq!(app.browser.follow(callback).await.text(), "ada");
}

/// A client that disconnects during a request to the provider blocks nothing.
#[tokio::test]
async fn cancelled_login_releases_locks() {
    let mut app = TestApp::new().await;
    app.provider.set(|f| f.discovery = Behaviour::Hang);
    let visit = login(&app);
    let mut impatient: Browser = app.browser.clone();
    let waits = tokio::spawn(async move { impatient.step(visit).await });
    let provider = Arc::clone(&app.provider);
    provider.received(1, "discovery").await;
    waits.abort();
    assert!(waits.await.unwrap_err().is_cancelled());
    app.provider.clear_faults();
    app.sign_in("ada").await;
}

fn login(app: &TestApp) -> Visit {
    Visit::get(app.browser.url("/auth/login"))
}
