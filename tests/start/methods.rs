//! HEAD and trailing slashes at the endpoints.

use axum::http::Method;
use axum_streamlit_auth::AuthLayer;

use crate::support::{
    Browser, Log, ORIGIN, Page, Provider, Stage, Visit, app_below, secrets_at, two_providers,
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
async fn head_of_login_is_get_without_state() {
    let mut stage = Stage::new().await;
    let authorize = stage.provider.url("/authorize?");
    for path in [
        "/auth/login",
        "/auth/login/default?next=/report",
        "/auth/login/",
    ] {
        let log = Log::start();
        let page = head(&mut stage.browser, path).await;
        assert_eq!(page.status, 303, "{path}");
        assert!(page.location().unwrap().starts_with(&authorize), "{path}");
        let started = log
            .lines()
            .into_iter()
            .any(|line| line.text.contains("login started"));
        assert!(!started, "{path}");
    }
    assert!(stage.attempts().is_empty());
    assert_eq!(stage.provider.count("authorize"), 0);
    stage.sign_in("ada").await;
}

#[tokio::test]
async fn head_of_a_page_has_its_status_and_length() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let auth = AuthLayer::from_toml(&two_providers(&one, &two).toml()).unwrap();
    let app = crate::support::app_with(auth);
    let mut browser = Browser::new(app, ORIGIN);
    // An unknown provider's page has a reference of its own each time, of one length.
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
async fn head_of_logout_and_callback_changes_nothing() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    stage.provider.forget_requests();
    for path in [
        "/auth/logout",
        "/auth/logout/",
        "/oauth2callback",
        "/oauth2callback?state=x&code=y",
        "/oauth2callback?error=access_denied",
    ] {
        let page = head(&mut stage.browser, path).await;
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (303, Some("/")),
            "{path}"
        );
    }
    assert_eq!(stage.who().await, "ada");
    assert_eq!(stage.provider.all_requests().len(), 0);
}

#[tokio::test]
async fn trailing_slash_is_the_same_endpoint() {
    let mut stage = Stage::new().await;
    for path in [
        "/auth/login/",
        "/auth/login/default/",
        "/auth/login/?next=/report",
    ] {
        let start = stage.start(path).await;
        let mut callback = stage.come_back(start).await;
        callback.url.set_path("/oauth2callback/");
        assert_eq!(stage.browser.follow(callback).await.text(), "ada", "{path}");
        let page = stage.browser.post("/auth/logout/", &[]).await;
        assert_eq!(page.text(), "nobody", "{path}");
    }
    for path in [
        "/auth/login//",
        "/auth/logout//",
        "/oauth2callback//",
        "/auth/",
        "/auth",
    ] {
        let page = stage
            .browser
            .step(Visit::get(stage.browser.url(path)))
            .await;
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
