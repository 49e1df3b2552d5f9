//! The example `hello` as it starts on a fresh machine, with the development provider.

use super::{chrome::Chrome, nothing_private_lies_behind};
use crate::app::App;

const CHOICE: &str = "Choose a person";

#[tokio::test]
async fn the_keyboard_alone_signs_in_and_out() {
    let app = App::start_as_committed("hello").await;
    let chrome = Chrome::new().await;

    chrome.open(&app.url("/")).await;
    chrome.screenshot("hello").await;
    chrome.enter("Log in").await;
    chrome.sees(CHOICE).await;
    chrome.enter("Alice").await;
    let view = chrome.sees("Welcome, Alice!").await;
    assert_eq!((view.status, &view.url), (200, &app.url("/")));
    chrome.screenshot("hello-welcome").await;
    let view = chrome.reload().await;
    assert!(view.text.contains("Welcome, Alice!"), "{view:?}");

    let first = chrome.new_tab().await;
    let view = chrome.open(&app.url("/")).await;
    assert!(view.text.contains("Welcome, Alice!"), "{view:?}");
    chrome.enter("Log out").await;
    let view = chrome.sees("Hello!").await;
    assert_eq!((view.status, &view.url), (200, &app.url("/")));
    assert_eq!(chrome.cookies().await.len(), 0);

    chrome.switch(&first).await;
    let view = chrome.reload().await;
    assert!(view.text.contains("Hello!"), "{view:?}");
    chrome.has_logged_nothing(&app).await;
    app.printed_nothing_bad();
}

#[tokio::test]
async fn the_back_button_breaks_nothing_and_shows_nothing_private() {
    let app = App::start_as_committed("hello").await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/")).await;
    chrome.press("Log in").await;
    chrome.press("Alice").await;
    chrome.sees("Welcome, Alice!").await;

    // Back at the provider, somebody may choose again, although that sign-in is over.
    chrome.back().await;
    chrome.sees(CHOICE).await;
    chrome.press("Bob").await;
    let view = chrome.sees("Welcome, ").await;
    assert_eq!((view.status, &view.url), (200, &app.url("/")));
    assert!(view.text.contains("Alice"), "{view:?}");

    // An address of its own, so that nothing newer takes its place in the browser's cache.
    chrome.open(&app.url("/?page=2")).await;
    chrome.press("Log out").await;
    chrome.sees("Hello!").await;
    nothing_private_lies_behind(&chrome, "Welcome, ").await;
    chrome.has_logged_nothing(&app).await;
}

#[tokio::test]
async fn who_cancels_reads_so_and_stays_who_they_were() {
    let app = App::start_as_committed("hello").await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/")).await;
    chrome.press("Log in").await;
    chrome.press("Cancel").await;
    let view = chrome.sees("Sign-in cancelled").await;
    assert_eq!(view.status, 403);
    assert_eq!(chrome.cookies().await.len(), 0);

    chrome.press("Sign in again").await;
    chrome.sees(CHOICE).await;
    chrome.press("Bob").await;
    chrome.sees("Welcome, Bob!").await;
    let before = chrome.identity().await;
    chrome.open(&app.url("/auth/login")).await;
    chrome.press("Cancel").await;
    chrome.sees("Sign-in cancelled").await;
    assert_eq!(chrome.identity().await, before);
    chrome.press("Go to the start page").await;
    let view = chrome.sees("Welcome, Bob!").await;
    assert_eq!(view.url, app.url("/"));
    chrome.has_logged_nothing(&app).await;
}

#[tokio::test]
async fn a_sign_in_whose_cookie_is_gone_is_explained() {
    let app = App::start_as_committed("hello").await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/")).await;
    chrome.press("Log in").await;
    chrome.sees(CHOICE).await;
    chrome.forget("_streamlit_login_").await;
    chrome.press("Alice").await;
    let view = chrome.sees("Your browser does not keep the sign-in").await;
    assert_eq!(view.status, 400);
    assert_eq!(chrome.cookies().await.len(), 0);

    chrome.press("Sign in again").await;
    chrome.press("Alice").await;
    chrome.sees("Welcome, Alice!").await;
    chrome.has_logged_nothing(&app).await;
}
