//! Tokens of other kinds that are signed with the same keys.

use serde_json::{Value, json};

use super::App;

const NOT_ACCESS: &str = "the token is not an access token";

#[tokio::test]
async fn token_marked_as_other_kind_is_refused() {
    let app = App::new().await;
    for claims in [
        json!({ "typ": "ID" }),
        json!({ "typ": "id" }),
        json!({ "typ": "Refresh" }),
        json!({ "typ": "Offline" }),
        json!({ "typ": "Logout" }),
        json!({ "token_use": "id" }),
        json!({ "at_hash": "x" }),
        json!({ "c_hash": "x" }),
        json!({ "s_hash": "x" }),
        json!({ "events": {} }),
    ] {
        // `typ: at+jwt` and `scope` do not make it an access token.
        let token = app.provider.access_token(claims.clone());
        println!("{claims}");
        app.assert_invalid(&token, NOT_ACCESS).await;
    }
}

#[tokio::test]
async fn token_not_marked_as_access_token_is_refused() {
    let app = App::new().await;
    let token = |claims: Value| {
        let mut all = json!({ "client_id": null, "scope": null });
        all.as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        app.provider.access_token_with(json!({ "typ": "JWT" }), all)
    };
    for claims in [
        json!({}),
        json!({ "azp": "program" }),
        json!({ "jti": "1", "auth_time": 1, "amr": ["pwd"] }),
        json!({ "roles": ["admin"] }),
        json!({ "uid": "1" }),
        // An ID token for a client whose ID is the audience.
        json!({ "client_id": "app", "nonce": "n" }),
        json!({ "scope": "openid", "nonce": "n" }),
    ] {
        println!("{claims}");
        app.assert_invalid(&token(claims), NOT_ACCESS).await;
    }
    for claims in [
        json!({ "scope": "openid" }),
        json!({ "scp": ["openid"] }),
        json!({ "client_id": "program" }),
        json!({ "cid": "program" }),
        json!({ "gty": "client-credentials" }),
        json!({ "typ": "Bearer" }),
        json!({ "typ": "Bearer", "nonce": "n" }),
    ] {
        app.assert_valid(&token(claims)).await;
    }
}

#[tokio::test]
async fn sender_constrained_token_is_refused() {
    let app = App::new().await;
    for cnf in [json!({ "jkt": "x" }), json!({ "x5t#S256": "x" })] {
        let token = app.provider.access_token(json!({ "cnf": cnf }));
        app.assert_invalid(&token, "the token is bound to a key of its client")
            .await;
    }
}
