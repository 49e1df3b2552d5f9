//! The back-channel logout plan. For valid tokens, the suite expects a 200 that no cache stores.
//! For invalid ones, it expects a 400.

use axum::{body::Body, extract::Request, http::StatusCode};
use axum_streamlit_auth::AuthLayer;
use serde_json::{Value, json};

use support::{Browser, Faults, ORIGIN, Provider, TokenSignature, app_with, call, secrets};

/// Asserts the status of the response to a logout token with this header and these claims, after a
/// login and a logout.
async fn responds(status: StatusCode, fault: fn(&mut Faults), header: Value, claims: Value) {
    let provider = Provider::start().await;
    provider.sign_with("RS256");
    let toml = secrets(&provider).auth("session_store = \"memory\"").toml();
    let app = app_with(AuthLayer::from_toml(&toml).unwrap());
    let mut browser = Browser::new(app.clone(), ORIGIN);
    provider.sign_in_with(json!({ "sub": "ada", "sid": "s-ada" }));
    browser.get("/auth/login").await;
    browser.get("/auth/logout").await;
    provider.set(fault);
    let mut all = json!({ "sub": "ada", "sid": "s-ada" });
    let members = all.as_object_mut().unwrap();
    members.extend(claims.as_object().unwrap().clone());
    let token = provider.logout_token_with(header, all);
    let request = Request::post("/auth/backchannel-logout")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("logout_token={token}")))
        .unwrap();
    let response = call(&app, request).await;
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["cache-control"], "no-store");
}

async fn refuses(header: Value, claims: Value) {
    responds(StatusCode::BAD_REQUEST, |_| (), header, claims).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout() {
    responds(StatusCode::OK, |_| (), json!({}), json!({})).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_alg_none() {
    let unsigned = |f: &mut Faults| f.signature = TokenSignature::Empty;
    let none = json!({ "alg": "none" });
    responds(StatusCode::BAD_REQUEST, unsigned, none, json!({})).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg() {
    let other = |f: &mut Faults| {
        f.metadata
            .set("id_token_signing_alg_values_supported", json!(["RS256"]));
        f.alg = "PS256";
    };
    responds(StatusCode::BAD_REQUEST, other, json!({}), json!({})).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_no_event() {
    refuses(json!({}), json!({ "events": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event() {
    refuses(json!({}), json!({ "events": { "urn:other": {} } })).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce() {
    refuses(json!({}), json!({ "nonce": "n" })).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud() {
    refuses(json!({}), json!({ "aud": "other" })).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss() {
    refuses(json!({}), json!({ "iss": "https://evil.example" })).await;
}
