//! The responses to requests without an accepted token.

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
async fn responses_have_challenge_and_problem_details() {
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
async fn unavailable_provider_is_not_a_token_error() {
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

#[tokio::test]
async fn old_or_weak_authentication_is_insufficient() {
    let app = App::new().await;
    let now = app.clock.now();
    for (auth_time, acr, is_sufficient) in [
        (now - 60, "gold", true),
        (now - 3600, "gold", false),
        (now - 60, "silver", false),
    ] {
        let claims = json!({ "auth_time": auth_time, "acr": acr });
        let response = app
            .bearer("/payments", &app.provider.access_token(claims))
            .await;
        assert_eq!(
            response.status().as_u16(),
            if is_sufficient { 200 } else { 401 }
        );
        let challenges = response.headers().get_all("www-authenticate").iter();
        let challenges: Vec<_> = challenges
            .filter_map(|value| value.to_str().ok())
            .filter(|value| value.starts_with("Bearer "))
            .collect();
        if is_sufficient {
            assert!(challenges.is_empty(), "{challenges:?}");
            continue;
        }
        for parameter in [
            "error=\"insufficient_user_authentication\"",
            "max_age=\"300\"",
            "acr_values=\"gold\"",
            "resource_metadata=",
        ] {
            assert!(challenges[0].contains(parameter), "{challenges:?}");
        }
        assert!(response.headers().get("location").is_none());
    }
    // A token without claims about the authentication, such as that of a program without a user.
    let response = app
        .bearer("/payments", &app.provider.access_token(json!({})))
        .await;
    assert_eq!(response.status().as_u16(), 401);
}
