//! Keys that change under the same `kid`, and the limit on refetches.

use std::time::Duration;

use super::keys::{CONCURRENT_LOGINS, REJECTED_LOGINS, assert_within_limit};
use support::{Behaviour, TestApp, TokenSignature};

/// The `kid` does not show that the key has changed.
#[tokio::test]
async fn key_replaced_under_same_kid_is_fetched() {
    for alg in ["RS256", "ES256", "EdDSA"] {
        let mut app = TestApp::new().await;
        app.provider.set(|f| {
            f.alg = alg;
            f.jwk.set("kid", "same");
            f.header.set("kid", "same");
        });
        app.sign_in("ada").await;
        for name in ["bob", "ada", "bob"] {
            app.provider.rotate();
            app.sign_in(name).await;
        }
        assert_eq!(app.provider.count("jwks"), 4, "{alg}");
    }
}

/// Several new keys within a minute, each with its own `kid`.
#[tokio::test]
async fn key_rotated_twice_is_fetched_twice() {
    let mut app = TestApp::new().await;
    app.provider.set(|f| f.alg = "EdDSA");
    app.sign_in("ada").await;
    for name in ["bob", "ada", "bob"] {
        app.provider.rotate();
        app.sign_in(name).await;
    }
    assert_eq!(app.provider.count("jwks"), 4);
}

/// Without a `kid`, all cached keys are tried before a refetch.
#[tokio::test]
async fn key_replaced_without_kid_is_fetched() {
    let mut app = TestApp::new().await;
    app.provider.set(|f| {
        f.jwk.remove("kid");
        f.header.remove("kid");
    });
    app.sign_in("ada").await;
    app.provider.rotate();
    app.sign_in("bob").await;
    assert_eq!(app.provider.count("jwks"), 2);
}

/// Invalid signatures do not cause one request each.
#[tokio::test]
async fn wrong_signatures_cause_limited_refetches() {
    for seal in [
        TokenSignature::Flipped,
        TokenSignature::ForeignKey,
        TokenSignature::Zero,
    ] {
        let mut app = TestApp::new().await;
        app.provider.set(|f| f.alg = "EdDSA");
        app.sign_in("ada").await;
        let before = app.provider.count("jwks");
        app.provider.set(|f| f.signature = seal);
        for _ in 0..REJECTED_LOGINS {
            let callback = app.callback().await;
            app.assert_rejected(callback, "id_token_signature").await;
        }
        assert_within_limit(app.provider.count("jwks") - before);
        app.provider.set(|f| f.signature = TokenSignature::Intact);
        app.sign_in("bob").await;
    }
}

/// Concurrent logins with a new key share one refetch.
#[tokio::test]
async fn concurrent_logins_share_one_refetch() {
    let mut app = TestApp::new().await;
    app.provider.set(|f| f.alg = "EdDSA");
    app.sign_in("ada").await;
    app.provider.rotate();
    let late = Behaviour::After(Duration::from_millis(200));
    app.provider.set(|f| f.jwks = late);
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..CONCURRENT_LOGINS {
        let callback = app.callback().await;
        let mut browser = app.browser.clone();
        logins.spawn(async move { browser.step(callback).await });
    }
    for page in logins.join_all().await {
        assert_eq!(page.status.as_u16(), 303, "{page:?}");
    }
    assert_eq!(app.provider.count("jwks"), 2);
}
