//! Pages of other sites: they can link to a logout but cannot log a user out by script, and they
//! can frame a page.

use axum_streamlit_auth::AuthLayer;

use super::chrome::Chrome;
use crate::local_app::{LocalApp, app, page_of, pages};

/// The app with alice logged in, and a server of another site.
async fn alice() -> (LocalApp, LocalApp, Chrome) {
    let app = LocalApp::start(app(AuthLayer::dev())).await;
    let other_site = LocalApp::start(pages()).await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/auth/login")).await;
    chrome.press("Alice").await;
    chrome.wait_for_text("This is alice.").await;
    (app, other_site, chrome)
}

/// Scripts that open a page without a click.
fn scripts(target: &str) -> [String; 4] {
    [
        format!("<script>location.href = '{target}'</script>"),
        format!("<script>location.replace('{target}')</script>"),
        format!("<meta http-equiv=\"refresh\" content=\"0; url={target}\">"),
        format!("<form action=\"{target}\"></form><script>document.forms[0].submit()</script>"),
    ]
}

#[tokio::test]
async fn script_from_another_site_does_not_log_out() {
    let (app, other_site, chrome) = alice().await;
    for path in ["/auth/logout", "/logout"] {
        for script in scripts(&app.url(path)) {
            chrome
                .open(&other_site.cross_site_url(&page_of(&script)))
                .await;
            let view = chrome.wait_for_text("Do you want to sign out?").await;
            assert_eq!(view.status, 200, "{script}");
            let seen = app.requests(path).pop().unwrap();
            assert_eq!((seen.site.as_str(), seen.user.as_str()), ("cross-site", ""));
            assert!(!chrome.identity().await.is_empty(), "{script}");
        }
    }
    chrome.screenshot("confirm-logout").await;
    chrome.press("Sign out").await;
    chrome.wait_for_text("This is nobody.").await;
    assert_eq!(chrome.identity().await, [""; 0]);
}

#[tokio::test]
async fn clicked_link_logs_out() {
    for path in ["/auth/logout", "/logout"] {
        let (app, other_site, chrome) = alice().await;
        let link = format!("<a href=\"{}\">Go on</a>", app.url(path));
        chrome
            .open(&other_site.cross_site_url(&page_of(&link)))
            .await;
        chrome.press("Go on").await;
        chrome.wait_for_text("This is nobody.").await;
        let seen = app.requests(path).pop().unwrap();
        assert_eq!(
            (seen.site.as_str(), seen.user.as_str()),
            ("cross-site", "?1")
        );
    }
}

#[tokio::test]
async fn own_script_logs_out() {
    let (app, _stranger, chrome) = alice().await;
    let script = "<script>location.href = '/auth/logout'</script>";
    chrome.open(&app.url(&page_of(script))).await;
    chrome.wait_for_text("This is nobody.").await;
}

#[tokio::test]
async fn guarded_page_in_frame_opens_new_window() {
    let own = LocalApp::start(app(AuthLayer::dev())).await;
    let other_site = LocalApp::start(pages()).await;
    let frame = format!("<iframe src=\"{}\"></iframe>", own.url("/guarded"));
    for page in [
        own.url(&page_of(&frame)),
        other_site.cross_site_url(&page_of(&frame)),
    ] {
        let chrome = Chrome::new().await;
        chrome.open(&page).await;
        assert_eq!(own.receives("/guarded").await.status, 401);
        let tab = chrome.driver.get("/window").await;
        chrome.enter_frame().await;
        chrome.press("Open in a new window").await;
        chrome.switch_to_other(&tab).await;
        chrome.wait_for_text("Choose a user").await;
        chrome.press("Alice").await;
        let view = chrome.wait_for_text("the guarded page").await;
        assert_eq!(view.url, own.url("/guarded"));
    }
}
