//! Further logins that do not meet the requirement of a guard, or that must not cause a loop.

use serde_json::{Value, json};

use super::step_up::Setup;
use support::{Log, query};

/// If a provider ignores the request or a visitor edits it, a page shows the cause.
#[tokio::test]
async fn unmet_requirement_shows_cause_instead_of_loop() {
    for (path, claim, value, title) in [
        (
            "/fresh",
            "auth_time",
            json!(1000),
            "The sign-in is not recent enough",
        ),
        (
            "/fresh",
            "auth_time",
            Value::Null,
            "Sign-in is not set up correctly",
        ),
        (
            "/strong",
            "acr",
            json!("1"),
            "This needs a stronger sign-in",
        ),
        (
            "/strong",
            "acr",
            Value::Null,
            "Sign-in is not set up correctly",
        ),
    ] {
        let mut setup = Setup::new().await;
        setup.log_in(3600, "1").await;
        setup.provider.set(|f| f.claims.set(claim, value));

        let start = setup.step(path).await.next().unwrap();
        let start = query::with(&start, "max_age", None);
        let start = query::with(&start, "acr_values", None);
        let page = setup.browser.follow(start).await;

        assert!(page.status.is_client_error(), "{page:?}");
        assert!(page.text().contains(title), "{page:?}");
        assert_eq!(setup.provider.count("authorize"), 1, "{path}");
        setup.assert_still_logged_in(&page);
        assert_eq!(setup.step("/").await.text(), "ada");
    }
}

/// The provider reports that the user cannot authenticate in this way.
#[tokio::test]
async fn unmet_requirement_at_provider_is_explained() {
    let mut setup = Setup::new().await;
    setup.log_in(0, "1").await;
    setup
        .provider
        .set(|f| f.deny("unmet_authentication_requirements", ""));
    let log = Log::start();

    let page = setup.browser.get("/strong").await;

    assert!(
        page.text().contains("This needs a stronger sign-in"),
        "{page:?}"
    );
    assert!(log.warnings()[0].1.contains("acr_unmet"));
}

/// Each guard is satisfied by a login that the other does not accept.
#[tokio::test]
async fn contradictory_guards_end_on_error_page() {
    let mut setup = Setup::new().await;
    setup.log_in(0, "1").await;

    let page = setup.browser.get("/split").await;

    assert_eq!(page.status, 403, "{page:?}");
    assert!(page.text().contains("step_up_loop"), "{page:?}");
    assert!(setup.provider.count("authorize") <= 5);
    assert_eq!(setup.step("/").await.text(), "ada");
}

/// Several pages with different requirements, opened within a minute.
#[tokio::test]
async fn consecutive_step_ups_are_not_a_loop() {
    let mut setup = Setup::new().await;
    setup.log_in(3600, "1").await;
    for path in ["/fresh", "/strong", "/both"] {
        let page = setup.browser.get(path).await;
        assert_eq!(page.status, 200, "{path} {page:?}");
    }
}

/// The earlier login stays valid. A further login may then use either account.
#[tokio::test]
async fn another_user_cannot_complete_step_up() {
    let mut setup = Setup::new().await;
    setup.log_in(3600, "1").await;
    setup.provider.sign_in_as("bob");

    let page = setup.browser.get("/fresh").await;

    assert_eq!(page.status, 403, "{page:?}");
    assert!(
        page.text().contains("You signed in with another account"),
        "{page:?}"
    );
    assert!(page.text().contains("value=\"/fresh\""), "{page:?}");
    setup.assert_still_logged_in(&page);
    assert_eq!(setup.step("/").await.text(), "ada");
    let page = setup.browser.click("/auth/login/default?next=/fresh").await;
    assert_eq!(page.text(), "bob at /fresh", "{page:?}");
}
