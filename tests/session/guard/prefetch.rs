//! Prefetches: they consume nothing and are not cached, so that the later click works.

use axum::http::Method;

use super::test_app;
use support::{Browser, ORIGIN, Provider, Visit, app, two_providers};

/// Headers of prefetches.
const PURPOSES: [(&str, &str); 6] = [
    ("sec-purpose", "prefetch"),
    ("sec-purpose", "prefetch;prerender"),
    ("sec-purpose", "prefetch;anonymous-client-ip"),
    ("sec-purpose", "prefetch;prerender;preview"),
    ("purpose", "prefetch"),
    ("x-moz", "prefetch"),
];

#[tokio::test]
async fn prefetch_is_declined_with_an_error_status() {
    let (provider, mut browser) = test_app().await;
    for path in [
        "/auth/login",
        "/auth/login/",
        "/auth/login/default?next=/report",
        "/auth/logout",
        "/oauth2callback?state=x&code=y",
        "/oauth2callback",
        "/guarded",
        "/report",
        "/login",
        "/logout",
    ] {
        for (name, value) in PURPOSES {
            let visit = Visit::get(browser.url(path)).header(name, value);
            for visit in [visit.clone(), visit.method(Method::HEAD)] {
                let page = browser.step(visit).await;
                let is_guarded = ["/guarded", "/report", "/login"].contains(&path);
                let expected = if is_guarded { 401 } else { 503 };
                assert_eq!(page.status, expected, "{path} {name}: {value}");
                assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
                // A 503 response with this header would keep Chromium from prefetching any page of
                // the app.
                assert_eq!(page.header("retry-after"), None, "{path}");
                assert_eq!((page.location(), page.set_cookies()), (None, vec![]));
            }
        }
    }
    assert_eq!(provider.all_requests().len(), 0);
    assert_eq!(browser.get("/guarded").await.text(), "ada");
}

#[tokio::test]
async fn prefetch_of_sign_in_page_is_declined() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let mut browser = Browser::new(app(&two_providers(&one, &two).toml()), ORIGIN);
    for path in ["/auth/login", "/auth/login/two", "/auth/login/three"] {
        let visit = Visit::get(browser.url(path)).header("sec-purpose", "prefetch");
        let page = browser.step(visit).await;
        assert_eq!(
            (page.status.as_u16(), page.text().as_str()),
            (503, ""),
            "{path}"
        );
    }
    assert_eq!(browser.get("/auth/login").await.status, 200);
}

#[tokio::test]
async fn prefetch_shows_pages_to_logged_in_users() {
    let (_provider, mut browser) = test_app().await;
    browser.get("/auth/login").await;
    for path in ["/guarded", "/report", "/"] {
        let visit = Visit::get(browser.url(path)).header("sec-purpose", "prefetch;prerender");
        let page = browser.step(visit).await;
        assert_eq!((page.status.as_u16(), page.text().as_str()), (200, "ada"));
    }
}

#[tokio::test]
async fn other_purposes_are_not_prefetches() {
    let (_provider, browser) = test_app().await;
    for (name, value) in [
        ("purpose", "navigation"),
        ("sec-purpose", ""),
        ("x-moz", "1"),
    ] {
        let mut browser = browser.clone();
        let visit = Visit::get(browser.url("/guarded")).header(name, value);
        assert_eq!(browser.follow(visit).await.text(), "ada", "{name}: {value}");
    }
}
