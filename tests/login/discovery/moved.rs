//! A provider that changes its issuer or its endpoints while documents are cached.

use tokio::task::JoinSet;

use support::{Edits, TestApp};

#[tokio::test]
async fn changed_issuer_is_accepted_from_a_newer_document() {
    for names_issuer in [true, false] {
        let mut app = test_app(names_issuer).await;
        let issuer = app.provider.issuer();
        for (changed, fetches) in [(format!("{issuer}/"), 2), (issuer, 3)] {
            app.provider.set(|f| f.issuer = Some(changed));
            app.sign_in("bob").await;
            assert_eq!(app.provider.count("discovery"), fetches);
        }
    }
}

/// A provider that stops sending `iss` says so in its discovery document.
#[tokio::test]
async fn missing_issuer_is_accepted_from_a_newer_document() {
    let mut app = test_app(true).await;
    app.provider.set(stop_naming_issuer);
    app.sign_in("bob").await;
    assert_eq!(app.provider.count("discovery"), 2);
}

/// Concurrent callbacks share one request for the newer document.
#[tokio::test]
async fn concurrent_callbacks_fetch_discovery_once() {
    let mut app = test_app(true).await;
    let changed = format!("{}/", app.provider.issuer());
    app.provider.set(|f| f.issuer = Some(changed));
    let mut logins = JoinSet::new();
    for _ in 0..20 {
        let callback = app.callback().await;
        let mut browser = app.browser.clone();
        logins.spawn(async move { browser.step(callback).await });
    }
    for page in logins.join_all().await {
        assert_eq!(page.status.as_u16(), 303, "{page:?}");
    }
    assert_eq!(app.provider.count("discovery"), 2);
}

#[tokio::test]
async fn wrong_issuers_cause_limited_refetches() {
    const REJECTED_LOGINS: usize = 50;
    type Fault = fn(&mut support::Faults);
    let faults: [(&str, Fault); 3] = [
        ("issuer_mismatch", |f| {
            f.callback.set("iss", "https://evil.example")
        }),
        ("issuer_missing", |f| f.callback.remove("iss")),
        ("id_token_issuer", |f| {
            f.claims.set("iss", "https://evil.example")
        }),
    ];
    for (reason, fault) in faults {
        let mut app = test_app(true).await;
        app.provider.set(fault);
        for _ in 0..REJECTED_LOGINS {
            let callback = app.callback().await;
            app.assert_rejected(callback, reason).await;
        }
        let requests = app.provider.count("discovery") - 1;
        assert!(
            (1..REJECTED_LOGINS / 2).contains(&requests),
            "{reason}: {requests}"
        );
        app.provider
            .set(|f| (f.callback, f.claims) = Default::default());
        app.sign_in("bob").await;
    }
}

/// An invalid newer document is ignored, and the cached one is used.
#[tokio::test]
async fn invalid_newer_document_is_not_used() {
    for (name, value) in [
        ("issuer", "https://evil.example"),
        ("token_endpoint", "http://evil.example/token"),
        ("jwks_uri", ""),
    ] {
        let mut app = test_app(true).await;
        app.provider.set(|f| {
            f.metadata.set(name, value);
            f.callback.set("iss", "https://evil.example");
        });
        let callback = app.callback().await;
        let page = app.browser.step(callback).await;
        assert_eq!(page.status.as_u16(), 400, "{page:?}");
        assert_eq!(app.provider.count("discovery"), 2);

        app.provider.set(|f| f.callback = Edits::default());
        app.sign_in("bob").await;
        assert_eq!(app.provider.count("discovery"), 2);
    }
}

#[tokio::test]
async fn moved_endpoint_is_found_in_newer_document() {
    for status in [404, 410] {
        for (endpoint, member) in [
            ("jwks", "jwks_uri"),
            ("token", "token_endpoint"),
            ("userinfo", "userinfo_endpoint"),
        ] {
            let mut app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
            let at = |app: &TestApp, place: &str| {
                let url = app.provider.url(&format!("/{place}/{endpoint}"));
                app.provider.set(|f| f.metadata.set(member, url));
            };
            at(&app, "old");
            app.start("/auth/login").await;
            at(&app, "new");
            app.provider.set(|f| f.gone = Some(("/old/", status)));

            app.sign_in("ada").await;
            assert_eq!(app.provider.count("discovery"), 2, "{endpoint}");
            let requests = app.provider.requests(endpoint);
            let paths: Vec<_> = requests
                .iter()
                .map(|request| request.path.as_str())
                .collect();
            let (old, new) = (format!("/old/{endpoint}"), format!("/new/{endpoint}"));
            assert_eq!(paths, [&old, &new]);
        }
    }
}

/// The newer document is unchanged: the endpoint is not requested again, and no code is sent twice.
#[tokio::test]
async fn removed_endpoint_is_requested_once() {
    for (endpoint, path) in [
        ("jwks", "/jwks"),
        ("token", "/token"),
        ("userinfo", "/userinfo"),
    ] {
        let mut app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
        app.provider.set(|f| f.gone = Some((path, 404)));
        let callback = app.callback().await;
        let page = app.browser.step(callback).await;
        assert_ne!(page.status.as_u16(), 303, "{page:?}");
        assert_eq!(app.provider.count(endpoint), 1);
        assert_eq!(app.provider.count("discovery"), 2);
    }
}

/// An app that has cached the discovery document and the keys.
async fn test_app(names_issuer: bool) -> TestApp {
    let mut app = TestApp::new().await;
    app.provider.set(|f| f.alg = "EdDSA");
    if !names_issuer {
        app.provider.set(stop_naming_issuer);
    }
    app.sign_in("ada").await;
    app
}

fn stop_naming_issuer(faults: &mut support::Faults) {
    faults
        .metadata
        .remove("authorization_response_iss_parameter_supported");
    faults.callback.remove("iss");
}
