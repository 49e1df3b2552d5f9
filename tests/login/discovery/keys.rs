//! Keys of the provider: rotation, unknown keys, rate limits.

use std::time::Duration;

use serde_json::json;

use support::{Behaviour, ORIGIN, Provider, TestApp, TokenSignature, keys, secrets};

/// Tokens with unknown keys cause few refetches, and known keys stay valid.
#[tokio::test]
async fn unknown_keys_cause_limited_refetches() {
    let mut app = TestApp::new().await;
    app.provider.set(|f| f.alg = "EdDSA");
    app.sign_in("ada").await;
    for round in [1, 2] {
        let before = app.provider.count("jwks");
        for at in 0..REJECTED_LOGINS {
            let kid = format!("made-up-{round}-{at}");
            app.provider.set(|f| f.header.set("kid", kid));
            let callback = app.callback().await;
            app.assert_rejected(callback, "id_token_key").await;
        }
        assert_within_limit(app.provider.count("jwks") - before);
        app.provider.set(|f| f.header.clear());
        app.sign_in("ada").await;
        advance_time(61).await;
    }
}

/// If the refetch fails, known keys stay valid.
#[tokio::test]
async fn failed_refetch_keeps_known_keys() {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    for failure in [Behaviour::Html(500), Behaviour::HangUp, Behaviour::Endless] {
        advance_time(61).await;
        let asked = app.provider.count("jwks");
        app.provider.set(|f| {
            f.jwks = failure;
            f.header.set("kid", "made-up");
        });
        let callback = app.callback().await;
        let page = app.browser.step(callback).await;
        assert_eq!(page.status.as_u16(), 400, "{page:?}");
        // A request is retried once if the provider closes the connection.
        let requests = app.provider.count("jwks") - asked;
        assert!((1..=2).contains(&requests), "{requests}");
        app.provider.set(|f| f.header.clear());
        app.sign_in("ada").await;
    }
}

#[tokio::test]
async fn rotated_key_is_accepted_without_restart() {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    app.provider.rotate();
    app.sign_in("bob").await;
    advance_time(61).await;
    app.provider.set(|f| f.rotate_before_signing = true);
    app.sign_in("ada").await;
    assert_eq!(app.provider.count("jwks"), 3);
}

/// A failed refetch for a new key is retried, but not by every waiting login.
#[tokio::test]
async fn failed_refetch_is_retried() {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    for trouble in [Behaviour::HangUp, Behaviour::Cut, Behaviour::Html(500)] {
        advance_time(61).await;
        app.provider.rotate();
        app.provider.set(|f| f.jwks = trouble);
        let asked = app.provider.count("jwks");
        for _ in 0..CONCURRENT_LOGINS {
            let callback = app.callback().await;
            let page = app.browser.step(callback).await;
            assert_eq!(page.status.as_u16(), 400, "{page:?}");
        }
        assert!(app.provider.count("jwks") < asked + CONCURRENT_LOGINS);
        app.provider.clear_faults();
        advance_time(2).await;
        app.sign_in("bob").await;
    }
}

/// A refetch whose client disconnects does not count towards the limit.
#[tokio::test]
async fn cancelled_refetch_is_not_counted() {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    app.provider.rotate();
    app.provider.set(|f| f.jwks = Behaviour::Hang);
    let asked = app.provider.count("jwks");
    let callback = app.callback().await;
    let mut impatient = app.browser.clone();
    let waits = tokio::spawn(async move { impatient.step(callback).await });
    app.provider.received(asked + 1, "jwks").await;
    waits.abort();
    assert!(waits.await.unwrap_err().is_cancelled());
    app.provider.clear_faults();
    app.sign_in("bob").await;
}

/// A rotation withdraws the old key, so tokens signed with it are rejected.
#[tokio::test]
async fn withdrawn_key_is_rejected() {
    let mut app = TestApp::new().await;
    app.provider.sign_with("RS256");
    app.sign_in("ada").await;
    app.provider.rotate();
    app.sign_in("bob").await;
    app.provider.set(|f| {
        f.signature = TokenSignature::ForeignKey;
        f.header.set("kid", "rsa-1");
    });
    let callback = app.callback().await;
    app.assert_rejected(callback, "id_token_key").await;
}

/// Keys are fresh for an hour, and can be used for a day if the provider is unavailable.
#[tokio::test]
async fn cached_documents_survive_an_outage() {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    app.provider.set(|f| {
        f.jwks = Behaviour::Html(500);
        f.discovery = Behaviour::Html(500);
    });
    for hours in [1, 10, 11] {
        advance_time(hours * 3600).await;
        let asked = app.provider.count("jwks");
        // The keys are fetched in the background.
        let mut logins = 0;
        while app.provider.count("jwks") == asked {
            assert!(logins < 100, "no keys are fetched after {hours} hours");
            app.sign_in("ada").await;
            logins += 1;
        }
    }
    let callback = app.callback().await;
    advance_time(2 * 3600).await;
    app.assert_provider_unavailable(callback, "provider_status")
        .await;

    advance_time(2).await;
    app.provider.clear_faults();
    app.browser.jar.clear();
    app.sign_in("ada").await;
}

