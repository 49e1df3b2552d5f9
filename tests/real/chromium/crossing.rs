//! What a page of another site can do: link to a logout, but not log out by itself; and frame a page.

use axum_streamlit_auth::AuthLayer;

use super::{
    chrome::Chrome,
    inside::{Inside, app, page_of, pages},
};

/// The app with alice logged in, and a server of another site.
async fn alice() -> (Inside, Inside, Chrome) {
    let app = Inside::start(app(AuthLayer::dev())).await;
    let stranger = Inside::start(pages()).await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/auth/login")).await;
    chrome.press("Alice").await;
    chrome.sees("This is alice.").await;
    (app, stranger, chrome)
}

/// Ways to a page without a click of the user.
fn scripts(target: &str) -> [String; 4] {
    [
        format!("<script>location.href = '{target}'</script>"),
        format!("<script>location.replace('{target}')</script>"),
        format!("<meta http-equiv=\"refresh\" content=\"0; url={target}\">"),
        format!("<form action=\"{target}\"></form><script>document.forms[0].submit()</script>"),
    ]
}

#[tokio::test]
async fn script_of_another_site_does_not_log_out() {
    let (app, stranger, chrome) = alice().await;
    for path in ["/auth/logout", "/logout"] {
        for script in scripts(&app.url(path)) {
            chrome.open(&stranger.stranger_url(&page_of(&script))).await;
            let view = chrome.sees("Do you want to sign out?").await;
            assert_eq!(view.status, 200, "{script}");
            let seen = app.requests(path).pop().unwrap();
            assert_eq!((seen.site.as_str(), seen.user.as_str()), ("cross-site", ""));
            assert!(!chrome.identity().await.is_empty(), "{script}");
        }
    }
    chrome.screenshot("confirm-logout").await;
    chrome.press("Sign out").await;
    chrome.sees("This is nobody.").await;
    assert_eq!(chrome.identity().await, [""; 0]);
}

#[tokio::test]
async fn link_that_the_user_clicks_logs_out() {
    for path in ["/auth/logout", "/logout"] {
        let (app, stranger, chrome) = alice().await;
        let link = format!("<a href=\"{}\">Go on</a>", app.url(path));
        chrome.open(&stranger.stranger_url(&page_of(&link))).await;
        chrome.press("Go on").await;
        chrome.sees("This is nobody.").await;
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
    chrome.sees("This is nobody.").await;
}

#[tokio::test]
async fn guarded_page_in_a_frame_opens_its_own_window() {
    let own = Inside::start(app(AuthLayer::dev())).await;
    let stranger = Inside::start(pages()).await;
    let frame = format!("<iframe src=\"{}\"></iframe>", own.url("/guarded"));
    for page in [
        own.url(&page_of(&frame)),
        stranger.stranger_url(&page_of(&frame)),
    ] {
        let chrome = Chrome::new().await;
        chrome.open(&page).await;
        assert_eq!(own.receives("/guarded").await.status, 401);
        let tab = chrome.driver.get("/window").await;
        chrome.enter_frame().await;
        chrome.press("Open in a new window").await;
        chrome.switch_to_other(&tab).await;
        chrome.sees("Choose a person").await;
        chrome.press("Alice").await;
        let view = chrome.sees("the guarded page").await;
        assert_eq!(view.url, own.url("/guarded"));
    }
}
