//! The same in a real browser, over http and https: clicks on Streamlit's buttons, logout on either
//! side, two tabs.

use std::time::{Duration, Instant};

use super::{
    NOBODY, WIDE,
    deployment::{Deployment, Owner, Release},
};
use crate::{app::Address, chromium::Chrome, users::ALICE};

#[tokio::test]
async fn current_streamlit_works_in_chromium() {
    for address in [Address::free(), Address::secure()] {
        both_ways(Deployment::start_at(address, Release::Newest, Owner::Service).await).await;
    }
}

#[tokio::test]
async fn tornado_streamlit_works_in_chromium() {
    for address in [Address::free(), Address::secure()] {
        both_ways(Deployment::start_at(address, Release::Tornado, Owner::Service).await).await;
    }
}

#[tokio::test]
async fn streamlit_login_works_in_chromium() {
    for (release, address) in [
        (Release::Newest, Address::secure()),
        (Release::Tornado, Address::free()),
    ] {
        let deployment = Deployment::start_at(address, release, Owner::Streamlit).await;
        let chrome = browser().await;
        chrome.open(&deployment.url("/")).await;
        chrome.press("Log in").await;
        chrome.signs_in("wide").await;
        assert_logged_in_at_both(&deployment, &chrome, WIDE).await;
        chrome.press("Log out").await;
        chrome.confirms_logout().await;
        assert_logged_out_at_both(&deployment, &chrome).await;
    }
}

async fn both_ways(mut deployment: Deployment) {
    let chrome = browser().await;
    for (user, name) in [("alice", ALICE), ("wide", WIDE)] {
        chrome.open(&deployment.url("/")).await;
        assert_logged_out_at_both(&deployment, &chrome).await;

        // Login at Streamlit, logout at the service. Another tab keeps its content until it is
        // reloaded.
        chrome.press("Log in").await;
        chrome.signs_in(user).await;
        assert_logged_in_at_both(&deployment, &chrome, name).await;
        let first = chrome.new_tab().await;
        chrome.open(&deployment.url("/auth/logout")).await;
        chrome.confirms_logout().await;
        assert_logged_out_at_both(&deployment, &chrome).await;
        chrome.switch(&first).await;
        chrome.wait_for_text(&hello(name)).await;
        chrome.reload().await;
        assert_logged_out_at_both(&deployment, &chrome).await;

        // Login at the service, logout at Streamlit, after a change of the secret.
        chrome.open(&deployment.url("/auth/login")).await;
        chrome.signs_in(user).await;
        assert_logged_in_at_both(&deployment, &chrome, name).await;
        let changes = deployment.service_changes();
        deployment.rotate();
        let deadline = Instant::now() + Duration::from_secs(30);
        while deployment.service_changes() == changes {
            assert!(Instant::now() < deadline, "the service does not follow");
            assert_eq!(chrome.fetch("/api/me").await.0, 200);
        }
        // A navigation to the service refreshes the cookie. A fetch does not.
        chrome.open(&deployment.url("/api/me")).await;
        deployment.streamlit_follows().await;
        chrome.open(&deployment.url("/")).await;
        assert_logged_in_at_both(&deployment, &chrome, name).await;
        chrome.press("Log out").await;
        chrome.confirms_logout().await;
        assert_logged_out_at_both(&deployment, &chrome).await;
    }
}

async fn browser() -> Chrome {
    Chrome::with_flags(&["--ignore-certificate-errors".to_owned()]).await
}

async fn assert_logged_in_at_both(deployment: &Deployment, chrome: &Chrome, name: &str) {
    let view = chrome.wait_for_text(&hello(name)).await;
    assert_eq!(view.url, deployment.url("/"));
    let (status, _, me) = chrome.fetch("/api/me").await;
    assert_eq!((status, &me["name"]), (200, &name.into()), "{me}");
    // Streamlit only reads the name without a prefix, on https too. It does not read the record.
    let mut names = chrome.identity().await;
    names.retain(|name| !name.ends_with("_streamlit_user_admission"));
    assert!(!names.is_empty());
    assert!(
        names.iter().all(|name| name.starts_with("_streamlit_user")),
        "{names:?}"
    );
}

async fn assert_logged_out_at_both(deployment: &Deployment, chrome: &Chrome) {
    let view = chrome.wait_for_text(NOBODY).await;
    assert_eq!(view.url, deployment.url("/"));
    assert_eq!(chrome.fetch("/api/me").await.0, 401);
    assert_eq!(chrome.identity().await, [""; 0]);
}

fn hello(name: &str) -> String {
    format!("Hello, {name}!")
}
