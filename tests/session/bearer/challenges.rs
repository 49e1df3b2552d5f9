//! The responses to requests without a token that is accepted.

use std::fmt::Write;

use axum::response::Response;
use serde_json::json;

use super::{App, text};
use support::Secrets;

/// Status, challenges and body of a response.
async fn shown(response: Response) -> String {
    let mut shown = format!("{}\n", response.status());
    for name in [
        "content-type",
        "www-authenticate",
        "vary",
        "location",
        "retry-after",
    ] {
        for value in response.headers().get_all(name) {
            let _ = writeln!(shown, "{name}: {}", value.to_str().unwrap());
        }
    }
    shown + &text(response).await
}

#[tokio::test]
async fn responses_have_challenge_and_problem() {
    let app = App::new().await;
    let expired = format!("Bearer {}", app.provider.access_token(json!({ "exp": 1 })));
    let weak = format!(
        "Bearer {}",
        app.provider.access_token(json!({ "scope": "openid" }))
    );
    let mut all = String::new();
    for (name, path, headers) in [
        ("no credentials", "/guarded", vec![]),
        ("no credentials, scope", "/reports", vec![]),
        ("returned login", "/login", vec![("sec-fetch-mode", "cors")]),
        (
            "expired, User",
            "/",
            vec![("authorization", expired.as_str())],
        ),
        (
            "expired, navigation",
            "/guarded",
            vec![
                ("authorization", expired.as_str()),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
                ("accept", "text/html"),
            ],
        ),
        (
            "two tokens",
            "/report",
            vec![("authorization", "Bearer a"), ("authorization", "Bearer b")],
        ),
        (
            "missing scope",
            "/reports",
            vec![("authorization", weak.as_str())],
        ),
        (
            "missing claim",
            "/admin",
            vec![("authorization", weak.as_str())],
        ),
    ] {
        let response = app.get(path, &headers).await;
        let _ = writeln!(all, "## {name}\n{}\n", shown(response).await);
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn page_without_token_is_redirected() {
    let app = App::new().await;
    let headers = [("accept", "text/html"), ("sec-fetch-mode", "navigate")];
    let response = app.get("/guarded", &headers).await;
    assert_eq!(response.status(), 303);
    assert!(super::all(response.headers(), "vary").contains("Authorization"));
}

#[tokio::test]
async fn challenge_names_configured_resource() {
    let resource = |secrets: Secrets| secrets.auth("resource = \"https://api.example/mcp\"");
    let app = App::with(resource, |auth| auth).await;
    let response = app.get("/guarded", &[]).await;
    let expected =
        "resource_metadata=\"https://api.example/.well-known/oauth-protected-resource/mcp\"";
    assert!(super::challenge(response.headers()).contains(expected));
}

#[tokio::test]
async fn unavailable_provider_is_not_blamed_on_token() {
    let app = App::new().await;
    let token = app.provider.access_token(json!({}));
    app.provider.stop().await;
    for path in ["/", "/guarded"] {
        let response = app.bearer(path, &token).await;
        assert_eq!(response.status(), 503);
        assert_eq!(super::challenge(response.headers()), "");
        assert!(response.headers().contains_key("retry-after"));
    }
}
