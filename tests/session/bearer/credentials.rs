//! The syntax of the `Authorization` header.

use serde_json::json;

use super::{App, challenge, json_of, text};

#[tokio::test]
async fn scheme_is_case_insensitive_and_spaces_are_skipped() {
    let app = App::new().await;
    let token = app.provider.access_token(json!({}));
    for scheme in ["Bearer ", "bearer ", "BEARER ", "bEARER    "] {
        let header = format!("{scheme}{token}");
        let response = app.get("/", &[("authorization", &header)]).await;
        assert_eq!(text(response).await, "ada", "{scheme:?}");
    }
}

#[tokio::test]
async fn other_scheme_leaves_request_anonymous() {
    let app = App::new().await;
    for header in [
        "Basic YTpi",
        "Bearertoken",
        "Bearer-Token x",
        "DPoP a.b.c",
        "",
        "Bear",
    ] {
        let response = app.get("/", &[("authorization", header)]).await;
        assert_eq!(text(response).await, "nobody", "{header:?}");
    }
}

#[tokio::test]
async fn malformed_header_is_bad_request() {
    let app = App::new().await;
    let token = app.provider.access_token(json!({}));
    let bearer = format!("Bearer {token}");
    let twice = format!("Bearer {token} {token}");
    let listed = format!("Bearer {token}, Bearer {token}");
    let quoted = format!("Bearer \"{token}\"");
    let after_tab = format!("Bearer \t{token}");
    for values in [
        &["Bearer"][..],
        &["Bearer "],
        &["Bearer ="],
        &["Bearer a=b"],
        &["Bearer \u{e9}"],
        &[&twice],
        &[&listed],
        &[&quoted],
        &[&after_tab],
        &[&bearer, &bearer],
        &["Basic YTpi", &bearer],
        &[&bearer, "Basic YTpi"],
    ] {
        let headers: Vec<_> = values
            .iter()
            .map(|value| ("authorization", *value))
            .collect();
        for path in ["/", "/guarded", "/optional"] {
            let response = app.get(path, &headers).await;
            assert_eq!(response.status(), 400, "{values:?}");
            let challenge = challenge(response.headers());
            assert!(
                challenge.starts_with("Bearer error=\"invalid_request\""),
                "{challenge}"
            );
            assert_eq!(json_of(response).await["status"], 400);
        }
    }
    assert!(app.provider.all_requests().is_empty());
}

#[tokio::test]
async fn token_in_query_or_form_is_ignored() {
    let app = App::new().await;
    let token = app.provider.access_token(json!({}));
    let path = format!("/?access_token={token}");
    assert_eq!(text(app.get(&path, &[]).await).await, "nobody");
}
