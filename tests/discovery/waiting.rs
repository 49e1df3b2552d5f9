//! Providers that let a visitor wait, and those that come back. Rows 17, 21, 63 and 136.
//!
//! No test waits itself: once the provider has the request, the clock of the runtime jumps from one timer to the next.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::support::{
    Behaviour, Browser, Faults, Log, ORIGIN, Page, Provider, Stage, Visit, app, two_providers,
};

/// The button of the page knows which provider it was.
const LOGIN_AGAIN: &str = r#"action="/auth/login/default""#;

/// Rows 17 and 63: whoever does not answer, or never comes to an end, has 8 seconds.
#[tokio::test]
async fn a017_a063_a_provider_that_hangs_or_drips_is_down_within_10_seconds() {
    type Place = fn(&mut Faults) -> &mut Behaviour;
    let places: [(&'static str, Place); 4] = [
        ("discovery", |f| &mut f.discovery),
        ("jwks", |f| &mut f.jwks),
        ("token", |f| &mut f.token),
        ("userinfo", |f| &mut f.userinfo),
    ];
    for (endpoint, place) in places {
        for slow in [Behaviour::Hang, Behaviour::Drip] {
            let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true")).await;
            stage.provider.set(|f| *place(f) = slow);
            let visit = match endpoint {
                "discovery" => login(&stage),
                _ => stage.callback().await,
            };
            let provider = Arc::clone(&stage.provider);

            let clock = async {
                asked(&provider, endpoint).await;
                tokio::time::pause();
                Instant::now()
            };

            let log = Log::start();
            let (paused, ended) = tokio::join!(clock, async {
                let page = stage.down(visit, "provider_slow").await;
                let ended = Instant::now();
                tokio::time::resume();
                assert!(page.text().contains(LOGIN_AGAIN), "{page:?}");
                ended
            });

            assert!(ended - paused <= Duration::from_secs(10), "{endpoint}");
            // The log names the very request that had no answer, so it was given up before the login as a whole.
            let (_, line) = log.complaints().pop().unwrap();
            assert!(line.contains(&provider.url("/")), "{line}");
            assert_eq!(stage.provider.count(endpoint), 1);
        }
    }
}

/// Row 63: each request alone is in time, and all together are not.
#[tokio::test]
async fn a063_a_login_has_10_seconds_for_everything() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| {
        f.token = Behaviour::After(Duration::from_secs(7));
        f.jwks = Behaviour::After(Duration::from_secs(7));
    });
    let callback = stage.callback().await;
    let provider = Arc::clone(&stage.provider);
    let clock = async {
        asked(&provider, "token").await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(7)).await;
        tokio::time::resume();
        asked(&provider, "jwks").await;
        tokio::time::pause();
        Instant::now()
    };

    let (paused, ended) = tokio::join!(clock, async {
        let page = stage.down(callback, "provider_slow").await;
        assert!(page.text().contains(LOGIN_AGAIN), "{page:?}");
        Instant::now()
    });

    assert!(ended - paused <= Duration::from_secs(3));
}

/// Row 63: whoever is signed in notices nothing, and nobody else waits for the one who does. Row 136 measures it.
#[tokio::test]
async fn a063_a136_a_hanging_provider_holds_up_nobody_else() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = crate::support::two_providers(&one, &two);
    let mut stage = Stage::of(one, &secrets, ORIGIN);
    assert_eq!(stage.browser.get("/auth/login/one").await.text(), "ada");
    let hanging = Behaviour::Hang;
    stage
        .provider
        .set(|f| (f.token, f.discovery, f.jwks) = (hanging.clone(), hanging.clone(), hanging));
    let callback = stage.callback_of("/auth/login/one").await;
    let mut waiting = stage.browser.clone();
    let waits = tokio::spawn(async move { waiting.step(callback).await });
    let provider = Arc::clone(&stage.provider);
    asked_times(&provider, "token", 2).await;

    assert_eq!(stage.browser.get("/guarded").await.text(), "ada");
    let start = stage.start("/auth/login/one").await;
    assert!(start.url.as_str().starts_with(provider.origin()));
    stage.browser.jar.clear();
    assert_eq!(stage.browser.get("/auth/login/two").await.text(), "ada");
    assert!(!waits.is_finished());
    waits.abort();
}

