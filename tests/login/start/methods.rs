//! HEAD and trailing slashes at the endpoints.

use axum::http::Method;
use axum_streamlit_auth::AuthLayer;

use support::{
    Browser, Log, ORIGIN, Page, Provider, TestApp, Visit, app_below, secrets_at, two_providers,
};

async fn head(browser: &mut Browser, path: &str) -> Page {
    let visit = Visit::get(browser.url(path)).method(Method::HEAD);
    let page = browser.step(visit).await;
    assert_eq!(
        (page.text().as_str(), page.set_cookies()),
        ("", vec![]),
        "{path}"
    );
    page
}

#[tokio::test]
async fn head_request_to_login_redirects_without_attempt() {
    let mut app = TestApp::new().await;
    let authorize = app.provider.url("/authorize?");
    for path in [
        "/auth/login",
        "/auth/login/default?next=/report",
        "/auth/login/",
    ] {
        let log = Log::start();
        let page = head(&mut app.browser, path).await;
        assert_eq!(page.status, 303, "{path}");
        assert!(page.location().unwrap().starts_with(&authorize), "{path}");
        let started = log
            .lines()
            .into_iter()
            .any(|line| line.text.contains("login started"));
        assert!(!started, "{path}");
    }
    assert!(app.attempts().is_empty());
    assert_eq!(app.provider.count("authorize"), 0);
    app.sign_in("ada").await;
}

#[tokio::test]
async fn head_response_matches_status_and_length_of_get() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let auth = AuthLayer::from_toml(&two_providers(&one, &two).toml()).unwrap();
    let app = support::app_with(auth);
    let mut browser = Browser::new(app, ORIGIN);
    // The reference on the page for an unknown provider differs each time, but its length is
    // constant.
    for path in [
        "/auth/login",
        "/auth/login/three",
        "/auth/login?next=/report",
    ] {
        let get = browser.step(Visit::get(browser.url(path))).await;
        let head = head(&mut browser, path).await;
        assert_eq!(head.status, get.status, "{path}");
        let length = get.body.len().to_string();
        assert_eq!(
            head.header("content-length"),
            Some(length.as_str()),
            "{path}"
        );
        for name in ["content-type", "cache-control", "vary"] {
            assert_eq!(head.header(name), get.header(name), "{path}");
        }
    }
}

#[tokio::test]
async fn head_to_logout_and_callback_changes_nothing() {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    app.provider.forget_requests();
    for path in [
        "/auth/logout",
        "/auth/logout/",
        "/oauth2callback",
        "/oauth2callback?state=x&code=y",
        "/oauth2callback?error=access_denied",
    ] {
        let page = head(&mut app.browser, path).await;
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (303, Some("/")),
            "{path}"
        );
    }
    assert_eq!(app.current_user().await, "ada");
    assert_eq!(app.provider.all_requests().len(), 0);
}

#[tokio::test]
async fn trailing_slash_reaches_the_same_endpoint() {
    let mut app = TestApp::new().await;
    for path in [
        "/auth/login/",
        "/auth/login/default/",
        "/auth/login/?next=/report",
    ] {
        let start = app.start(path).await;
        let mut callback = app.return_from_provider(start).await;
        callback.url.set_path("/oauth2callback/");
        assert_eq!(app.browser.follow(callback).await.text(), "ada", "{path}");
        let page = app.browser.post("/auth/logout/", &[]).await;
        assert_eq!(page.text(), "nobody", "{path}");
    }
    for path in [
        "/auth/login//",
        "/auth/logout//",
        "/oauth2callback//",
        "/auth/",
        "/auth",
    ] {
        let page = app.browser.step(Visit::get(app.browser.url(path))).await;
        assert_eq!(page.status, 404, "{path}");
    }
}

#[tokio::test]
async fn trailing_slash_works_below_a_base_path() {
    let provider = Provider::start().await;
    let base = "https://app.example/app";
    let auth = AuthLayer::from_toml(&secrets_at(&provider, base).toml()).unwrap();
    let mut browser = Browser::new(app_below("/app", auth), base);
    assert_eq!(browser.get("/app/auth/login/").await.text(), "ada");
    assert_eq!(
        browser.post("/app/auth/logout/", &[]).await.text(),
        "nobody"
    );
}
