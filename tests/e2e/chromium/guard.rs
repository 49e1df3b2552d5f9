//! The example `guard` with `oidc-provider`.

use serde_json::json;

use super::{PROVIDER, assert_history_shows_no_user, chrome::Chrome};
use crate::{
    app::App,
    pair,
    provider::{ES256_POST, RS256_BASIC},
    users::{ALICE, BOB},
};

const DEEP: &str = "/report?year=2026&q=a%20b&q=%C3%BC+%26&empty=";

#[tokio::test]
async fn deep_link_is_reached_after_login() {
    let (_provider, app) = pair("guard", RS256_BASIC).await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/")).await;
    let (status, kind, body) = chrome.fetch("/api/me").await;
    assert_eq!(
        (status, kind.as_str()),
        (401, "application/problem+json"),
        "{body}"
    );
    assert_eq!(body["login"], "/auth/login", "{body}");

    // With the keyboard only: the form of the provider has the focus.
    chrome.open(&app.url(DEEP)).await;
    chrome.wait_for_text(PROVIDER).await;
    chrome.types("alice").await;
    chrome.tab().await;
    chrome.types("password").await;
    chrome.confirm().await;
    let view = chrome.arrives(&app.url(DEEP)).await;
    assert!(view.status == 200 && view.text.contains(ALICE), "{view:?}");
    let (status, kind, me) = chrome.fetch("/api/me").await;
    assert_eq!((status, kind.as_str()), (200, "application/json"), "{me}");
    assert_eq!(me["name"], ALICE);

    chrome.open(&app.url("/")).await;
    chrome.press("Log out").await;
    chrome.confirms_logout().await;
    let view = chrome.wait_for_text("You are not logged in").await;
    assert_eq!(view.url, app.url("/"));
    assert_eq!(chrome.identity().await, [""; 0]);
    assert_eq!(chrome.fetch("/api/me").await.0, 401);
    chrome.assert_console_is_empty(&app).await;
    assert_history_shows_no_user(&chrome, ALICE).await;
    app.assert_clean_log();
}

#[tokio::test]
async fn missing_group_shows_forbidden_page() {
    let (_provider, app) = pair("guard", ES256_POST).await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/admin")).await;
    chrome.signs_in("bob").await;
    let view = chrome.arrives(&app.url("/admin")).await;
    assert!(
        view.status == 403 && view.text.contains("You may not see this page"),
        "{view:?}"
    );
    let view = chrome.open(&app.url("/report")).await;
    assert!(view.text.contains(BOB), "{view:?}");
    let (status, kind, _) = chrome.fetch("/admin").await;
    assert_eq!((status, kind.as_str()), (403, "application/problem+json"));

    chrome.open(&app.url("/admin")).await;
    chrome.press("Sign in again").await;
    chrome.signs_in("alice").await;
    let view = chrome.arrives(&app.url("/admin")).await;
    assert!(view.text.contains("You are an admin."), "{view:?}");
    chrome.assert_console_is_empty(&app).await;
}

#[tokio::test]
async fn two_tabs_sign_in_concurrently() {
    let (_provider, app) = pair("guard", RS256_BASIC).await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/report?tab=1")).await;
    chrome.wait_for_text(PROVIDER).await;
    let first = chrome.new_tab().await;
    chrome.open(&app.url("/report?tab=2")).await;
    chrome.signs_in("alice").await;
    chrome.arrives(&app.url("/report?tab=2")).await;

    chrome.switch(&first).await;
    chrome.signs_in("alice").await;
    let view = chrome.arrives(&app.url("/report?tab=1")).await;
    assert!(view.text.contains(ALICE), "{view:?}");
    chrome.assert_console_is_empty(&app).await;
}

/// The other page is same-site, so the browser sends the cookies, and only the crate rejects the
/// request.
#[tokio::test]
async fn cross_origin_page_has_no_access() {
    let (_provider, app) = pair("guard", RS256_BASIC).await;
    let other = App::start_as_committed("hello").await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/report")).await;
    chrome.signs_in("alice").await;
    chrome.arrives(&app.url("/report")).await;
    let before = chrome.identity().await;
    assert!(!before.is_empty());

    chrome.open(&other.url("/")).await;
    let (status, ..) = chrome.fetch(&app.url("/api/me")).await;
    assert_eq!(status, 0, "another origin reads who is there");
    chrome
        .run(&format!(
            "const form = document.forms[0]; form.action = {}; form.method = 'post'; form.submit()",
            json!(app.url("/auth/logout"))
        ))
        .await;
    let view = chrome.wait_for_text("Nothing was done").await;
    assert_eq!(view.status, 403);
    assert_eq!(chrome.identity().await, before);
    let view = chrome.open(&app.url("/report")).await;
    assert!(view.text.contains(ALICE), "{view:?}");
}

#[tokio::test]
async fn development_provider_serves_guarded_pages() {
    let app = App::start_as_committed("guard").await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/admin?x=1")).await;
    chrome.wait_for_text(&app.authority()).await;
    chrome.press("Alice").await;
    let view = chrome.arrives(&app.url("/admin?x=1")).await;
    assert!(view.text.contains("You are an admin."), "{view:?}");
    chrome.assert_console_is_empty(&app).await;
}
