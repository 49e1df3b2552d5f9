//! Several requests, tabs and replicas at once.

use axum_streamlit_auth::AuthLayer;
use futures_util::future::join_all;

use super::{
    App, File,
    sqlite::{at, replica},
    user,
};
use support::{Browser, Clock, ORIGIN, Visit, app_with, secrets};

const MINUTE: u64 = 60;

#[tokio::test]
async fn requests_during_logout_do_not_revive_session() {
    let file = File::new("beside-logout");
    for store in ["memory", &file.store()] {
        let app = App::with_store(store, "session_idle = \"30m\"").await;
        for _ in 0..10 {
            let ada = app.signed_in("ada").await;
            // Each request has to store the use of the session.
            app.clock.advance(4 * MINUTE);
            let request = || async {
                let mut browser = ada.clone();
                user(&mut browser).await
            };
            let logout = async {
                let mut browser = ada.clone();
                browser.get("/auth/logout").await;
                String::new()
            };
            let before = join_all((0..8).map(|_| request()));
            let after = join_all((0..8).map(|_| request()));
            tokio::join!(before, logout, after);

            assert_eq!(request().await, "nobody", "{store}");
            app.clock.advance(5);
            assert_eq!(request().await, "nobody", "{store}");
            assert_eq!(app.sessions("ada").await.len(), 0, "{store}");
        }
    }
}

#[tokio::test]
async fn concurrent_logouts_end_the_session() {
    let app = App::new("").await;
    let ada = app.signed_in("ada").await;
    let logouts = (0..8).map(|_| async {
        let mut browser = ada.clone();
        browser.get("/auth/logout").await.status
    });
    for status in join_all(logouts).await {
        assert_eq!(status, 200);
    }
    assert_eq!(user(&mut ada.clone()).await, "nobody");
}

/// Follows a login in a tab of this browser, up to the callback.
async fn callback(browser: &mut Browser) -> Visit {
    let mut page = browser.step(Visit::get(browser.url("/auth/login"))).await;
    loop {
        let next = page.next().expect("a redirect");
        if next.url.path() == "/oauth2callback" {
            return next;
        }
        page = browser.step(next).await;
    }
}

#[tokio::test]
async fn two_tabs_share_the_last_session() {
    let app = App::new("").await;
    let mut browser = app.browser();
    app.provider.sign_in_as("ada");
    let (first, second) = (callback(&mut browser).await, callback(&mut browser).await);

    browser.step(second).await;
    let mut copy = browser.clone();
    assert_eq!(user(&mut copy).await, "ada");
    browser.step(first).await;

    assert_eq!(user(&mut browser).await, "ada");
    assert_eq!(user(&mut copy).await, "nobody");
    assert_eq!(app.sessions("ada").await.len(), 1);
}

#[tokio::test]
async fn logout_in_one_tab_ends_the_other() {
    let app = App::new("").await;
    let mut tab = app.signed_in("ada").await;
    let ended = tokio::spawn(app.user_in(&mut tab.clone()).await.ended());
    tab.get("/auth/logout").await;
    ended.await.unwrap();
    assert_eq!(tab.fetch("/guarded").await.status, 401);
}

/// A replica with a clock that is ahead by `skew`.
fn skewed(app: &App, file: &File, skew: i64) -> (AuthLayer, Clock) {
    let clock = Clock::at((app.clock.now().cast_signed() + skew).cast_unsigned());
    let secrets = secrets(&app.provider)
        .auth(&format!("session_store = {:?}", file.store()))
        .auth("session_idle = \"30m\"");
    (clock.layer(&secrets.toml()), clock)
}

#[tokio::test]
async fn replicas_with_different_clocks_share_sessions() {
    for skew in [-59, 59] {
        let file = File::new(&format!("clocks{skew}"));
        let app = App::with_store(&file.store(), "session_idle = \"30m\"").await;
        let (there, clock) = skewed(&app, &file, skew);
        let ada = app.signed_in("ada").await;
        let mut remote = at(&there, &ada);
        // Uses at either replica extend the session, and never shorten it.
        for minutes in [20, 20, 20] {
            app.clock.advance(minutes * MINUTE);
            clock.advance(minutes * MINUTE);
            assert_eq!(user(&mut remote).await, "ada", "{skew}");
            assert_eq!(user(&mut ada.clone()).await, "ada", "{skew}");
            let earlier = clock.now().min(app.clock.now());
            app.stored_use("ada", earlier).await;
        }

        remote.get("/auth/logout").await;

        app.clock.advance(5);
        clock.advance(5);
        assert_eq!(user(&mut ada.clone()).await, "nobody", "{skew}");
        assert_eq!(app.sessions("ada").await.len(), 0, "{skew}");

        // A login at the other replica, and a logout at this one.
        let mut browser = Browser::new(app_with(there.clone()), ORIGIN);
        app.provider
            .set(|f| f.clock_skew = clock.now().cast_signed() - system_time());
        browser.get("/auth/login").await;
        assert_eq!(user(&mut browser).await, "ada", "{skew}");
        browser.serve(app_with(app.auth.clone()), ORIGIN);
        assert_eq!(user(&mut browser).await, "ada", "{skew}");
        browser.get("/auth/logout").await;
        clock.advance(5);
        assert_eq!(user(&mut at(&there, &browser)).await, "nobody", "{skew}");
    }
}

fn system_time() -> i64 {
    Clock::at_system_time().now().cast_signed()
}

#[tokio::test]
async fn session_end_during_replica_requests_is_final() {
    let file = File::new("asks");
    let app = App::with_store(&file.store(), "session_idle = \"30m\"").await;
    let other = replica(&app, &file);
    for _ in 0..10 {
        let ada = app.signed_in("ada").await;
        app.clock.advance(4 * MINUTE);
        let requests = join_all((0..4).map(|_| async { user(&mut at(&other, &ada)).await }));
        let issuer = app.provider.issuer();
        let sessions = app.auth.sessions();
        let (_, ended) = tokio::join!(requests, sessions.end_user(&issuer, "ada"));
        assert_eq!(ended, Ok(1));
        app.clock.advance(5);
        assert_eq!(user(&mut at(&other, &ada)).await, "nobody");
        assert_eq!(app.sessions("ada").await.len(), 0);
    }
}
