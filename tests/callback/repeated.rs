//! Callbacks that arrive twice, late or without a login: home or a new start, where nothing is wrong.

use axum::http::Method;

use crate::support::{Faults, Log, Stage, Visit};

#[tokio::test]
async fn empty_callback_leads_logged_in_users_home() {
    let mut stage = Stage::with(|secrets| secrets.auth("signed_out_page = true")).await;
    for query in ["", "?", "?state=x", "?foo=1&session_state=2"] {
        let path = format!("/oauth2callback{query}");
        let page = stage.browser.get(&path).await;
        assert!(
            page.text().contains("You are signed out"),
            "{query}: {page:?}"
        );
        stage.sign_in("ada").await;
        let visit = Visit::get(stage.browser.url(&path));
        stage.silently_home(visit).await;
        // The provider sends the browser back from a logout in an old tab.
        let provider = stage.provider.url("/logout").parse().unwrap();
        let visit = Visit::get(stage.browser.url(&path)).started_by(provider);
        assert_eq!(
            stage.browser.step(visit).await.location(),
            Some("/"),
            "{query}"
        );
        stage.browser.jar.clear();
    }
}

#[tokio::test]
async fn doubled_callback_starts_again_and_succeeds() {
    for start in ["/auth/login", "/guarded?tab=1", "/auth/login?next=/report"] {
        let mut stage = Stage::new().await;
        let callback = stage.callback_of(start).await;
        // The browser drops the first response, and its cookies with it.
        let before = stage.browser.jar.clone();
        let first = stage.browser.step(callback.clone()).await;
        let landed = first.location().unwrap().to_owned();
        stage.browser.jar = before;

        let log = Log::start();
        let second = stage.browser.step(callback).await;
        assert_eq!(second.status, 303, "{second:?}");
        assert!(
            second
                .location()
                .unwrap()
                .starts_with("/auth/login/default")
        );
        assert_eq!(log.complaints(), []);
        let page = stage.browser.follow(second.next().unwrap()).await;
        assert_eq!(
            (page.text().as_str(), page.path()),
            ("ada", landed.as_str())
        );
        assert_eq!(
            stage.provider.complaints(),
            ["token: the code was used before"]
        );
    }
}

#[tokio::test]
async fn refused_codes_are_no_redirect_loop() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.callback.set("code", "x"));
    for path in ["/guarded", "/auth/login", "/"] {
        stage.provider.forget_requests();
        let page = stage
            .browser
            .get(if path == "/" { "/login" } else { path })
            .await;
        assert_eq!(
            (page.status.as_u16(), page.path().split('?').next()),
            (400, Some("/oauth2callback"))
        );
        assert!(
            page.text().contains("<code>code_refused</code>"),
            "{page:?}"
        );
        assert!(stage.provider.count("token") <= 2, "{path}");
        stage.browser.jar.clear();
    }
}

#[tokio::test]
async fn other_refusals_do_not_start_again() {
    let mut stage = Stage::new().await;
    type Fault = fn(&mut Faults);
    let reasons: [(&str, Fault); 3] = [
        ("cancelled", |f| f.refuse("access_denied", "")),
        ("id_token_nonce", |f| f.claims.set("nonce", "other")),
        ("state_missing", |f| f.callback.remove("state")),
    ];
    for (reason, fault) in reasons {
        stage.provider.set(fault);
        let callback = stage.callback().await;
        stage.home(callback, reason).await;
        stage.provider.behave();
        stage.browser.jar.clear();
    }
}

/// Twelve tabs come back at once, in this order, where a browser keeps seven attempts or fewer.
async fn restore(paths: impl Iterator<Item = String>, order: impl Fn(&mut Vec<Visit>)) {
    let mut stage = Stage::new().await;
    let mut starts = Vec::new();
    for path in paths {
        starts.push(stage.start(&path).await);
    }
    let mut callbacks = Vec::new();
    for start in starts {
        callbacks.push(stage.come_back(start).await);
    }
    let kept = stage.attempts().len();
    assert!(kept < callbacks.len(), "{kept}");
    order(&mut callbacks);
    for callback in callbacks {
        let page = stage.browser.follow(callback).await;
        assert_eq!(page.status, 200, "{page:?}");
    }
    assert_eq!(stage.who().await, "ada");
}

#[tokio::test]
async fn restored_tabs_end_on_no_error_page() {
    let tabs = || (0..12).map(|tab| format!("/guarded?tab={tab}"));
    restore(tabs(), |_| {}).await;
    restore(tabs(), |callbacks| callbacks.reverse()).await;
    restore(tabs(), |callbacks| callbacks.rotate_left(5)).await;
}

#[tokio::test]
async fn restored_tabs_with_long_paths_end_on_no_error() {
    let long = "x".repeat(900);
    for count in [6, 12] {
        let tabs = (0..count).map(|tab| format!("/guarded?tab={tab}{long}"));
        restore(tabs, |_| {}).await;
    }
}

/// Planted cookies that look like attempts must not make a redirect loop.
#[tokio::test]
async fn forged_attempts_do_not_excuse_a_missing_one() {
    let mut stage = Stage::new().await;
    let callback = stage.callback().await;
    stage.browser.jar.clear();
    let url = stage.browser.url("/");
    for number in 0..12 {
        let cookie = format!("_streamlit_login_{number:010}=2|1:0|10:1790000000|x; Path=/");
        stage
            .browser
            .jar
            .store(&url, &cookie, crate::support::jar::Context::SameSite);
    }
    stage.home(callback, "attempt_missing").await;
}

#[tokio::test]
async fn repeated_head_uses_no_attempt_up() {
    let mut stage = Stage::new().await;
    let callback = stage.callback().await;
    for _ in 0..3 {
        stage
            .silently_home(callback.clone().method(Method::HEAD))
            .await;
    }
    assert_eq!(stage.browser.follow(callback).await.text(), "ada");
}
