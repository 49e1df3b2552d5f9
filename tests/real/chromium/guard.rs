//! The example `guard`, at the certified provider.

use serde_json::json;

use super::{PROVIDER, chrome::Chrome, nothing_private_lies_behind};
use crate::{
    app::App,
    pair,
    people::{ALICE, BOB},
    provider::{ES256_POST, RS256_BASIC},
};

const DEEP: &str = "/report?year=2026&q=a%20b&q=%C3%BC+%26&empty=";

#[tokio::test]
async fn a_deep_link_is_reached_and_scripts_know_who_is_there() {
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

    // From the keyboard alone: the provider's form has the focus.
    chrome.open(&app.url(DEEP)).await;
    chrome.sees(PROVIDER).await;
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
    chrome.confirms_sign_out().await;
    let view = chrome.sees("nobody I know").await;
    assert_eq!(view.url, app.url("/"));
    assert_eq!(chrome.identity().await, [""; 0]);
    assert_eq!(chrome.fetch("/api/me").await.0, 401);
    chrome.has_logged_nothing(&app).await;
    nothing_private_lies_behind(&chrome, ALICE).await;
    app.printed_nothing_bad();
}

#[tokio::test]
async fn who_is_no_admin_reads_so() {
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
    chrome.has_logged_nothing(&app).await;
}

#[tokio::test]
async fn two_tabs_sign_in_at_once() {
    let (_provider, app) = pair("guard", RS256_BASIC).await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/report?tab=1")).await;
    chrome.sees(PROVIDER).await;
    let first = chrome.new_tab().await;
    chrome.open(&app.url("/report?tab=2")).await;
    chrome.signs_in("alice").await;
    chrome.arrives(&app.url("/report?tab=2")).await;

    chrome.switch(&first).await;
    chrome.signs_in("alice").await;
    let view = chrome.arrives(&app.url("/report?tab=1")).await;
    assert!(view.text.contains(ALICE), "{view:?}");
    chrome.has_logged_nothing(&app).await;
}

/// The other page is of the same site, so that the browser sends it the cookies: what keeps it out is ours.
#[tokio::test]
async fn a_page_of_another_origin_can_do_nothing() {
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
    let view = chrome.sees("Nothing was done").await;
    assert_eq!(view.status, 403);
    assert_eq!(chrome.identity().await, before);
    let view = chrome.open(&app.url("/report")).await;
    assert!(view.text.contains(ALICE), "{view:?}");
}

#[tokio::test]
async fn the_development_provider_serves_the_guard_too() {
    let app = App::start_as_committed("guard").await;
    let chrome = Chrome::new().await;
    chrome.open(&app.url("/admin?x=1")).await;
    chrome.sees(&app.authority()).await;
    chrome.press("Alice").await;
    let view = chrome.arrives(&app.url("/admin?x=1")).await;
    assert!(view.text.contains("You are an admin."), "{view:?}");
    chrome.has_logged_nothing(&app).await;
}
