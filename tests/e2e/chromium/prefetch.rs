//! Pages that Chromium prefetches: nothing is consumed, and the click works.

use axum_streamlit_auth::AuthLayer;

use super::chrome::Chrome;
use crate::local_app::{LocalApp, Seen, app, page_of};

const PEOPLE: &str = "Choose a user";

/// A page that prefetches `path` and contains the link.
fn ahead(kind: &str, path: &str) -> String {
    let hint = match kind {
        "link" => format!("<link rel=\"prefetch\" href=\"{path}\">"),
        kind => format!(
            "<script type=\"speculationrules\">\
             {{\"{kind}\": [{{\"urls\": [\"{path}\"], \"eagerness\": \"immediate\"}}]}}</script>"
        ),
    };
    page_of(&format!("{hint}<a href=\"{path}\">Go on</a>"))
}

/// Lets Chromium prefetch `path`, then clicks the link.
async fn click_after(app: &LocalApp, chrome: &Chrome, kind: &str, path: &str) -> Seen {
    chrome.open(&app.url(&ahead(kind, path))).await;
    let seen = app.receives(path).await;
    assert!(seen.purpose.starts_with("prefetch"), "{kind}: {seen:?}");
    assert_eq!(seen.purpose.contains("prerender"), kind == "prerender");
    chrome.press("Go on").await;
    seen
}

#[tokio::test]
async fn prefetched_login_starts_on_click() {
    for kind in ["prefetch", "prerender", "link"] {
        for (path, status) in [("/auth/login", 503), ("/guarded", 401), ("/login", 401)] {
            let app = LocalApp::start(app(AuthLayer::dev())).await;
            let chrome = Chrome::new().await;
            let seen = click_after(&app, &chrome, kind, path).await;
            chrome.wait_for_text(PEOPLE).await;
            assert_eq!(seen.status, status, "{kind} {path}");
            let requests = app.requests(path);
            let click = requests.last().unwrap();
            assert_eq!(
                (click.purpose.as_str(), click.status),
                ("", 303),
                "{requests:?}"
            );
            chrome.press("Alice").await;
            chrome
                .until("a login", |view| !view.text.contains(PEOPLE))
                .await;
            let view = chrome.open(&app.url("/")).await;
            assert!(view.text.contains("This is alice."), "{view:?}");
        }
    }
}

#[tokio::test]
async fn prefetched_logout_happens_on_click() {
    for kind in ["prefetch", "prerender", "link"] {
        for path in ["/auth/logout", "/logout"] {
            let app = LocalApp::start(app(AuthLayer::dev())).await;
            let chrome = Chrome::new().await;
            chrome.open(&app.url("/auth/login")).await;
            chrome.press("Alice").await;
            chrome.wait_for_text("This is alice.").await;

            chrome.open(&app.url(&ahead(kind, path))).await;
            let seen = app.receives(path).await;
            assert!(!chrome.identity().await.is_empty(), "{kind} {path}");
            chrome.press("Go on").await;
            chrome.wait_for_text("This is nobody.").await;
            assert_eq!(seen.status, 503, "{kind} {path}");
            assert_eq!(chrome.identity().await, [""; 0], "{kind} {path}");
        }
    }
}

#[tokio::test]
async fn prefetched_guarded_page_is_shown() {
    for kind in ["prefetch", "prerender"] {
        let app = LocalApp::start(app(AuthLayer::dev())).await;
        let chrome = Chrome::new().await;
        chrome.open(&app.url("/auth/login")).await;
        chrome.press("Alice").await;
        chrome.wait_for_text("This is alice.").await;
        let seen = click_after(&app, &chrome, kind, "/guarded").await;
        assert_eq!(seen.status, 200, "{kind}");
        chrome.wait_for_text("the guarded page").await;
    }
}
