//! Logout tokens that are not valid.
//!
//! Source: OpenID Foundation conformance suite, back-channel logout plan for relying parties.

use serde_json::json;

use super::{App, EVENT};
use support::{Provider, TokenSignature, encrypted_token};

#[tokio::test]
async fn wrong_claim_is_refused() {
    let app = App::new("").await;
    app.signed_in_with("ada", "s-ada").await;
    let now = app.clock.now();
    let issuer = app.provider.issuer();
    let client = app.provider.registered().id;
    let (iss, aud, iat) = ("`iss` is not", "`aud` does not", "`iat` is missing");
    let (exp, session) = ("`exp` is not", "`sub` or `sid` is required");
    let (event, jti) = ("`events` has no object", "`jti` is missing");
    for (claims, description) in [
        (json!({ "iss": null }), iss),
        (json!({ "iss": "https://evil.example" }), iss),
        (json!({ "iss": format!("{issuer}/") }), iss),
        (json!({ "iss": [issuer] }), iss),
        (json!({ "aud": null }), aud),
        (json!({ "aud": "" }), aud),
        (json!({ "aud": [] }), aud),
        (json!({ "aud": "other" }), aud),
        (json!({ "aud": ["other", [client]] }), aud),
        (json!({ "aud": format!("{client} ") }), aud),
        (json!({ "aud": { client: true } }), aud),
        (json!({ "iat": null }), iat),
        (json!({ "iat": now.to_string() }), iat),
        (json!({ "iat": now - 16 * 60 }), iat),
        (json!({ "iat": now - 24 * 60 * 60, "exp": now + 60 }), iat),
        (json!({ "iat": now + 120, "exp": now + 240 }), iat),
        (json!({ "iat": -1 }), iat),
        (json!({ "exp": now - 61 }), exp),
        (json!({ "exp": 0 }), exp),
        (json!({ "exp": (now + 60).to_string() }), exp),
        (json!({ "nbf": now + 120 }), "`nbf` is in the future"),
        (json!({ "nbf": "soon" }), "`nbf` is in the future"),
        (json!({ "sid": null }), session),
        (json!({ "sid": "" }), session),
        (json!({ "sid": 7, "sub": "ada" }), session),
        (json!({ "sid": null, "sub": "" }), session),
        (json!({ "sid": null, "sub": ["ada"] }), session),
        (json!({ "events": null }), event),
        (json!({ "events": {} }), event),
        (json!({ "events": EVENT }), event),
        (json!({ "events": [EVENT] }), event),
        (json!({ "events": { format!("{EVENT}s"): {} } }), event),
        (
            json!({ "events": { "https://schemas.openid.net/event/backchannel-logout": {} } }),
            event,
        ),
        (json!({ "events": { EVENT: null } }), event),
        (json!({ "events": { EVENT: true } }), event),
        (json!({ "events": { EVENT: "{}" } }), event),
        (json!({ "events": { EVENT: [] } }), event),
        (json!({ "nonce": "n" }), "`nonce` is not allowed"),
        (json!({ "nonce": [] }), "`nonce` is not allowed"),
        (json!({ "nonce": "" }), "`nonce` is not allowed"),
        (json!({ "jti": null }), jti),
        (json!({ "jti": "" }), jti),
        (json!({ "jti": 7 }), jti),
    ] {
        let mut all = json!({ "sid": "s-ada" });
        all.as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        println!("{claims}");
        app.assert_refused(&app.provider.logout_token(all), description)
            .await;
    }
    app.assert_accepted(json!({ "sid": "s-ada" })).await;
}

#[tokio::test]
async fn invalid_signature_or_algorithm_is_refused() {
    let app = App::new("").await;
    app.provider.sign_with("RS256");
    app.signed_in_with("ada", "s-ada").await;
    let claims = || json!({ "sid": "s-ada" });
    for signature in [
        TokenSignature::Flipped,
        TokenSignature::Empty,
        TokenSignature::Absent,
        TokenSignature::Truncated,
        TokenSignature::Zero,
        TokenSignature::PaddedBase64,
        TokenSignature::ForeignKey,
        TokenSignature::WeakKey,
        TokenSignature::HmacOfPem,
        TokenSignature::HmacOfJwk,
    ] {
        app.provider.set(|f| f.signature = signature);
        app.assert_refused(&app.provider.logout_token(claims()), "")
            .await;
    }
    app.provider.set(|f| f.signature = TokenSignature::Intact);
    let (alg, header) = ("`alg` is not", "the header has");
    for (edit, description) in [
        (json!({ "alg": "none" }), alg),
        (json!({ "alg": "NONE" }), alg),
        (json!({ "alg": "HS256" }), alg),
        (json!({ "alg": null }), alg),
        (
            json!({ "kid": "unknown" }),
            "does not publish the signing key",
        ),
        (json!({ "kid": 7 }), header),
        (json!({ "crit": ["exp"], "exp": 1 }), header),
        (json!({ "typ": "at+jwt" }), header),
        (json!({ "typ": "secevent+jwt" }), header),
        (json!({ "typ": "dpop+jwt" }), header),
        (json!({ "typ": "" }), header),
        (json!({ "typ": 7 }), header),
    ] {
        println!("{edit}");
        let token = app.provider.logout_token_with(edit, claims());
        app.assert_refused(&token, description).await;
    }
    app.assert_accepted(claims()).await;
}

#[tokio::test]
async fn unlisted_algorithm_is_refused() {
    let app = App::new("").await;
    app.provider.sign_with("RS256");
    app.signed_in_with("ada", "s-ada").await;
    app.provider.set(|f| {
        f.alg = "ES256";
        f.metadata
            .set("id_token_signing_alg_values_supported", json!(["RS256"]));
    });
    let token = app.provider.logout_token(json!({ "sid": "s-ada" }));
    app.assert_refused(
        &token,
        "`alg` is not an asymmetric algorithm that the provider lists",
    )
    .await;
}

#[tokio::test]
async fn token_of_other_kind_is_refused() {
    let app = App::new("").await;
    app.signed_in_with("ada", "s-ada").await;
    let client = app.provider.registered().id;
    // An ID token, with and without nonce.
    for nonce in [json!("n"), json!(null)] {
        let id_token = json!({
            "sub": "ada", "sid": "s-ada", "nonce": nonce, "at_hash": "x", "events": null, "jti": "1",
        });
        let token = app
            .provider
            .logout_token_with(json!({ "typ": "JWT" }), id_token);
        app.assert_refused(&token, "`events` has no object").await;
    }
    app.provider.sign_in_as("ada");
    let access_token = json!({ "aud": client, "sub": "ada", "sid": "s-ada" });
    let access_token = app.provider.access_token(access_token);
    app.assert_refused(&access_token, "the header has").await;
    app.assert_refused(&encrypted_token(), "the token is encrypted")
        .await;
    for junk in ["", "x", ".", "..", "...", "a.b.c", "e30.e30.e30"] {
        app.assert_refused(junk, "").await;
    }
    assert_eq!(app.provider.count("jwks"), 1, "for the login");
}

#[tokio::test]
async fn token_from_other_provider_is_refused() {
    let app = App::new("").await;
    app.signed_in_with("ada", "s-ada").await;
    let other = Provider::start().await;
    other.rotate(); // so that the two have different keys
    let token = other.logout_token(json!({ "sid": "s-ada" }));
    app.assert_refused(&token, "`iss` is not").await;
    let token = other.logout_token(json!({ "sid": "s-ada", "iss": app.provider.issuer() }));
    app.assert_refused(&token, "").await;
    assert_eq!(other.count("jwks") + other.count("discovery"), 0);
}
