//! Callbacks that are repeated, late or without a login, and that need no error page.

use axum::http::Method;

use support::{Faults, Log, TestApp, Visit};

#[tokio::test]
async fn empty_callback_redirects_logged_in_users_home() {
    let mut app = TestApp::with_secrets(|secrets| secrets.auth("signed_out_page = true")).await;
    for query in ["", "?", "?state=x", "?foo=1&session_state=2"] {
        let path = format!("/oauth2callback{query}");
        let page = app.browser.get(&path).await;
        assert!(
            page.text().contains("You are signed out"),
            "{query}: {page:?}"
        );
        app.sign_in("ada").await;
        let visit = Visit::get(app.browser.url(&path));
        app.assert_redirected_home(visit).await;
        // The redirect after a logout at the provider, in an old tab.
        let provider = app.provider.url("/logout").parse().unwrap();
        let visit = Visit::get(app.browser.url(&path)).started_by(provider);
        assert_eq!(
            app.browser.step(visit).await.location(),
            Some("/"),
            "{query}"
        );
        app.browser.jar.clear();
    }
}

#[tokio::test]
async fn repeated_callback_restarts_login_and_succeeds() {
    for start in ["/auth/login", "/guarded?tab=1", "/auth/login?next=/report"] {
        let mut app = TestApp::new().await;
        let callback = app.callback_from(start).await;
        // The browser drops the first response and its cookies.
        let before = app.browser.jar.clone();
        let first = app.browser.step(callback.clone()).await;
        let landed = first.location().unwrap().to_owned();
        app.browser.jar = before;

        let log = Log::start();
        let second = app.browser.step(callback).await;
        assert_eq!(second.status, 303, "{second:?}");
        assert!(
            second
                .location()
                .unwrap()
                .starts_with("/auth/login/default")
        );
        assert_eq!(log.warnings(), []);
        let page = app.browser.follow(second.next().unwrap()).await;
        assert_eq!(
            (page.text().as_str(), page.path()),
            ("ada", landed.as_str())
        );
        assert_eq!(
            app.provider.violations(),
            ["token: the code was used before"]
        );
    }
}

#[tokio::test]
async fn rejected_codes_are_not_a_redirect_loop() {
    let mut app = TestApp::new().await;
    app.provider.set(|f| f.callback.set("code", "x"));
    for path in ["/guarded", "/auth/login", "/"] {
        app.provider.forget_requests();
        let page = app
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
        assert!(app.provider.count("token") <= 2, "{path}");
        app.browser.jar.clear();
    }
}

#[tokio::test]
async fn other_errors_do_not_restart_the_login() {
    let mut app = TestApp::new().await;
    type Fault = fn(&mut Faults);
    let reasons: [(&str, Fault); 3] = [
        ("cancelled", |f| f.deny("access_denied", "")),
        ("id_token_nonce", |f| f.claims.set("nonce", "other")),
        ("state_missing", |f| f.callback.remove("state")),
    ];
    for (reason, fault) in reasons {
        app.provider.set(fault);
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
        app.provider.clear_faults();
        app.browser.jar.clear();
    }
}

/// Twelve tabs send their callbacks in this order. A browser keeps at most seven attempts.
async fn restore(paths: impl Iterator<Item = String>, order: impl Fn(&mut Vec<Visit>)) {
    let mut app = TestApp::new().await;
    let mut starts = Vec::new();
    for path in paths {
        starts.push(app.start(&path).await);
    }
    let mut callbacks = Vec::new();
    for start in starts {
        callbacks.push(app.return_from_provider(start).await);
    }
    let kept = app.attempts().len();
    assert!(kept < callbacks.len(), "{kept}");
    order(&mut callbacks);
    for callback in callbacks {
        let page = app.browser.follow(callback).await;
        assert_eq!(page.status, 200, "{page:?}");
    }
    assert_eq!(app.current_user().await, "ada");
}

#[tokio::test]
async fn restored_tabs_show_no_error_page() {
    let tabs = || (0..12).map(|tab| format!("/guarded?tab={tab}"));
    restore(tabs(), |_| {}).await;
    restore(tabs(), |callbacks| callbacks.reverse()).await;
    restore(tabs(), |callbacks| callbacks.rotate_left(5)).await;
}

#[tokio::test]
async fn restored_tabs_with_long_paths_show_no_error() {
    let long = "x".repeat(900);
    for count in [6, 12] {
        let tabs = (0..count).map(|tab| format!("/guarded?tab={tab}{long}"));
        restore(tabs, |_| {}).await;
    }
}

/// Cookies that only look like attempts must not cause a redirect loop.
#[tokio::test]
async fn forged_attempts_cause_no_redirect_loop() {
    let mut app = TestApp::new().await;
    let callback = app.callback().await;
    app.browser.jar.clear();
    let url = app.browser.url("/");
    for number in 0..12 {
        let cookie = format!("_streamlit_login_{number:010}=2|1:0|10:1790000000|x; Path=/");
        app.browser
            .jar
            .store(&url, &cookie, support::jar::Context::SameSite);
    }
    app.assert_rejected(callback, "attempt_missing").await;
}

#[tokio::test]
async fn repeated_head_consumes_no_attempt() {
    let mut app = TestApp::new().await;
    let callback = app.callback().await;
    for _ in 0..3 {
        app.assert_redirected_home(callback.clone().method(Method::HEAD))
            .await;
    }
    assert_eq!(app.browser.follow(callback).await.text(), "ada");
}
