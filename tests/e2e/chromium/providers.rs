//! The example `providers`: a button for each provider.

use super::chrome::Chrome;
use crate::{provider::RS256_BASIC, users::ALICE};

#[tokio::test]
async fn every_provider_button_signs_in() {
    let (_provider, app) = crate::pair("providers", RS256_BASIC).await;
    let chrome = Chrome::new().await;
    for (button, name) in [
        ("Log in with Google", "google"),
        ("Log in with Microsoft", "microsoft"),
    ] {
        chrome.open(&app.url("/")).await;
        chrome.enter(button).await;
        chrome.signs_in("alice").await;
        let view = chrome
            .wait_for_text(&format!("You logged in with {name}."))
            .await;
        assert!(
            view.url == app.url("/") && view.text.contains(&format!("Welcome, {ALICE}!")),
            "{view:?}"
        );
        chrome.press("Log out").await;
        chrome.confirms_logout().await;
        chrome.wait_for_text("Hello!").await;
        assert_eq!(chrome.identity().await, [""; 0]);
    }
    chrome.assert_console_is_empty(&app).await;
}