/// Row 21: a failure is remembered for a moment, so that a crowd does not hammer a provider that is down.
#[tokio::test]
async fn a021_a_provider_that_is_back_is_used_without_a_restart() {
    let mut stage = Stage::new().await;
    stage.provider.stop().await;
    stage.down(login(&stage), "provider_down").await;
    stage.provider.restart().await;
    tokio::time::pause();
    let page: Page = stage.browser.step(login(&stage)).await;
    assert_eq!(
        (page.status.as_u16(), stage.provider.count("discovery")),
        (503, 0)
    );

    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::time::resume();
    stage.sign_in("ada").await;
}

/// Row 21: who has to choose is told which provider did not answer lately, for five minutes or until it does.
#[tokio::test]
async fn a021_the_page_to_choose_from_knows_who_did_not_answer() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let mut browser = Browser::new(app(&two_providers(&one, &two).toml()), ORIGIN);
    let marks = async |browser: &mut Browser| {
        let page = browser.get("/auth/login").await.text();
        let buttons = page.split("action=\"/auth/login/").skip(1);
        buttons
            .map(|button| button.contains("Not answering at the moment"))
            .collect::<Vec<_>>()
    };
    assert_eq!(marks(&mut browser).await, [false, false]);
    let pass = async |seconds| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
    };

    two.stop().await;
    assert_eq!(browser.get("/auth/login/two").await.status, 503);
    assert_eq!(marks(&mut browser).await, [false, true]);
    pass(290).await;
    assert_eq!(marks(&mut browser).await, [false, true]);
    pass(20).await;
    assert_eq!(marks(&mut browser).await, [false, false]);

    assert_eq!(browser.get("/auth/login/two").await.status, 503);
    assert_eq!(marks(&mut browser).await, [false, true]);
    two.restart().await;
    pass(2).await;
    assert_eq!(browser.get("/auth/login/two").await.text(), "ada");
    assert_eq!(marks(&mut browser).await, [false, false]);
}

/// Row 64 and the way back: a callback that met a provider in trouble is still good when the visitor reloads.
#[tokio::test]
async fn a021_a_callback_can_be_reloaded_when_the_provider_is_back() {
    let mut stage = Stage::new().await;
    let callback = stage.callback().await;
    stage.provider.stop().await;
    stage.down(callback.clone(), "provider_down").await;
    assert_eq!(stage.attempts().len(), 1);
    stage.provider.restart().await;
    assert_eq!(stage.browser.follow(callback).await.text(), "ada");
}

/// A visitor who goes away while the provider is asked holds nothing up.
#[tokio::test]
async fn a_visitor_who_leaves_takes_no_lock_along() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.discovery = Behaviour::Hang);
    let visit = login(&stage);
    let mut impatient: Browser = stage.browser.clone();
    let waits = tokio::spawn(async move { impatient.step(visit).await });
    let provider = Arc::clone(&stage.provider);
    asked(&provider, "discovery").await;
    waits.abort();
    assert!(waits.await.unwrap_err().is_cancelled());
    stage.provider.behave();
    stage.sign_in("ada").await;
}

/// Until the provider has the request.
async fn asked(provider: &Provider, endpoint: &str) {
    asked_times(provider, endpoint, 1).await;
}

async fn asked_times(provider: &Provider, endpoint: &str, times: usize) {
    while provider.count(endpoint) < times {
        tokio::task::yield_now().await;
    }
}

fn login(stage: &Stage) -> Visit {
    Visit::get(stage.browser.url("/auth/login"))
}
