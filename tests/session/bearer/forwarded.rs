//! Forward authentication of requests with a bearer token.

use serde_json::json;

use super::{App, all, challenge};
use support::Secrets;

#[tokio::test]
async fn check_describes_bearer_token_user() {
    let headers = |secrets: Secrets| secrets.line("[auth.headers]\nX-User = \"sub\"");
    let app = App::with(headers, |auth| auth).await;
    let token = app.provider.access_token(json!({}));
    let response = app.bearer("/auth/check", &token).await;
    assert_eq!(response.status(), 204);
    assert_eq!(all(response.headers(), "x-user"), "ada");

    let expired = app.provider.access_token(json!({ "exp": 1 }));
    for (token, error) in [
        (expired.as_str(), "invalid_token"),
        ("a b", "invalid_request"),
    ] {
        let response = app.bearer("/auth/check", token).await;
        assert_eq!(response.status(), 401, "{error}");
        let challenge = challenge(response.headers());
        assert!(
            challenge.starts_with(&format!("Bearer error=\"{error}\"")),
            "{challenge}"
        );
        assert!(!response.headers().contains_key("x-user"));
    }
    let response = app.get("/auth/check", &[]).await;
    assert!(challenge(response.headers()).starts_with("Bearer resource_metadata="));
}
