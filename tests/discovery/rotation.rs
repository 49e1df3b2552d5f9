//! Keys that change without a new name, and how often clients can cause a refetch (B5).

use std::time::Duration;

use crate::{
    keys::{CROWD, REFUSALS, assert_within_limit},
    support::{Behaviour, Seal, Stage},
};

/// B5: no key name tells that a key is another one.
#[tokio::test]
async fn key_replaced_under_same_kid_is_fetched() {
    for alg in ["RS256", "ES256", "EdDSA"] {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| {
            f.alg = alg;
            f.jwk.set("kid", "same");
            f.header.set("kid", "same");
        });
        stage.sign_in("ada").await;
        for name in ["bob", "ada", "bob"] {
            stage.provider.rotate();
            stage.sign_in(name).await;
        }
        assert_eq!(stage.provider.count("jwks"), 4, "{alg}");
    }
}

/// B5: several new keys within a minute, each under a name of its own.
#[tokio::test]
async fn key_rotated_twice_is_fetched_twice() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.alg = "EdDSA");
    stage.sign_in("ada").await;
    for name in ["bob", "ada", "bob"] {
        stage.provider.rotate();
        stage.sign_in(name).await;
    }
    assert_eq!(stage.provider.count("jwks"), 4);
}

/// B5: without a key name, every key is tried before the provider is asked.
#[tokio::test]
async fn key_replaced_without_kid_is_fetched() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| {
        f.jwk.remove("kid");
        f.header.remove("kid");
    });
    stage.sign_in("ada").await;
    stage.provider.rotate();
    stage.sign_in("bob").await;
    assert_eq!(stage.provider.count("jwks"), 2);
}

/// B5: what an attacker signs does not become a request to the provider each.
#[tokio::test]
async fn wrong_signatures_refetch_within_a_limit() {
    for seal in [Seal::Flipped, Seal::ForeignKey, Seal::Zero] {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| f.alg = "EdDSA");
        stage.sign_in("ada").await;
        let before = stage.provider.count("jwks");
        stage.provider.set(|f| f.seal = seal);
        for _ in 0..REFUSALS {
            let callback = stage.callback().await;
            stage.home(callback, "id_token_signature").await;
        }
        assert_within_limit(stage.provider.count("jwks") - before);
        stage.provider.set(|f| f.seal = Seal::Intact);
        stage.sign_in("bob").await;
    }
}

/// Promise 3: concurrent logins with a new key share one refetch.
#[tokio::test]
async fn concurrent_logins_share_one_refetch() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.alg = "EdDSA");
    stage.sign_in("ada").await;
    stage.provider.rotate();
    let late = Behaviour::After(Duration::from_millis(200));
    stage.provider.set(|f| f.jwks = late);
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..CROWD {
        let callback = stage.callback().await;
        let mut browser = stage.browser.clone();
        logins.spawn(async move { browser.step(callback).await });
    }
    for page in logins.join_all().await {
        assert_eq!(page.status.as_u16(), 303, "{page:?}");
    }
    assert_eq!(stage.provider.count("jwks"), 2);
}