/// Hostile keys neither invalidate the set nor verify a signature.
#[tokio::test]
async fn hostile_keys_are_skipped() {
    for alg in ["RS256", "ES256"] {
        let mut app = TestApp::new().await;
        app.provider
            .set(|f| (f.alg, f.more_keys) = (alg, keys::hostile_keys()));
        app.sign_in("ada").await;
        for kid in [
            "unknown-kty",
            "enc",
            "oct",
            "huge",
            "even-exponent",
            "exponent-1",
            "empty",
            "half",
            "off-curve",
            "short",
            "koblitz",
            "agreement",
            "not-base64",
        ] {
            app.provider.set(|f| f.header.set("kid", kid));
            let callback = app.callback().await;
            app.assert_rejected(callback, "id_token_key_unusable").await;
        }
    }
    let mut app = TestApp::new().await;
    app.provider.sign_with("RS256");
    app.provider.set(|f| {
        f.more_keys = keys::hostile_keys();
        f.signature = TokenSignature::WeakKey;
    });
    let callback = app.callback().await;
    app.assert_rejected(callback, "id_token_key_unusable").await;
}

/// A key that is not for signatures cannot verify, even if the signature is right.
#[tokio::test]
async fn key_use_and_operations_are_enforced() {
    let unusable = Some("id_token_key_unusable");
    for (name, value, reason) in [
        ("use", json!("enc"), unusable),
        ("use", json!("sig"), None),
        ("key_ops", json!(["encrypt"]), unusable),
        ("key_ops", json!(["verify"]), None),
        ("alg", json!("RSA-OAEP"), unusable),
        ("alg", json!("ES256"), Some("id_token_key")),
        ("kty", json!("oct"), unusable),
        ("kty", json!("EC"), unusable),
    ] {
        let mut app = TestApp::new().await;
        app.provider.sign_with("RS256");
        app.provider.set(|f| f.jwk.set(name, value.clone()));
        match reason {
            None => {
                app.sign_in("ada").await;
            }
            Some(reason) => {
                let callback = app.callback().await;
                app.assert_rejected(callback, reason).await;
            }
        }
    }
    let mut app = TestApp::new().await;
    app.provider.sign_with("RS256");
    for optional in ["use", "alg"] {
        app.provider.set(|f| f.jwk.remove(optional));
    }
    app.sign_in("ada").await;
}

/// Without a `kid`, sixteen keys are tried.
#[tokio::test]
async fn number_of_keys_is_bounded() {
    for (alg, others, is_good) in [
        ("EdDSA", 15, true),
        // Half of all random values are not points on the curve, so that fewer than 64 keys are
        // tried.
        ("EdDSA", 64, false),
        ("EdDSA", 5000, false),
        ("RS256", 15, true),
        ("RS256", 500, false),
    ] {
        let mut app = TestApp::new().await;
        app.provider.set(|f| {
            f.alg = alg;
            f.more_keys = keys::many_keys(alg, others);
            f.jwk.remove("kid");
            f.header.remove("kid");
        });
        if is_good {
            app.sign_in("ada").await;
        } else {
            let callback = app.callback().await;
            app.assert_rejected(callback, "id_token_key").await;
        }
    }
    let mut app = TestApp::new().await;
    app.provider
        .set(|f| f.more_keys = keys::many_keys("RS256", 3000));
    let callback = app.callback().await;
    app.assert_provider_unavailable(callback, "provider_too_long")
        .await;
}

/// Each key of the right type is tried.
#[tokio::test]
async fn token_without_kid_is_tried_with_every_key() {
    for others in [0, 3] {
        let provider = Provider::start().await;
        provider.sign_with("RS256");
        provider.set(|f| {
            f.more_keys = keys::many_keys("RS256", others);
            f.header.remove("kid");
        });
        let secrets = secrets(&provider);
        let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
        app.sign_in("ada").await;
        app.provider.set(|f| f.signature = TokenSignature::Flipped);
        let callback = app.callback().await;
        app.assert_rejected(callback, "id_token_key").await;
    }
}

/// Rejected logins in a row.
pub const REJECTED_LOGINS: usize = 50;

/// Five refetches at once and one more every 12 seconds, so that a slow machine may make more.
pub fn assert_within_limit(refetches: usize) {
    assert!((1..REJECTED_LOGINS / 2).contains(&refetches), "{refetches}");
}

/// Number of logins, each of which takes less than a second.
pub const CONCURRENT_LOGINS: usize = 20;

/// Advances the time of caches by this many seconds.
pub(super) async fn advance_time(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}
