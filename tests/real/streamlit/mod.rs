//! One login for a Streamlit app and the example `beside_streamlit`, behind one nginx, at the certified provider.

mod chromium;
mod house;
mod proxy;

use std::time::{Duration, Instant};

use self::house::{House, Owner, Release};
use crate::{browser::Browser, people::ALICE};

const NOBODY: &str = "Nobody I know";
const WIDE: &str = "Wide Claims";

#[tokio::test]
async fn the_newest_streamlit_signs_in_and_out_here() {
    routes_are_ours(Release::Newest).await;
}

#[tokio::test]
async fn the_tornado_streamlit_signs_in_and_out_here() {
    routes_are_ours(Release::Tornado).await;
}

#[tokio::test]
async fn the_newest_streamlit_signs_in_and_we_read() {
    routes_are_streamlits(Release::Newest).await;
}

#[tokio::test]
async fn the_tornado_streamlit_signs_in_and_we_read() {
    routes_are_streamlits(Release::Tornado).await;
}

/// `/auth/` and the callback belong to the service; `st.login()` and `st.logout()` end here.
async fn routes_are_ours(release: Release) {
    let house = House::start(release, Owner::Service).await;
    for (user, name, groups) in [("alice", ALICE, 2), ("wide", WIDE, 100)] {
        let mut browser = Browser::new();
        both_know_nobody(&house, &mut browser).await;

        // In at Streamlit, out at ours.
        let form = house.press(&mut browser, "Log in").await;
        let page = house.provider.sign_in(&mut browser, form, user).await;
        assert_eq!(
            (page.status, page.url.as_str()),
            (200, house.url("/").as_str()),
            "{page:?}"
        );
        both_know(&house, &mut browser, name, groups, "default").await;
        let confirm = browser.open(&house.url("/auth/logout")).await;
        both_know_nobody(&house, &mut browser).await;
        house.provider.sign_out(&mut browser, confirm).await;

        // In at ours, out at Streamlit.
        let form = browser.open(&house.url("/auth/login")).await;
        house.provider.sign_in(&mut browser, form, user).await;
        both_know(&house, &mut browser, name, groups, "default").await;
        let confirm = house.press(&mut browser, "Log out").await;
        both_know_nobody(&house, &mut browser).await;
        house.provider.sign_out(&mut browser, confirm).await;
        both_know_nobody(&house, &mut browser).await;
    }
    living_configuration(house).await;
}

/// Streamlit owns the login; the service only reads.
async fn routes_are_streamlits(release: Release) {
    let mut house = House::start(release, Owner::Streamlit).await;
    for (user, name, groups) in [("alice", ALICE, 2), ("wide", WIDE, 100)] {
        let mut browser = Browser::new();
        both_know_nobody(&house, &mut browser).await;
        let form = house.press(&mut browser, "Log in").await;
        house.provider.sign_in(&mut browser, form, user).await;
        both_know(&house, &mut browser, name, groups, "default").await;

        // Streamlit's own cookie is signed anew, and is still Streamlit's.
        house.rotate();
        know_again_after_rotation(&mut house, &mut browser, name, groups).await;

        let confirm = house.press(&mut browser, "Log out").await;
        both_know_nobody(&house, &mut browser).await;
        house.provider.sign_out(&mut browser, confirm).await;
        both_know_nobody(&house, &mut browser).await;
    }
}

/// While somebody is signed in, the secret is rotated and a provider added; nobody notices but by the new provider.
async fn living_configuration(mut house: House) {
    let mut browser = Browser::new();
    let form = house.press(&mut browser, "Log in").await;
    house.provider.sign_in(&mut browser, form, "wide").await;
    both_know(&house, &mut browser, WIDE, 100, "default").await;

    house.add_provider();
    house.rotate();
    know_again_after_rotation(&mut house, &mut browser, WIDE, 100).await;

    let form = house
        .press_log_out_and_in(&mut browser, "Log in with later")
        .await;
    house.provider.sign_in(&mut browser, form, "alice").await;
    both_know(&house, &mut browser, ALICE, 2, "later").await;
    house.service_printed_nothing_bad();
}

async fn know_again_after_rotation(
    house: &mut House,
    browser: &mut Browser,
    name: &str,
    groups: usize,
) {
    let before = browser.header(&house.url("/"));
    let deadline = Instant::now() + Duration::from_secs(10);
    while browser.header(&house.url("/")) == before {
        assert!(Instant::now() < deadline, "the cookie is not signed anew");
        let me = browser.open(&house.url("/api/me")).await;
        assert_eq!(me.status, 200, "signed out by the rotation: {me:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    house.streamlit_follows().await;
    both_know(house, browser, name, groups, "default").await;
}

async fn both_know(
    house: &House,
    browser: &mut Browser,
    name: &str,
    groups: usize,
    provider: &str,
) {
    let me = browser.fetch(&house.url("/api/me")).await;
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

    house
        .streamlit_shows(browser, &format!("Hello, {name}!"))
        .await;
    house
        .streamlit_shows(browser, &format!("{groups} groups, by {provider}"))
        .await;
}

async fn both_know_nobody(house: &House, browser: &mut Browser) {
    let me = browser.fetch(&house.url("/api/me")).await;
    assert_eq!(me.status, 401, "{me:?}");
    house.streamlit_shows(browser, NOBODY).await;
    let cookies = browser.cookies(&house.url("/"));
    assert!(
        !cookies
            .iter()
            .any(|name| name.starts_with("_streamlit_user")),
        "{cookies:?}"
    );
}
