//! A shared login of a Streamlit app and the example `beside_streamlit`, behind one nginx, at
//! `oidc-provider`.

mod chromium;
mod deployment;
mod proxy;

use std::time::{Duration, Instant};

use self::deployment::{Deployment, Owner};
pub use self::deployment::{Release, command, session};
use crate::{browser::Browser, users::ALICE};

const NOBODY: &str = "Nobody I know";
const WIDE: &str = "Wide Claims";

#[tokio::test]
async fn current_streamlit_uses_login_from_service() {
    service_owns_auth_routes(Release::Newest).await;
}

#[tokio::test]
async fn tornado_streamlit_uses_login_from_service() {
    service_owns_auth_routes(Release::Tornado).await;
}

#[tokio::test]
async fn current_streamlit_login_is_read() {
    streamlit_owns_auth_routes(Release::Newest).await;
}

#[tokio::test]
async fn tornado_streamlit_login_is_read() {
    streamlit_owns_auth_routes(Release::Tornado).await;
}

/// `/auth/` and the callback belong to the service, and `st.login()` and `st.logout()` use it.
async fn service_owns_auth_routes(release: Release) {
    let deployment = Deployment::start(release, Owner::Service).await;
    for (user, name, groups) in [("alice", ALICE, 2), ("wide", WIDE, 100)] {
        let mut browser = Browser::new();
        assert_logged_out_at_both(&deployment, &mut browser).await;

        // Login at Streamlit, logout at the service.
        let form = deployment.press(&mut browser, "Log in").await;
        let page = deployment.provider.sign_in(&mut browser, form, user).await;
        assert_eq!(
            (page.status, page.url.as_str()),
            (200, deployment.url("/").as_str()),
            "{page:?}"
        );
        assert_logged_in_at_both(&deployment, &mut browser, name, groups, "default").await;
        let confirm = browser.open(&deployment.url("/auth/logout")).await;
        assert_logged_out_at_both(&deployment, &mut browser).await;
        deployment.provider.sign_out(&mut browser, confirm).await;

        // Login at the service, logout at Streamlit.
        let form = browser.open(&deployment.url("/auth/login")).await;
        deployment.provider.sign_in(&mut browser, form, user).await;
        assert_logged_in_at_both(&deployment, &mut browser, name, groups, "default").await;
        let confirm = deployment.press(&mut browser, "Log out").await;
        assert_logged_out_at_both(&deployment, &mut browser).await;
        deployment.provider.sign_out(&mut browser, confirm).await;
        assert_logged_out_at_both(&deployment, &mut browser).await;
    }
    reload_configuration(deployment).await;
}

/// Streamlit owns the login, and the service only reads it.
async fn streamlit_owns_auth_routes(release: Release) {
    let mut deployment = Deployment::start(release, Owner::Streamlit).await;
    for (user, name, groups) in [("alice", ALICE, 2), ("wide", WIDE, 100)] {
        let mut browser = Browser::new();
        assert_logged_out_at_both(&deployment, &mut browser).await;
        let form = deployment.press(&mut browser, "Log in").await;
        deployment.provider.sign_in(&mut browser, form, user).await;
        assert_logged_in_at_both(&deployment, &mut browser, name, groups, "default").await;

        // Streamlit's cookie is signed with the new secret, still in Streamlit's format.
        deployment.rotate();
        assert_logged_in_after_rotation(&mut deployment, &mut browser, name, groups).await;

        let confirm = deployment.press(&mut browser, "Log out").await;
        assert_logged_out_at_both(&deployment, &mut browser).await;
        deployment.provider.sign_out(&mut browser, confirm).await;
        assert_logged_out_at_both(&deployment, &mut browser).await;
    }
}

/// While a user is logged in, the secret is rotated and a provider is added. Users only notice the
/// new provider.
async fn reload_configuration(mut deployment: Deployment) {
    let mut browser = Browser::new();
    let form = deployment.press(&mut browser, "Log in").await;
    deployment
        .provider
        .sign_in(&mut browser, form, "wide")
        .await;
    assert_logged_in_at_both(&deployment, &mut browser, WIDE, 100, "default").await;

    deployment.add_provider();
    deployment.rotate();
    assert_logged_in_after_rotation(&mut deployment, &mut browser, WIDE, 100).await;

    let form = deployment
        .press_log_out_and_in(&mut browser, "Log in with later")
        .await;
    deployment
        .provider
        .sign_in(&mut browser, form, "alice")
        .await;
    assert_logged_in_at_both(&deployment, &mut browser, ALICE, 2, "later").await;
    deployment.assert_clean_service_log();
}

async fn assert_logged_in_after_rotation(
    deployment: &mut Deployment,
    browser: &mut Browser,
    name: &str,
    groups: usize,
) {
    let before = browser.header(&deployment.url("/"));
    let deadline = Instant::now() + Duration::from_secs(10);
    while browser.header(&deployment.url("/")) == before {
        assert!(Instant::now() < deadline, "the cookie is not signed again");
        let me = browser.open(&deployment.url("/api/me")).await;
        assert_eq!(me.status, 200, "signed out by the rotation: {me:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    deployment.streamlit_follows().await;
    assert_logged_in_at_both(deployment, browser, name, groups, "default").await;
}

async fn assert_logged_in_at_both(
    deployment: &Deployment,
    browser: &mut Browser,
    name: &str,
    groups: usize,
    provider: &str,
) {
    let me = browser.fetch(&deployment.url("/api/me")).await;
    assert_eq!(
        (me.status, me.media_type()),
        (200, "application/json"),
        "{me:?}"
    );
    let user: serde_json::Value = serde_json::from_str(&me.body).unwrap();
    assert_eq!(
        (&user["name"], &user["provider"]),
        (&name.into(), &provider.into())
    );
    assert_eq!(user["groups"].as_array().unwrap().len(), groups);

    deployment
        .streamlit_shows(browser, &format!("Hello, {name}!"))
        .await;
    deployment
        .streamlit_shows(browser, &format!("{groups} groups, by {provider}"))
        .await;
}

async fn assert_logged_out_at_both(deployment: &Deployment, browser: &mut Browser) {
    let me = browser.fetch(&deployment.url("/api/me")).await;
    assert_eq!(me.status, 401, "{me:?}");
    deployment.streamlit_shows(browser, NOBODY).await;
    let cookies = browser.cookies(&deployment.url("/"));
    assert!(
        !cookies
            .iter()
            .any(|name| name.starts_with("_streamlit_user")),
        "{cookies:?}"
    );
}
