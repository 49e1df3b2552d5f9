//! Previously verified tokens, and the requests to the provider that tokens cause.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;

use super::App;

#[tokio::test]
async fn known_token_needs_neither_keys_nor_provider() {
    let app = App::new().await;
    let token = app.provider.access_token(json!({}));
    app.assert_valid(&token).await;
    app.provider.stop().await;
    app.clock.advance(240);
    app.assert_valid(&token).await;
}

#[tokio::test]
async fn known_token_expires() {
    let app = App::new().await;
    let token = app.provider.access_token(json!({}));
    app.assert_valid(&token).await;
    app.clock.advance(300 + 61);
    app.assert_invalid(&token, "the token has expired").await;
}

#[tokio::test]
async fn long_lived_token_is_verified_again_after_an_hour() {
    let (app, runs) = counting().await;
    let day = app.clock.now() + 24 * 60 * 60;
    let token = app.provider.access_token(json!({ "exp": day }));
    for (seconds, expected) in [(0, 1), (10, 1), (3580, 1), (20, 2), (10, 2)] {
        app.clock.advance(seconds);
        app.assert_valid(&token).await;
        assert_eq!(runs.load(Ordering::Relaxed), expected, "{seconds}");
    }
}

/// An app that counts the tokens missing from its cache.
async fn counting() -> (App, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let app = App::with(
        |secrets| secrets,
        |auth| {
            auth.on_sign_in(move |claims| {
                counted.fetch_add(1, Ordering::Relaxed);
                async { Ok(claims) }
            })
        },
    )
    .await;
    (app, runs)
}

#[tokio::test]
async fn rotated_key_is_fetched_once() {
    let app = App::new().await;
    app.assert_valid(&app.provider.access_token(json!({})))
        .await;
    app.provider.rotate();
    for jti in 0..3 {
        app.assert_valid(&app.provider.access_token(json!({ "jti": jti })))
            .await;
    }
    assert_eq!(app.provider.count("jwks"), 2);
    assert_eq!(app.provider.count("discovery"), 1);
}

#[tokio::test]
async fn invalid_tokens_cause_few_key_fetches() {
    let app = App::new().await;
    app.assert_valid(&app.provider.access_token(json!({})))
        .await;
    for number in 0..200 {
        let kid = json!({ "kid": format!("unknown-{number}") });
        let token = app.provider.access_token_with(kid, json!({}));
        assert_eq!(app.outcome(&token).await.0, 401);
    }
    let fetched = app.provider.count("jwks");
    assert!((2..=6).contains(&fetched), "{fetched}");
    app.assert_valid(&app.provider.access_token(json!({})))
        .await;
}

#[tokio::test]
async fn token_without_kid_causes_no_fetch() {
    let app = App::new().await;
    let token = || {
        let no_kid = json!({ "kid": null });
        app.provider.access_token_with(no_kid, json!({}))
    };
    app.assert_valid(&token()).await;
    app.provider.rotate();
    assert_eq!(app.outcome(&token()).await.0, 401);
    assert_eq!(app.provider.count("jwks"), 1);
}

#[tokio::test]
async fn implausible_token_fetches_nothing() {
    let app = App::new().await;
    for claims in [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "other" }),
        json!({ "exp": 1 }),
        json!({ "typ": "ID" }),
    ] {
        assert_eq!(app.outcome(&app.provider.access_token(claims)).await.0, 401);
    }
    assert!(app.provider.all_requests().is_empty());
}

#[tokio::test]
async fn concurrent_first_tokens_share_fetch() {
    let app = App::new().await;
    let tokens: Vec<_> = (0..20)
        .map(|jti| app.provider.access_token(json!({ "jti": jti })))
        .collect();
    let requests = tokens.iter().map(|token| app.assert_valid(token));
    futures_util::future::join_all(requests).await;
    assert_eq!(app.provider.count("jwks"), 1);
}

#[tokio::test]
async fn cache_of_valid_tokens_is_bounded() {
    let (app, runs) = counting().await;
    // Signing with EdDSA is faster.
    app.provider.set(|f| f.alg = "EdDSA");
    let first = app.provider.access_token(json!({ "jti": "first" }));
    app.assert_valid(&first).await;
    // The clock of the app does not advance while the machine signs the tokens.
    let iat = app.clock.now();
    for jti in 0..2100 {
        let token = app.provider.access_token(json!({ "jti": jti, "iat": iat }));
        assert_eq!(app.bearer("/guarded", &token).await.status(), 200);
    }
    let known = runs.load(Ordering::Relaxed);
    assert_eq!(known, 2101);
    app.assert_valid(&first).await;
    assert_eq!(runs.load(Ordering::Relaxed), known + 1);
    assert_eq!(app.provider.count("jwks"), 1);
}

#[tokio::test]
async fn flood_of_invalid_tokens_displaces_no_valid_one() {
    let (app, runs) = counting().await;
    let valid = app.provider.access_token(json!({}));
    app.assert_valid(&valid).await;
    let (message, signature) = valid.rsplit_once('.').unwrap();
    for number in 0..2100 {
        // Base64url characters that replace the start of the signature without changing its length.
        let number = format!("{number:06}");
        let token = format!("{message}.{number}{}", &signature[number.len()..]);
        assert_eq!(app.bearer("/guarded", &token).await.status(), 401);
    }
    // For a minute, the outcome of the hook would be reused even for a forgotten token.
    app.clock.advance(61);
    app.assert_valid(&valid).await;
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    assert_eq!(app.provider.count("jwks"), 1);
}
