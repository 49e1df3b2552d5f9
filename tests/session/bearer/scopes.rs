//! `require_login().scope(…)`.

use axum_streamlit_auth::require_login;
use serde_json::{Value, json};

use super::{App, challenge, text};

#[tokio::test]
async fn every_required_scope_must_be_in_token() {
    let app = App::new().await;
    let status = async |scope: Value, scp: Value| {
        let token = app
            .provider
            .access_token(json!({ "scope": scope, "scp": scp }));
        app.bearer("/reports", &token).await.status().as_u16()
    };
    for (scope, scp, expected) in [
        (json!("openid reports:read"), Value::Null, 200),
        (json!("reports:read extra openid"), Value::Null, 200),
        (json!(["openid", "reports:read"]), Value::Null, 200),
        (Value::Null, json!("openid reports:read"), 200),
        (Value::Null, json!(["openid", "reports:read"]), 200),
        (json!("openid"), json!(["reports:read"]), 200),
        (json!("openid"), Value::Null, 403),
        (json!("reports:read"), Value::Null, 403),
        (json!("openid reports"), Value::Null, 403),
        (json!("openid reports:reads"), Value::Null, 403),
        (json!("openid REPORTS:READ"), Value::Null, 403),
        (json!("openid,reports:read"), Value::Null, 403),
        (
            json!({ "openid": true, "reports:read": true }),
            Value::Null,
            403,
        ),
        (Value::Null, Value::Null, 403),
    ] {
        assert_eq!(
            status(scope.clone(), scp.clone()).await,
            expected,
            "{scope} {scp}"
        );
    }
}

#[tokio::test]
async fn challenge_names_all_required_scopes() {
    let app = App::new().await;
    let token = app.provider.access_token(json!({ "scope": "openid" }));
    let response = app.bearer("/reports", &token).await;
    let challenge = challenge(response.headers());
    let expected = "Bearer error=\"insufficient_scope\", scope=\"reports:read openid\", ";
    assert!(challenge.starts_with(expected), "{challenge}");
}

#[tokio::test]
async fn scope_does_not_restrict_cookie() {
    let app = App::new().await;
    let cookie = app.cookie_of("ada");
    let response = app.get("/reports", &[("cookie", &cookie)]).await;
    assert_eq!(text(response).await, "reports");
}

#[test]
fn hostile_scope_text_cannot_break_header() {
    // The app chooses the text from which the guard is built. No text may cause a panic.
    for scope in ["", " ", "a b", "\"", "\\", "é", "a\nb"] {
        let _ = require_login().scope(scope);
    }
}
