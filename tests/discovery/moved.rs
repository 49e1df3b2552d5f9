//! A provider that changes its issuer or its endpoints while documents are cached (B10).

use tokio::task::JoinSet;

use crate::support::{Edits, Stage};

#[tokio::test]
async fn changed_issuer_is_accepted_from_a_newer_document() {
    for names_issuer in [true, false] {
        let mut stage = stage(names_issuer).await;
        let issuer = stage.provider.issuer();
        for (changed, fetches) in [(format!("{issuer}/"), 2), (issuer, 3)] {
            stage.provider.set(|f| f.issuer = Some(changed));
            stage.sign_in("bob").await;
            assert_eq!(stage.provider.count("discovery"), fetches);
        }
    }
}

/// A provider that stops naming itself in callbacks says so in its document.
#[tokio::test]
async fn missing_issuer_is_accepted_from_a_newer_document() {
    let mut stage = stage(true).await;
    stage.provider.set(stop_naming_issuer);
    stage.sign_in("bob").await;
    assert_eq!(stage.provider.count("discovery"), 2);
}

/// Promise 3: concurrent callbacks share one request for the newer document.
#[tokio::test]
async fn concurrent_callbacks_ask_discovery_once() {
    let mut stage = stage(true).await;
    let changed = format!("{}/", stage.provider.issuer());
    stage.provider.set(|f| f.issuer = Some(changed));
    let mut logins = JoinSet::new();
    for _ in 0..20 {
        let callback = stage.callback().await;
        let mut browser = stage.browser.clone();
        logins.spawn(async move { browser.step(callback).await });
    }
    for page in logins.join_all().await {
        assert_eq!(page.status.as_u16(), 303, "{page:?}");
    }
    assert_eq!(stage.provider.count("discovery"), 2);
}

#[tokio::test]
async fn wrong_issuers_ask_discovery_within_a_limit() {
    const REFUSALS: usize = 50;
    type Fault = fn(&mut crate::support::Faults);
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
        let mut stage = stage(true).await;
        stage.provider.set(fault);
        for _ in 0..REFUSALS {
            let callback = stage.callback().await;
            stage.home(callback, reason).await;
        }
        let requests = stage.provider.count("discovery") - 1;
        assert!(
            (1..REFUSALS / 2).contains(&requests),
            "{reason}: {requests}"
        );
        stage
            .provider
            .set(|f| (f.callback, f.claims) = Default::default());
        stage.sign_in("bob").await;
    }
}

/// What the newer document says must be valid, or the known one stays.
#[tokio::test]
async fn invalid_newer_document_is_not_used() {
    for (name, value) in [
        ("issuer", "https://evil.example"),
        ("token_endpoint", "http://evil.example/token"),
        ("jwks_uri", ""),
    ] {
        let mut stage = stage(true).await;
        stage.provider.set(|f| {
            f.metadata.set(name, value);
            f.callback.set("iss", "https://evil.example");
        });
        let callback = stage.callback().await;
        let page = stage.browser.step(callback).await;
        assert_eq!(page.status.as_u16(), 400, "{page:?}");
        assert_eq!(stage.provider.count("discovery"), 2);

        stage.provider.set(|f| f.callback = Edits::default());
        stage.sign_in("bob").await;
        assert_eq!(stage.provider.count("discovery"), 2);
    }
}

#[tokio::test]
async fn endpoint_that_moved_is_found_in_a_newer_document() {
    for status in [404, 410] {
        for (endpoint, member) in [
            ("jwks", "jwks_uri"),
            ("token", "token_endpoint"),
            ("userinfo", "userinfo_endpoint"),
        ] {
            let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true")).await;
            let at = |stage: &Stage, place: &str| {
                let url = stage.provider.url(&format!("/{place}/{endpoint}"));
                stage.provider.set(|f| f.metadata.set(member, url));
            };
            at(&stage, "old");
            stage.start("/auth/login").await;
            at(&stage, "new");
            stage.provider.set(|f| f.gone = Some(("/old/", status)));

            stage.sign_in("ada").await;
            assert_eq!(stage.provider.count("discovery"), 2, "{endpoint}");
            let requests = stage.provider.requests(endpoint);
            let paths: Vec<_> = requests
                .iter()
                .map(|request| request.path.as_str())
                .collect();
            let (old, new) = (format!("/old/{endpoint}"), format!("/new/{endpoint}"));
            assert_eq!(paths, [&old, &new]);
        }
    }
}

/// The same document again: the endpoint is not asked twice, and a code not sent twice.
#[tokio::test]
async fn endpoint_that_is_gone_is_asked_once() {
    for (endpoint, path) in [
        ("jwks", "/jwks"),
        ("token", "/token"),
        ("userinfo", "/userinfo"),
    ] {
        let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true")).await;
        stage.provider.set(|f| f.gone = Some((path, 404)));
        let callback = stage.callback().await;
        let page = stage.browser.step(callback).await;
        assert_ne!(page.status.as_u16(), 303, "{page:?}");
        assert_eq!(stage.provider.count(endpoint), 1);
        assert_eq!(stage.provider.count("discovery"), 2);
    }
}

/// A stage whose discovery document and keys are known.
async fn stage(names_issuer: bool) -> Stage {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.alg = "EdDSA");
    if !names_issuer {
        stage.provider.set(stop_naming_issuer);
    }
    stage.sign_in("ada").await;
    stage
}

fn stop_naming_issuer(faults: &mut crate::support::Faults) {
    faults
        .metadata
        .remove("authorization_response_iss_parameter_supported");
    faults.callback.remove("iss");
}
