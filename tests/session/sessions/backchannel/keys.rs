//! The keys of the provider, and the requests to the provider that tokens cause.

use serde_json::json;

use super::{App, send, user};
use support::{Behaviour, Clock, Provider, secrets};

#[tokio::test]
async fn provider_algorithms_are_accepted() {
    for alg in ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"] {
        let app = App::new("").await;
        app.provider.set(|f| f.alg = alg);
        let mut ada = app.signed_in_with("ada", "s-ada").await;
        app.assert_accepted(json!({ "sid": "s-ada" })).await;
        assert_eq!(user(&mut ada).await, "nobody", "{alg}");
    }
}

#[tokio::test]
async fn rotated_key_is_fetched_once() {
    let app = App::new("").await;
    app.signed_in_with("ada", "s-ada").await;
    app.provider.rotate();
    for _ in 0..3 {
        app.assert_accepted(json!({ "sid": "s-ada" })).await;
    }
    assert_eq!(app.provider.count("jwks"), 2);
    assert_eq!(app.provider.count("discovery"), 1);
}

#[tokio::test]
async fn flood_of_invalid_tokens_fetches_few_keys() {
    let app = App::new("").await;
    app.signed_in_with("ada", "s-ada").await;
    for number in 0..200 {
        let kid = json!({ "kid": format!("unknown-{number}") });
        let token = app
            .provider
            .logout_token_with(kid, json!({ "sid": "s-ada" }));
        app.assert_refused(&token, "does not publish the signing key")
            .await;
    }
    let fetched = app.provider.count("jwks");
    assert!((2..=6).contains(&fetched), "{fetched}");
    app.assert_accepted(json!({ "sid": "s-ada" })).await;
}

#[tokio::test]
async fn implausible_token_fetches_nothing() {
    let app = App::new("").await;
    for claims in [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "other" }),
        json!({ "iat": 1 }),
        json!({ "exp": 1 }),
        json!({ "events": null }),
        json!({ "nonce": "n" }),
        json!({ "jti": null }),
        json!({ "sid": null }),
    ] {
        let mut all = json!({ "sid": "s-ada" });
        all.as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        let answer = app.send_logout(&app.provider.logout_token(all)).await;
        answer.assert_refused("");
    }
    assert!(app.provider.all_requests().is_empty());
}

#[tokio::test]
async fn unreachable_provider_is_reported_as_unavailable() {
    let provider = Provider::start().await;
    let auth = Clock::at_system_time()
        .layer(&secrets(&provider).auth("session_store = \"memory\"").toml());
    let token = provider.logout_token(json!({ "sid": "s-ada" }));
    for broken in ["discovery", "jwks"] {
        provider.set(|f| {
            f.discovery = Behaviour::Normal;
            f.jwks = Behaviour::Normal;
            match broken {
                "jwks" => f.jwks = Behaviour::HangUp,
                _ => f.discovery = Behaviour::Html(502),
            }
        });
        send(&auth, &token).await.assert_unavailable();
        // A failure is cached for a second.
        tokio::time::pause();
        tokio::time::advance(std::time::Duration::from_secs(2)).await;
        tokio::time::resume();
    }
    provider.clear_faults();
    send(&auth, &token).await.assert_accepted();
}
