//! Every page of ours, as everybody sees it.

use serde_json::json;

use super::chrome::{Chrome, View};
use crate::app::{Address, App};

#[tokio::test]
async fn the_pages_of_a_sign_in_are_accessible() {
    let app = two_providers().await;
    let chrome = Chrome::new().await;

    chrome.open(&app.url("/report?year=2026&q=a%20b")).await;
    chrome.sees("Choose how to sign in").await;
    chrome.is_accessible("sign-in").await;

    chrome.press("Google").await;
    chrome.sees("Choose a person").await;
    chrome.is_accessible("people").await;
    chrome.press("Someone else").await;
    chrome.is_accessible("people-claims").await;
    chrome.fill("claims", "{").await;
    chrome.press("Sign in with these claims").await;
    chrome.sees("This JSON ends too early").await;
    chrome.is_accessible("people-problem").await;

    chrome.press("Bob").await;
    chrome.sees("Welcome, Bob!").await;
    chrome.open(&app.url("/admin")).await;
    chrome.sees("You may not see this page").await;
    chrome.is_accessible("forbidden").await;
    chrome.has_logged_nothing(&app).await;
}

#[tokio::test]
async fn the_pages_after_a_failure_are_accessible() {
    let app = two_providers().await;
    let chrome = Chrome::new().await;

    chrome
        .open(&app.url("/auth/login/google?next=/report"))
        .await;
    chrome.press("Cancel").await;
    chrome.sees("Sign-in cancelled").await;
    chrome.is_accessible("cancelled").await;

    chrome.open(&app.url("/auth/login/nobody")).await;
    chrome.sees("No such way to sign in").await;
    chrome.is_accessible("unknown").await;

    chrome.open(&app.url("/auth/login/google")).await;
    chrome.press("Someone else").await;
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
    chrome.sees("Too much is known about you").await;
    chrome.is_accessible("too-large").await;

    chrome.open(&app.url("/auth/login/google")).await;
    chrome.press("Bob").await;
    chrome.sees("You are Bob").await;
    chrome.press("Log out").await;
    chrome.sees("You may still be signed in at").await;
    chrome.is_accessible("signed-out").await;

    chrome.open(&app.url("/auth/dev/end_session")).await;
    chrome
        .sees("You are signed out of the development provider")
        .await;
    chrome.is_accessible("development-signed-out").await;
    chrome.has_logged_nothing(&app).await;
}

#[tokio::test]
async fn the_pages_are_accessible_in_every_script() {
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
        chrome.is_accessible(&format!("sign-in-{language}")).await;

        let view = chrome.open(&app.url("/auth/login/nobody")).await;
        assert_eq!(view.status, 404, "{view:?}");
        speaks(&view, language);
        chrome.is_accessible(&format!("unknown-{language}")).await;
    }
    chrome.has_logged_nothing(&app).await;
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
