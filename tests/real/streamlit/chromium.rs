//! The same in a real browser, over http and https: clicks on Streamlit's own buttons, sign-out on either side, two tabs.

use std::time::{Duration, Instant};

use super::{
    NOBODY, WIDE,
    house::{House, Owner, Release},
};
use crate::{app::Address, chromium::Chrome, people::ALICE};

#[tokio::test]
async fn the_newest_streamlit_in_chromium() {
    for address in [Address::free(), Address::secure()] {
        both_ways(House::start_at(address, Release::Newest, Owner::Service).await).await;
    }
}

#[tokio::test]
async fn the_tornado_streamlit_in_chromium() {
    for address in [Address::free(), Address::secure()] {
        both_ways(House::start_at(address, Release::Tornado, Owner::Service).await).await;
    }
}

#[tokio::test]
async fn streamlits_own_login_in_chromium() {
    for (release, address) in [
        (Release::Newest, Address::secure()),
        (Release::Tornado, Address::free()),
    ] {
        let house = House::start_at(address, release, Owner::Streamlit).await;
        let chrome = browser().await;
        chrome.open(&house.url("/")).await;
        chrome.press("Log in").await;
        chrome.signs_in("wide").await;
        both_know(&house, &chrome, WIDE).await;
        chrome.press("Log out").await;
        chrome.confirms_sign_out().await;
        both_know_nobody(&house, &chrome).await;
    }
}

async fn both_ways(mut house: House) {
    let chrome = browser().await;
    for (user, name) in [("alice", ALICE), ("wide", WIDE)] {
        chrome.open(&house.url("/")).await;
        both_know_nobody(&house, &chrome).await;

        // In at Streamlit, out at ours; another tab keeps what it shows until it is loaded anew.
        chrome.press("Log in").await;
        chrome.signs_in(user).await;
        both_know(&house, &chrome, name).await;
        let first = chrome.new_tab().await;
        chrome.open(&house.url("/auth/logout")).await;
        chrome.confirms_sign_out().await;
        both_know_nobody(&house, &chrome).await;
        chrome.switch(&first).await;
        chrome.sees(&hello(name)).await;
        chrome.reload().await;
        both_know_nobody(&house, &chrome).await;

        // In at ours, out at Streamlit, after the secret has changed.
        chrome.open(&house.url("/auth/login")).await;
        chrome.signs_in(user).await;
        both_know(&house, &chrome, name).await;
        let changes = house.service_changes();
        house.rotate();
        let deadline = Instant::now() + Duration::from_secs(30);
        while house.service_changes() == changes {
            assert!(Instant::now() < deadline, "the service does not follow");
            assert_eq!(chrome.fetch("/api/me").await.0, 200);
        }
        // A navigation to the service renews the cookie; a fetch does not.
        chrome.open(&house.url("/api/me")).await;
        house.streamlit_follows().await;
        chrome.open(&house.url("/")).await;
        both_know(&house, &chrome, name).await;
        chrome.press("Log out").await;
        chrome.confirms_sign_out().await;
        both_know_nobody(&house, &chrome).await;
    }
}

async fn browser() -> Chrome {
    Chrome::with_flags(&["--ignore-certificate-errors".to_owned()]).await
}

async fn both_know(house: &House, chrome: &Chrome, name: &str) {
    let view = chrome.sees(&hello(name)).await;
    assert_eq!(view.url, house.url("/"));
    let (status, _, me) = chrome.fetch("/api/me").await;
    assert_eq!((status, &me["name"]), (200, &name.into()), "{me}");
    // The bare name is all that Streamlit knows, on https too.
    let names = chrome.identity().await;
    assert!(
        names.iter().all(|name| name.starts_with("_streamlit_user")),
        "{names:?}"
    );
}

async fn both_know_nobody(house: &House, chrome: &Chrome) {
    let view = chrome.sees(NOBODY).await;
    assert_eq!(view.url, house.url("/"));
    assert_eq!(chrome.fetch("/api/me").await.0, 401);
    assert_eq!(chrome.identity().await, [""; 0]);
}

fn hello(name: &str) -> String {
    format!("Hello, {name}!")
}
