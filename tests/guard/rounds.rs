//! Row 130: a browser that does not send the identity back is told so, and not led in circles.

use std::time::Duration;

use super::{
    IDENTITY, stage,
    support::{Browser, Page, Visit, jar::Context},
};

/// Opens `path` and drops the identity from every answer, as a browser does that has no room or no wish for it.
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
async fn a130_the_third_round_within_a_minute_ends_on_a_page() {
    for path in ["/guarded", "/report", "/login"] {
        let (provider, mut browser) = stage().await;
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

        // A reload within the minute is the same page, and a fetch is a 401 as ever.
        assert_eq!(visit(&mut browser, path).await.0.status, 400);
        assert_eq!(browser.fetch(path).await.status, 401);
        // The button on the page starts a login, which is what a visitor does who has mended the browser.
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
async fn a130_a_browser_without_any_cookies_ends_on_a_page_at_once() {
    let (provider, mut browser) = stage().await;
    let mut page = browser.step(Visit::get(browser.url("/guarded"))).await;
    while let Some(next) = page.next() {
        browser.jar.clear();
        page = browser.step(next).await;
    }
    assert_eq!(page.status, 400);
    assert!(
        page.text().contains("allow cookies for this app"),
        "{page:?}"
    );
    assert_eq!(
        (provider.count("authorize"), provider.count("token")),
        (1, 0)
    );
}

#[tokio::test]
async fn a130_who_signs_in_and_out_again_is_not_stopped() {
    let (provider, mut browser) = stage().await;
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
    assert_eq!(provider.complaints(), [""; 0]);
}

#[tokio::test]
async fn a130_a_count_that_somebody_made_up_shows_a_page_at_most() {
    for count in ["2", "255", "256", "-1", "x", "", "99999999999999999999"] {
        let (_provider, mut browser) = stage().await;
        let url = browser.url("/");

        browser.jar.store(
            &url,
            &format!("_streamlit_rounds={count}; Path=/"),
            Context::SameSite,
        );
        let page = browser.get("/guarded").await;
        let stopped = ["2", "255"].contains(&count);
        assert_eq!(page.status, if stopped { 400 } else { 200 }, "{count}");
    }
}
