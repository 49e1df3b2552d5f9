//! The example `providers`: a button for each.

use super::chrome::Chrome;
use crate::{people::ALICE, provider::RS256_BASIC};

#[tokio::test]
async fn each_button_signs_in() {
    let (_provider, app) = crate::pair("providers", RS256_BASIC).await;
    let chrome = Chrome::new().await;
    for (button, name) in [
        ("Log in with Google", "google"),
        ("Log in with Microsoft", "microsoft"),
    ] {
        chrome.open(&app.url("/")).await;
        chrome.enter(button).await;
        chrome.signs_in("alice").await;
        let view = chrome.sees(&format!("You came by {name}.")).await;
        assert!(
            view.url == app.url("/") && view.text.contains(&format!("Welcome, {ALICE}!")),
            "{view:?}"
        );
        chrome.press("Log out").await;
        chrome.confirms_sign_out().await;
        chrome.sees("Hello!").await;
        assert_eq!(chrome.identity().await, [""; 0]);
    }
    chrome.has_logged_nothing(&app).await;
}
