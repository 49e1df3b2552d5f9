//! Modules of the Basic and Config plans, which a certification requires.

use serde_json::json;

use super::{accepts, rejects, test_app};
use support::{ORIGIN, Provider, TestApp, TokenSignature, Visit, keys, secrets};

// The Basic plan.

#[tokio::test]
async fn oidcc_client_test() {
    accepts(|_| ()).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_iss() {
    rejects("id_token_issuer", |f| {
        f.claims.set("iss", "https://evil.example/")
    })
    .await;
}

#[tokio::test]
async fn oidcc_client_test_missing_sub() {
    rejects("id_token_subject", |f| f.claims.remove("sub")).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_aud() {
    rejects("id_token_audience", |f| f.claims.set("aud", "app1")).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_iat() {
    rejects("id_token_issued_at", |f| f.claims.remove("iat")).await;
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_single_jwks() {
    accepts(|f| f.header.remove("kid")).await;
}

/// The module also permits a rejection. This crate tries every key.
#[tokio::test]
async fn oidcc_client_test_kid_absent_multiple_jwks() {
    accepts(|f| {
        f.header.remove("kid");
        f.more_keys = keys::many_keys("RS256", 2);
    })
    .await;
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_rs256() {
    accepts(|f| f.alg = "RS256").await;
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_none() {
    rejects("id_token_algorithm", |f| f.alg = "none").await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_rs256() {
    rejects("id_token_signature", |f| {
        f.signature = TokenSignature::Flipped
    })
    .await;
}

#[tokio::test]
async fn oidcc_client_test_userinfo_invalid_sub() {
    let mut app = test_app().await;
    app.provider
        .set(|f| f.userinfo_claims.set("sub", "adainvalid"));
    let callback = app.callback().await;
    app.assert_rejected(callback, "userinfo_subject").await;
    assert_eq!(app.provider.count("userinfo"), 1);
}

#[tokio::test]
async fn oidcc_client_test_nonce_invalid() {
    rejects("id_token_nonce", |f| f.claims.set("nonce", "invalid")).await;
}

#[tokio::test]
async fn oidcc_client_test_scope_userinfo_claims() {
    let scope = r#"client_kwargs = { scope = "openid profile email phone address" }"#;
    let mut app =
        TestApp::with_secrets(|secrets| secrets.auth("userinfo = true").auth(scope)).await;
    app.provider.sign_with("RS256");
    app.provider.set(|f| {
        f.claims.remove("name");
        f.claims.remove("email");
        f.userinfo_claims.set("phone_number", "+49 30 1");
        f.userinfo_claims.set("address", json!({"country": "DE"}));
    });

    app.sign_in("ada").await;

    let asked = app.provider.requests("authorize").remove(0);
    assert_eq!(
        asked.parameter("scope"),
        Some("openid profile email phone address")
    );
    let me = app.user_json().await;
    assert_eq!(
        (&me["name"], &me["email"]),
        (&json!("Ada Lovelace"), &json!("ada@example.org"))
    );
    assert_eq!(
        (&me["phone_number"], &me["address"]["country"]),
        (&json!("+49 30 1"), &json!("DE"))
    );
}

#[tokio::test]
async fn oidcc_client_test_client_secret_basic() {
    let app = accepts(|_| ()).await;
    let request = app.provider.requests("token").remove(0);
    let client = app.provider.registered();
    assert_eq!(request.basic(), Some((client.id, client.secret)));
    assert_eq!(request.parameter("client_secret"), None);
}

// The Config plan.

#[tokio::test]
async fn oidcc_client_test_discovery_openid_config() {
    let app = accepts(|_| ()).await;
    assert_eq!(app.provider.count("discovery"), 1);
}

#[tokio::test]
async fn oidcc_client_test_discovery_jwks_uri_keys() {
    let provider = Provider::start().await;
    provider.sign_with("RS256");
    let elsewhere = provider.url("/made/up/for/this/run/jwks");
    provider.set(|f| f.metadata.set("jwks_uri", elsewhere));
    let secrets = secrets(&provider);
    let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
    app.sign_in("ada").await;
    assert_eq!(
        app.provider.requests("jwks")[0].path,
        "/made/up/for/this/run/jwks"
    );
}

#[tokio::test]
async fn oidcc_client_test_discovery_issuer_mismatch() {
    let mut app = test_app().await;
    app.provider
        .set(|f| f.metadata.set("issuer", "https://evil.example"));
    app.assert_provider_unavailable(
        Visit::get(app.browser.url("/auth/login")),
        "discovery_issuer",
    )
    .await;
    assert_eq!(app.provider.all_requests().len(), 1);
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let mut app = test_app().await;
    app.sign_in("ada").await;
    app.provider.set(|f| f.rotate_before_signing = true);
    app.sign_in("bob").await;
    assert_eq!(app.provider.count("jwks"), 2);
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation() {
    let mut app = test_app().await;
    app.sign_in("ada").await;
    app.provider.rotate();
    app.sign_in("bob").await;
    assert_eq!(app.provider.count("userinfo"), 2);
}
