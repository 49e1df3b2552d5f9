//! The Basic and the Config plan: what a certification asks for.

use serde_json::json;

use crate::{
    accepts, rejects, stage,
    support::{ORIGIN, Provider, Seal, Stage, Visit, keys, secrets},
};

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

/// The module lets a client refuse, too; ours tries every key.
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
    rejects("id_token_signature", |f| f.seal = Seal::Flipped).await;
}

#[tokio::test]
async fn oidcc_client_test_userinfo_invalid_sub() {
    let mut stage = stage().await;
    stage
        .provider
        .set(|f| f.userinfo_claims.set("sub", "adainvalid"));
    let callback = stage.callback().await;
    stage.home(callback, "userinfo_subject").await;
    assert_eq!(stage.provider.count("userinfo"), 1);
}

#[tokio::test]
async fn oidcc_client_test_nonce_invalid() {
    rejects("id_token_nonce", |f| f.claims.set("nonce", "invalid")).await;
}

#[tokio::test]
async fn oidcc_client_test_scope_userinfo_claims() {
    let scope = r#"client_kwargs = { scope = "openid profile email phone address" }"#;
    let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true").auth(scope)).await;
    stage.provider.set(|f| {
        f.claims.remove("name");
        f.claims.remove("email");
        f.userinfo_claims.set("phone_number", "+49 30 1");
        f.userinfo_claims.set("address", json!({"country": "DE"}));
    });

    stage.sign_in("ada").await;

    let asked = stage.provider.requests("authorize").remove(0);
    assert_eq!(
        asked.parameter("scope"),
        Some("openid profile email phone address")
    );
    let me = stage.me().await;
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
    let stage = accepts(|_| ()).await;
    let request = stage.provider.requests("token").remove(0);
    let client = stage.provider.registered();
    assert_eq!(request.basic(), Some((client.id, client.secret)));
    assert_eq!(request.parameter("client_secret"), None);
}

// The Config plan.

#[tokio::test]
async fn oidcc_client_test_discovery_openid_config() {
    let stage = accepts(|_| ()).await;
    assert_eq!(stage.provider.count("discovery"), 1);
}

#[tokio::test]
async fn oidcc_client_test_discovery_jwks_uri_keys() {
    let provider = Provider::start().await;
    let elsewhere = provider.url("/made/up/for/this/run/jwks");
    provider.set(|f| f.metadata.set("jwks_uri", elsewhere));
    let secrets = secrets(&provider);
    let mut stage = Stage::of(provider, &secrets, ORIGIN);
    stage.sign_in("ada").await;
    assert_eq!(
        stage.provider.requests("jwks")[0].path,
        "/made/up/for/this/run/jwks"
    );
}

#[tokio::test]
async fn oidcc_client_test_discovery_issuer_mismatch() {
    let mut stage = stage().await;
    stage
        .provider
        .set(|f| f.metadata.set("issuer", "https://evil.example"));
    stage
        .down(
            Visit::get(stage.browser.url("/auth/login")),
            "discovery_issuer",
        )
        .await;
    assert_eq!(stage.provider.all_requests().len(), 1);
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let mut stage = stage().await;
    stage.sign_in("ada").await;
    stage.provider.set(|f| f.rotate_before_signing = true);
    stage.sign_in("bob").await;
    assert_eq!(stage.provider.count("jwks"), 2);
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation() {
    let mut stage = stage().await;
    stage.sign_in("ada").await;
    stage.provider.rotate();
    stage.sign_in("bob").await;
    assert_eq!(stage.provider.count("userinfo"), 2);
}
