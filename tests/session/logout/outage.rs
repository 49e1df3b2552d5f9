//! Logout while the provider is slow or down.

use std::time::Duration;

use super::ada;
use support::{Behaviour, ORIGIN, Visit, app, eventually, secrets};

#[tokio::test]
async fn logout_works_while_provider_is_down() {
    let answers = [
        Some(Behaviour::Hang),
        Some(Behaviour::Drip),
        Some(Behaviour::HangUp),
        Some(Behaviour::Cut),
        Some(Behaviour::Html(500)),
        Some(Behaviour::Json(200, serde_json::json!({}))),
        Some(Behaviour::Redirect(302, "https://evil.example/".to_owned())),
        None,
    ];
    let (provider, browser) = ada(|secrets| secrets).await;
    for (case, answer) in answers.into_iter().enumerate() {
        match answer {
            Some(answer) => provider.set(|f| f.discovery = answer),
            None => provider.stop().await,
        }
        for path in ["/auth/logout", "/logout"] {
            let mut browser = browser.clone();
            // Another instance without cached documents.
            browser.serve(app(&secrets(&provider).toml()), ORIGIN);
            // The clock of the runtime advances, so the measured time does not depend on the speed
            // of the machine.
            tokio::time::pause();
            let start = tokio::time::Instant::now();
            let page = browser.step(Visit::get(browser.url(path))).await;
            let waited = start.elapsed();
            tokio::time::resume();
            assert!(waited <= Duration::from_millis(1001), "{case} {waited:?}");
            assert_eq!(
                (page.status.as_u16(), page.location()),
                (303, Some("/")),
                "{case}"
            );
            assert_eq!(browser.jar.names(), [""; 0]);
        }
    }
}

/// A stale document is used for the logout, whatever the provider returns now.
#[tokio::test]
async fn logout_uses_stale_document_during_outage() {
    for outage in [
        Behaviour::Hang,
        Behaviour::Drip,
        Behaviour::HangUp,
        Behaviour::Html(500),
    ] {
        let (provider, mut browser) = ada(|secrets| secrets).await;
        provider.set(|f| f.discovery = outage);
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(3600)).await;
        tokio::time::resume();
        let page = browser.step(Visit::get(browser.url("/auth/logout"))).await;
        let location = page.location().unwrap();
        assert!(location.starts_with(&provider.url("/logout?")), "{page:?}");
    }
}

/// A logout that does not wait for a slow provider lets the fetch complete for the next logout.
#[tokio::test]
async fn next_logout_uses_fetch_started_by_previous_one() {
    let (provider, mut browser) = ada(|secrets| secrets).await;
    let late = Behaviour::After(Duration::from_secs(3));
    provider.set(|f| f.discovery = late);
    // Another instance without cached documents.
    browser.serve(app(&secrets(&provider).toml()), ORIGIN);
    let logout = Visit::get(browser.url("/auth/logout"));
    let mut first = browser.clone();
    let waiting = {
        let logout = logout.clone();
        tokio::spawn(async move { first.step(logout).await })
    };
    eventually("the provider is asked", async || {
        provider.count("discovery") > 0
    })
    .await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(1)).await;
    tokio::time::resume();
    assert_eq!(waiting.await.unwrap().location(), Some("/"));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();

    let leads_to_provider = |page: &support::Page| {
        let location = page.location().unwrap_or_default();
        location.starts_with(&provider.url("/logout?"))
    };
    let mut logouts = 0;
    while !leads_to_provider(&browser.clone().step(logout.clone()).await) {
        assert_eq!(provider.count("discovery"), 1);
        assert!(logouts < 100, "no logout leads to the provider");
        logouts += 1;
    }
    assert_eq!(provider.count("discovery"), 1);
}
