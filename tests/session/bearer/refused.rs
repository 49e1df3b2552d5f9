//! Tokens that are not accepted.

use serde_json::json;

use super::App;
use support::{TokenSignature, encrypted_token};

#[tokio::test]
async fn wrong_claim_is_refused() {
    let app = App::new().await;
    let now = app.clock.now();
    let audience = "the token is for another audience";
    let subject = "the token has no valid subject";
    let early = "the token is not valid yet";
    let issuer = app.provider.issuer();
    for (claims, description) in [
        (json!({ "iss": null }), "the token is from another issuer"),
        (
            json!({ "iss": "https://evil.example" }),
            "the token is from another issuer",
        ),
        (
            json!({ "iss": format!("{issuer}/") }),
            "the token is from another issuer",
        ),
        (
            json!({ "iss": [issuer] }),
            "the token is from another issuer",
        ),
        (json!({ "aud": null }), audience),
        (json!({ "aud": "" }), audience),
        (json!({ "aud": [] }), audience),
        (json!({ "aud": ["https://other.example"] }), audience),
        (json!({ "aud": "https://api.example/" }), audience),
        (json!({ "aud": { "https://api.example": true } }), audience),
        (
            json!({ "aud": null, "client_id": "https://api.example" }),
            audience,
        ),
        (
            json!({ "aud": null, "resource": "https://api.example" }),
            audience,
        ),
        (json!({ "sub": null }), subject),
        (json!({ "sub": "" }), subject),
        (json!({ "sub": 7 }), subject),
        (json!({ "sub": "a".repeat(256) }), subject),
        (json!({ "exp": null }), "the token has expired"),
        (json!({ "exp": "9999999999" }), "the token has expired"),
        (json!({ "exp": now - 60 }), "the token has expired"),
        (json!({ "exp": -1 }), "the token has expired"),
        (json!({ "iat": now + 3600 }), early),
        (json!({ "nbf": now + 3600 }), early),
        (json!({ "nbf": "soon" }), early),
    ] {
        let token = app.provider.access_token(claims.clone());
        println!("{claims}");
        app.assert_invalid(&token, description).await;
    }
    // An additional audience is allowed, and clocks may differ by a minute.
    for claims in [
        json!({ "aud": ["https://other.example", "https://api.example"] }),
        json!({ "exp": now - 30 }),
        json!({ "iat": now + 30, "nbf": now + 30 }),
        json!({ "iat": null, "nbf": null, "jti": null }),
    ] {
        app.assert_valid(&app.provider.access_token(claims)).await;
    }
}

#[tokio::test]
async fn invalid_signature_or_algorithm_is_refused() {
    const FORMAT: &str = "the format, algorithm or signature of the token is not valid";
    let app = App::new().await;
    app.provider.sign_with("RS256");
    app.assert_valid(&app.provider.access_token(json!({})))
        .await;
    for signature in [
        TokenSignature::Flipped,
        TokenSignature::Empty,
        TokenSignature::Truncated,
        TokenSignature::Zero,
        TokenSignature::PaddedBase64,
        TokenSignature::ForeignKey,
        TokenSignature::WeakKey,
        TokenSignature::HmacOfPem,
        TokenSignature::HmacOfJwk,
    ] {
        app.provider.set(|f| f.signature = signature);
        app.assert_invalid(&app.provider.access_token(json!({})), FORMAT)
            .await;
    }
    app.provider.set(|f| f.signature = TokenSignature::Intact);
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": null }),
        json!({ "kid": "unknown" }),
        json!({ "kid": 7 }),
        json!({ "crit": ["exp"], "exp": 1 }),
        json!({ "typ": "dpop+jwt" }),
        json!({ "typ": "logout+jwt" }),
        json!({ "typ": "secevent+jwt" }),
        json!({ "typ": 7 }),
    ] {
        let token = app.provider.access_token_with(header.clone(), json!({}));
        println!("{header}");
        app.assert_invalid(&token, FORMAT).await;
    }
    for header in [
        json!({ "typ": null }),
        json!({ "typ": "JWT" }),
        json!({ "typ": "AT+JWT" }),
        json!({ "typ": "application/at+jwt" }),
    ] {
        app.assert_valid(&app.provider.access_token_with(header, json!({})))
            .await;
    }
}

#[tokio::test]
async fn token_that_is_not_jwt_is_refused() {
    const FORMAT: &str = "the format, algorithm or signature of the token is not valid";
    let app = App::new().await;
    let token = app.provider.access_token(json!({}));
    let (message, _) = token.rsplit_once('.').unwrap();
    for token in [
        "ya29.opaque",
        ".",
        "..",
        "...",
        "a.b.c",
        message,
        &encrypted_token(),
    ] {
        app.assert_invalid(token, FORMAT).await;
    }
    app.assert_invalid("2YotnFZFEjr1zCsicMWpAA", "the token is not a JWT")
        .await;
    assert_eq!(app.provider.count("jwks"), 0);
}

#[tokio::test]
async fn provider_signature_algorithms_are_accepted() {
    for alg in ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"] {
        let app = App::new().await;
        app.provider.set(|f| f.alg = alg);
        app.assert_valid(&app.provider.access_token(json!({})))
            .await;
    }
}
