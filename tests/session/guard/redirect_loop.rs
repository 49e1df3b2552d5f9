//! A browser that does not return the identity cookie gets an error page instead of a redirect
//! loop.

use std::time::Duration;

use super::{IDENTITY, test_app};
use support::{
    Browser, COOKIE_SECRET, ORIGIN, Page, Provider, Visit, app, jar::Context, secrets_at,
};

/// Opens `path` with a browser that drops the identity cookie of every response.
async fn visit(browser: &mut Browser, path: &str) -> (Page, usize) {
    let mut steps = 1;
    let mut page = browser.step(Visit::get(browser.url(path))).await;
    while let Some(next) = page.next() {
        browser.jar.remove(IDENTITY);
        page = browser.step(next).await;
        steps += 1;
        assert!(steps < 20, "a circle");
    }
    (page, steps)
}

#[tokio::test]
async fn third_login_within_a_minute_shows_error_page() {
    for path in ["/guarded", "/report", "/login"] {
        let (provider, mut browser) = test_app().await;
        let (page, steps) = visit(&mut browser, path).await;
        assert_eq!(page.status, 400, "{page:?}");
        assert!(
            page.text().contains("Allow cookies for this app"),
            "{page:?}"
        );
        assert_eq!(
            (provider.count("authorize"), provider.count("token")),
            (2, 2)
        );
        assert_eq!(steps, 7, "two rounds of three, and the page");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(page.set_cookies().is_empty());

        // A reload within the minute shows the same page, and a fetch gets 401.
        assert_eq!(visit(&mut browser, path).await.0.status, 400);
        assert_eq!(browser.fetch(path).await.status, 401);
        // The button on the page starts a login, which works after the browser accepts cookies.
        assert!(page.text().contains("action=\"/auth/login\""));
        assert_eq!(browser.get("/auth/login").await.text(), "ada");

        browser.jar.clear();
        assert_eq!(visit(&mut browser, path).await.0.status, 400);
        browser.jar.advance(Duration::from_secs(61));
        provider.forget_requests();
        visit(&mut browser, path).await;
        assert_eq!(
            provider.count("authorize"),
            2,
            "a minute later it may work again"
        );
    }
}

#[tokio::test]
async fn browser_without_cookies_gets_error_page() {
    let (provider, mut browser) = test_app().await;
    let mut page = browser.step(Visit::get(browser.url("/guarded"))).await;
    while let Some(next) = page.next() {
        browser.jar.clear();
        page = browser.step(next).await;
    }
    assert_eq!(page.status, 400);
    assert!(
        page.text().contains("Allow cookies for this app"),
        "{page:?}"
    );
    assert_eq!(
        (provider.count("authorize"), provider.count("token")),
        (1, 0)
    );
}

#[tokio::test]
async fn repeated_login_and_logout_is_allowed() {
    let (provider, mut browser) = test_app().await;
    for round in 1..6 {
        let page = browser.get("/guarded").await;
        assert_eq!(
            (page.status.as_u16(), page.text().as_str()),
            (200, "ada"),
            "{round}"
        );
        browser.post("/auth/logout", &[]).await;
    }
    assert_eq!(provider.count("token"), 5);
    assert_eq!(provider.violations(), [""; 0]);
}

/// A user who returns the identity cookie may log in again, for example to confirm an action.
#[tokio::test]
async fn logins_of_logged_in_user_are_not_a_loop() {
    let (provider, mut browser) = test_app().await;
    browser.get("/auth/login").await;
    for round in 0..3 {
        let mut page = browser.step(Visit::get(browser.url("/login"))).await;
        for _ in 0..2 {
            let next = page.next().unwrap_or_else(|| panic!("{round} {page:?}"));
            page = browser.step(next).await;
        }
        assert_eq!(page.location(), Some("/login"), "{round}");
    }
    assert_eq!(provider.count("token"), 4);
}

#[tokio::test]
async fn forged_login_count_is_harmless() {
    for count in ["2", "255", "256", "-1", "x", "", "99999999999999999999"] {
        let (_provider, mut browser) = test_app().await;
        let url = browser.url("/");

        browser.jar.store(
            &url,
            &format!("_streamlit_recent_logins={count}; Path=/"),
            Context::SameSite,
        );
        let page = browser.get("/guarded").await;
        let stopped = ["2", "255"].contains(&count);
        assert_eq!(page.status, if stopped { 400 } else { 200 }, "{count}");
    }
}

/// Cookies ignore the port, so each login at one app replaces the identity of the other.
#[tokio::test]
async fn logins_at_other_apps_are_not_counted() {
    const OTHER_SECRET: &str = "Rz3uW8yN1cQ6mE0sHf5JtB9vXk2LgPa7dYoU4iTj";
    for (other, secret) in [
        ("http://localhost:8502", OTHER_SECRET),
        ("http://localhost:8502", COOKIE_SECRET),
        ("http://localhost:8501", OTHER_SECRET),
    ] {
        let provider = Provider::start().await;
        let mut browser = Browser::new(app(&secrets_at(&provider, ORIGIN).toml()), ORIGIN);
        let others = app(&secrets_at(&provider, other).cookie_secret(secret).toml());
        for round in 0..8 {
            let page = browser.get(&format!("{ORIGIN}/guarded")).await;
            assert_eq!(page.text(), "ada", "{round} {page:?}");
            if other == ORIGIN {
                let mut next = Browser::new(others.clone(), other);
                std::mem::swap(&mut next.jar, &mut browser.jar);
                let page = next.get("/guarded").await;
                assert_eq!(page.text(), "ada", "{round} {page:?}");
                std::mem::swap(&mut next.jar, &mut browser.jar);
            } else {
                browser.serve(others.clone(), other);
                let page = browser.get(&format!("{other}/guarded")).await;
                assert_eq!(page.text(), "ada", "{round} {page:?}");
            }
        }
        assert_eq!(provider.count("token"), 16, "{other}");
    }
}

#[tokio::test]
async fn loop_is_detected_despite_another_app() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets_at(&provider, ORIGIN).toml()), ORIGIN);
    let other = "http://localhost:8502";
    browser.serve(app(&secrets_at(&provider, other).toml()), other);
    browser.get(&format!("{other}/guarded")).await;

    let (page, _) = visit(&mut browser, "/guarded").await;

    assert!(
        page.text().contains("Allow cookies for this app"),
        "{page:?}"
    );
}
