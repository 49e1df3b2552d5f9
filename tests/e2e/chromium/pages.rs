//! Every page of the crate, checked for accessibility.

use serde_json::json;

use super::chrome::{Chrome, View};
use crate::app::{Address, App};

#[tokio::test]
async fn sign_in_pages_are_accessible() {
    let app = two_providers().await;
    let chrome = Chrome::new().await;

    chrome.open(&app.url("/report?year=2026&q=a%20b")).await;
    chrome.wait_for_text("Choose how to sign in").await;
    chrome.assert_accessible("sign-in").await;

    chrome.press("Google").await;
    chrome.wait_for_text("Choose a user").await;
    chrome.assert_accessible("people").await;
    chrome.press("Another user").await;
    chrome.assert_accessible("people-claims").await;
    chrome.fill("claims", "{").await;
    chrome.press("Sign in with these claims").await;
    chrome.wait_for_text("This JSON ends too early").await;
    chrome.assert_accessible("people-problem").await;

    chrome.press("Bob").await;
    chrome.wait_for_text("Welcome, Bob!").await;
    chrome.open(&app.url("/admin")).await;
    chrome.wait_for_text("You may not see this page").await;
    chrome.assert_accessible("forbidden").await;
    chrome.assert_console_is_empty(&app).await;
}

#[tokio::test]
async fn error_pages_are_accessible() {
    let app = two_providers().await;
    let chrome = Chrome::new().await;

    chrome
        .open(&app.url("/auth/login/google?next=/report"))
        .await;
    chrome.press("Cancel").await;
    chrome.wait_for_text("Sign-in cancelled").await;
    chrome.assert_accessible("cancelled").await;

    chrome.open(&app.url("/auth/login/nobody")).await;
    chrome.wait_for_text("No such way to sign in").await;
    chrome.assert_accessible("unknown").await;

    chrome.open(&app.url("/auth/login/google")).await;
    chrome.press("Another user").await;
    let groups: Vec<String> = (0..248)
        .map(|number| format!("a group with a rather long name, number {number:06}"))
        .collect();
    let large = json!({ "sub": "large", "groups": groups, "a-claim-with-a-rather-long-name-and-no-space-in-it": groups });
    chrome
        .run(&format!(
            "document.querySelector('textarea').value = {:?}",
            large.to_string()
        ))
        .await;
    chrome.press("Sign in with these claims").await;
    chrome.wait_for_text("Too much is known about you").await;
    chrome.assert_accessible("too-large").await;

    chrome.open(&app.url("/auth/login/google")).await;
    chrome.press("Bob").await;
    chrome.wait_for_text("You are Bob").await;
    chrome.press("Log out").await;
    chrome.wait_for_text("You may still be signed in at").await;
    chrome.assert_accessible("signed-out").await;

    chrome.open(&app.url("/auth/dev/end_session")).await;
    chrome
        .wait_for_text("You are signed out of the development provider")
        .await;
    chrome.assert_accessible("development-signed-out").await;
    chrome.assert_console_is_empty(&app).await;
}

#[tokio::test]
async fn pages_are_accessible_in_every_script() {
    let app = two_providers().await;
    let chrome = Chrome::new().await;
    chrome.driver.devtools("Network.enable", json!({})).await;
    for language in ["zh", "ar"] {
        let headers = json!({ "headers": { "Accept-Language": language } });
        chrome
            .driver
            .devtools("Network.setExtraHTTPHeaders", headers)
            .await;
        let view = chrome.open(&app.url("/auth/login?next=/report")).await;
        assert_eq!(view.status, 200, "{view:?}");
        speaks(&view, language);
        chrome
            .assert_accessible(&format!("sign-in-{language}"))
            .await;

        let view = chrome.open(&app.url("/auth/login/nobody")).await;
        assert_eq!(view.status, 404, "{view:?}");
        speaks(&view, language);
        chrome
            .assert_accessible(&format!("unknown-{language}"))
            .await;
    }
    chrome.assert_console_is_empty(&app).await;
}

fn speaks(view: &View, language: &str) {
    let direction = if language == "ar" { "rtl" } else { "ltr" };
    assert!(view.language.0.starts_with(language), "{view:?}");
    assert_eq!(view.language.1, direction, "{view:?}");
}

/// The example `guard` with two names for its development provider.
async fn two_providers() -> App {
    let address = Address::free();
    let discovery = address.url("/auth/dev/.well-known/openid-configuration");
    let provider = format!(
        "client_id = \"guard\"\nclient_secret = \"development\"\nserver_metadata_url = \"{discovery}\"\n"
    );
    let provider = format!("{provider}provider_logout = false\n");
    let secrets =
        format!("signed_out_page = true\n[auth.google]\n{provider}[auth.microsoft]\n{provider}");
    App::start_with("guard", address, &secrets).await
}
