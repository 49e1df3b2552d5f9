//! The example `hello` with the development provider, as on a new computer.

use super::{assert_history_shows_no_user, chrome::Chrome};
use crate::app::App;

const CHOICE: &str = "Choose a user";

#[tokio::test]
async fn keyboard_only_login_and_logout_work() {
    let app = App::start_as_committed("hello").await;
    let chrome = Chrome::new().await;

    chrome.open(&app.url("/")).await;
    chrome.screenshot("hello").await;
    chrome.enter("Log in").await;
    chrome.wait_for_text(CHOICE).await;
    chrome.enter("Alice").await;
    let view = chrome.wait_for_text("Welcome, Alice!").await;
    assert_eq!((view.status, &view.url), (200, &app.url("/")));
    chrome.screenshot("hello-welcome").await;
    let view = chrome.reload().await;
    assert!(view.text.contains("Welcome, Alice!"), "{view:?}");

    let first = chrome.new_tab().await;
    let view = chrome.open(&app.url("/")).await;
    assert!(view.text.contains("Welcome, Alice!"), "{view:?}");
    chrome.enter("Log out").await;
    let view = chrome.wait_for_text("Hello!").await;
    assert_eq!((view.status, &view.url), (200, &app.url("/")));
    assert_eq!(chrome.cookies().await.len(), 0);

    chrome.switch(&first).await;
    let view = chrome.reload().await;
    assert!(view.text.contains("Hello!"), "{view:?}");
    chrome.assert_console_is_empty(&app).await;
    app.assert_clean_log();
}

#[tokio::test]
async fn back_button_shows_no_private_page() {
    let app = App::start_as_committed("hello").await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/")).await;
    chrome.press("Log in").await;
    chrome.press("Alice").await;
    chrome.wait_for_text("Welcome, Alice!").await;

    // Back at the provider, the user can select again, although that login is complete.
    chrome.back().await;
    chrome.wait_for_text(CHOICE).await;
    chrome.press("Bob").await;
    let view = chrome.wait_for_text("Welcome, ").await;
    assert_eq!((view.status, &view.url), (200, &app.url("/")));
    assert!(view.text.contains("Alice"), "{view:?}");

    // A different URL, so that no newer page replaces its cache entry.
    chrome.open(&app.url("/?page=2")).await;
    chrome.press("Log out").await;
    chrome.wait_for_text("Hello!").await;
    assert_history_shows_no_user(&chrome, "Welcome, ").await;
    chrome.assert_console_is_empty(&app).await;
}

#[tokio::test]
async fn cancelled_login_keeps_current_user() {
    let app = App::start_as_committed("hello").await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/")).await;
    chrome.press("Log in").await;
    chrome.press("Cancel").await;
    let view = chrome.wait_for_text("Sign-in cancelled").await;
    assert_eq!(view.status, 403);
    assert_eq!(chrome.cookies().await.len(), 0);

    chrome.press("Sign in again").await;
    chrome.wait_for_text(CHOICE).await;
    chrome.press("Bob").await;
    chrome.wait_for_text("Welcome, Bob!").await;
    let before = chrome.identity().await;
    chrome.open(&app.url("/auth/login")).await;
    chrome.press("Cancel").await;
    chrome.wait_for_text("Sign-in cancelled").await;
    assert_eq!(chrome.identity().await, before);
    chrome.press("Go to the start page").await;
    let view = chrome.wait_for_text("Welcome, Bob!").await;
    assert_eq!(view.url, app.url("/"));
    chrome.assert_console_is_empty(&app).await;
}

#[tokio::test]
async fn missing_attempt_cookie_is_explained() {
    let app = App::start_as_committed("hello").await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/")).await;
    chrome.press("Log in").await;
    chrome.wait_for_text(CHOICE).await;
    chrome.forget("_streamlit_login_").await;
    chrome.press("Alice").await;
    let view = chrome
        .wait_for_text("Your browser does not keep the sign-in")
        .await;
    assert_eq!(view.status, 400);
    assert_eq!(chrome.cookies().await.len(), 0);

    chrome.press("Sign in again").await;
    chrome.press("Alice").await;
    chrome.wait_for_text("Welcome, Alice!").await;
    chrome.assert_console_is_empty(&app).await;
}
