//! The headers for a logged-in user.

use axum::http::{Method, header};
use axum_streamlit_auth::{AuthLayer, TestUser};
use serde_json::{Value, json};

use super::{NAVIGATION, NGINX, TRAEFIK, ada, app, auth, check, request, toml};
use support::{COOKIE_SECRET, ORIGIN, call, signed, text};

/// The value of a header for a claim with this value.
async fn value_of(claim: Value) -> String {
    let auth = auth("x-claim = \"claim\"");
    let cookie = TestUser::new("ada").claim("claim", claim).cookie(&auth);
    let response = check(&auth, &cookie, &[]).await;
    assert_eq!(response.status(), 204);
    response.headers()["x-claim"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn logged_in_user_is_described_by_headers() {
    let auth = auth(
        "X-User = \"sub\"\nX-Groups = \"groups\"\nX-In = \"is_logged_in\"\nX-By = \"provider\"",
    );
    let user = TestUser::new("ada").claim("groups", ["admin", "staff"]);
    let cookie = user.cookie(&auth);
    for headers in [&[][..], &NGINX, &TRAEFIK, &NAVIGATION] {
        let response = check(&auth, &cookie, headers).await;
        assert_eq!(response.status(), 204);
        let value = |name| response.headers()[name].to_str().unwrap();
        assert_eq!(value("x-user"), "ada");
        assert_eq!(value("x-groups"), "admin,staff");
        assert_eq!(value("x-in"), "true");
        assert_eq!(value("x-by"), "default");
        assert_eq!(value("cache-control"), "no-store");
        assert_eq!(text(response).await, "");
    }
}

#[tokio::test]
async fn claims_are_encoded_for_headers() {
    for (claim, expected) in [
        (json!("ada@example.com"), "ada@example.com"),
        (json!("Ada Lovelace, Countess"), "Ada Lovelace, Countess"),
        (json!("Jörg 李"), "J%C3%B6rg %E6%9D%8E"),
        (
            json!("a\r\nx-admin: yes\0\t\u{7f}"),
            "a%0D%0Ax-admin: yes%00%09%7F",
        ),
        (json!("100%"), "100%25"),
        (json!(" ada  "), "%20ada%20%20"),
        (json!("  "), "%20%20"),
        (json!(""), ""),
        (json!(null), ""),
        (json!(true), "true"),
        (json!(false), "false"),
        (json!(12), "12"),
        (json!([]), ""),
        (json!(["a"]), "a"),
        (json!(["a,b", "c"]), "a%2Cb,c"),
        (json!(["", " x", null, 1, true]), ",%20x,,1,true"),
        (json!(["ü", "%2C"]), "%C3%BC,%252C"),
        (json!({"a": "ü,b"}), "{\"a\":\"%C3%BC,b\"}"),
        (json!([{"a": 1, "b": 2}]), "{\"a\":1%2C\"b\":2}"),
    ] {
        assert_eq!(value_of(claim.clone()).await, expected, "{claim}");
    }
}

#[tokio::test]
async fn every_configured_header_is_sent() {
    let auth =
        auth("x-user = \"sub\"\nx-phone = \"phone_number\"\nx-roles = \"realm_access.roles\"");
    let forged = [("x-user", "root"), ("x-phone", "1"), ("x-roles", "admin")];
    let response = check(&auth, &ada(&auth), &forged).await;
    assert_eq!(response.headers()["x-user"], "ada");
    for name in ["x-phone", "x-roles"] {
        let values: Vec<_> = response.headers().get_all(name).iter().collect();
        assert_eq!(values, [""], "{name}");
    }

    let user = TestUser::new("ada").claim("realm_access", json!({"roles": ["a", "b"]}));
    let response = check(&auth, &user.cookie(&auth), &forged).await;
    assert_eq!(response.headers()["x-roles"], "a,b");
}

/// A logged-in user of an app without `[auth.headers]` reaches the app's own page.
#[tokio::test]
async fn endpoint_needs_configured_headers() {
    let without = AuthLayer::from_toml(&toml(ORIGIN, "")).unwrap();
    assert_eq!(check(&without, &ada(&without), &[]).await.status(), 404);
    let empty = auth("");
    assert_eq!(check(&empty, &ada(&empty), &[]).await.status(), 204);
    assert_eq!(check(&empty, "", &[]).await.status(), 401);
}

#[tokio::test]
async fn endpoint_responds_to_get_and_head() {
    let auth = auth("x-user = \"sub\"");
    for (method, status) in [
        (Method::GET, 204),
        (Method::HEAD, 204),
        (Method::POST, 405),
        (Method::OPTIONS, 405),
    ] {
        let mut request = request("/auth/check", &ada(&auth), &NGINX);
        *request.method_mut() = method.clone();
        let response = call(&app(&auth), request).await;
        assert_eq!(response.status(), status, "{method}");
        let name = response.headers().get("x-user");
        assert_eq!(name.is_some(), status == 204, "{method}");
    }
}

#[tokio::test]
async fn claims_used_by_headers_are_kept() {
    let lines = "claims = [\"email\"]\n[auth.headers]\nx-team = \"team.name\"\n";
    let provider = support::Provider::start().await;
    let secrets = support::secrets(&provider).line(lines);
    provider.set(|faults| {
        faults.claims.set("team", json!({"name": "blue"}));
        faults.claims.set("other", "dropped");
    });
    let mut app = support::TestApp::with_provider(provider, &secrets, ORIGIN);
    app.browser.get("/auth/login").await;
    let user = app.user_json().await;
    assert_eq!(user["team"]["name"], "blue", "{user}");
    assert!(user.get("other").is_none(), "{user}");
    let page = app.browser.get("/auth/check").await;
    assert_eq!(page.header("x-team"), Some("blue"), "{page:?}");
}

/// nginx passes on one cookie of the check.
#[tokio::test]
async fn check_renews_identity_after_key_rotation() {
    const NEW: &str = "qB8vN3xK6zR1mW9tL4yH7cJ2pD5sF0gAeUiXoZbT";
    let old = auth("x-user = \"sub\"");
    let cookie = ada(&old);
    let tables =
        format!("cookie_secrets_old = [\"{COOKIE_SECRET}\"]\n[auth.headers]\nx-user = \"sub\"\n");
    let new = AuthLayer::from_toml(&format!("{}{tables}", signed::toml(NEW, ORIGIN))).unwrap();
    let response = check(&new, &cookie, &NGINX).await;
    assert_eq!(response.status(), 204);
    let cookies: Vec<_> = response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(
        cookies[0]
            .to_str()
            .unwrap()
            .starts_with("_streamlit_user_renewal=")
    );
}
