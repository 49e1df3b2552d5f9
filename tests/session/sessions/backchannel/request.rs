//! The request of a provider: method, form, headers, path.

use axum::{extract::Request, routing::post as post_route};
use serde_json::json;

use super::{App, PATH, answer, form, post, user};
use support::{Clock, Provider, app_below, app_with, routes, secrets, secrets_at};

#[tokio::test]
async fn other_method_is_not_allowed() {
    let app = App::new("").await;
    app.signed_in_with("ada", "s-ada").await;
    let router = app_with(app.auth.clone());
    let form = form(&app.provider.logout_token(json!({ "sid": "s-ada" })));
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let uri = format!("{PATH}?{form}");
        let request = Request::builder().method(method).uri(uri);
        let answer = answer(&router, request.body(form.clone().into()).unwrap()).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.headers["allow"], "POST");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    assert_eq!(app.sessions("ada").await.len(), 1);
}

#[tokio::test]
async fn malformed_form_is_refused() {
    let app = App::new("").await;
    app.signed_in_with("ada", "s-ada").await;
    let router = app_with(app.auth.clone());
    let token = app.provider.logout_token(json!({ "sid": "s-ada" }));
    let (missing, repeated) = ("no logout_token", "more than one logout_token");
    let large = format!("padding={}&logout_token={token}", "x".repeat(8 * 1024));
    for (form, description) in [
        (String::new(), missing),
        (format!("Logout_Token={token}"), missing),
        (format!("id_token={token}"), missing),
        (
            format!("logout_token={token}&logout_token={token}"),
            repeated,
        ),
        (format!("logout_token={token}&logout_token="), repeated),
        (format!("logout_token=&logout%5Ftoken={token}"), repeated),
        ("logout_token=%FF%FE".to_owned(), "not a signed JWT"),
        (large, "too large"),
    ] {
        post(&router, PATH, &form).await.assert_refused(description);
    }
    let query = format!("{PATH}?logout_token={token}");
    post(&router, &query, "").await.assert_refused(missing);
    for content_type in ["application/json", "multipart/form-data", "text/plain", ""] {
        let request = Request::post(PATH).header("content-type", content_type);
        let request = request.body(form(&token).into()).unwrap();
        answer(&router, request)
            .await
            .assert_refused("the content type is not");
    }
    assert_eq!(app.sessions("ada").await.len(), 1);
    // Other fields are ignored.
    post(&router, PATH, &format!("x=1&logout_token={token}&y=2"))
        .await
        .assert_accepted();
    assert_eq!(app.sessions("ada").await.len(), 0);
}

#[tokio::test]
async fn browser_headers_are_ignored() {
    let app = App::new("").await;
    let mut ada = app.signed_in_with("ada", "s-ada").await;
    let cookies = ada.jar.cookies().iter();
    let cookies: Vec<_> = cookies
        .map(|cookie| format!("{}={}", cookie.name, cookie.value))
        .collect();
    let token = app.provider.logout_token(json!({ "sid": "s-ada" }));
    let request = Request::post(PATH)
        .header(
            "content-type",
            "application/x-www-form-urlencoded; charset=UTF-8",
        )
        .header("cookie", cookies.join("; "))
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "no-cors")
        .header("sec-purpose", "prefetch")
        .header("authorization", "Basic eDp5");
    let request = request.body(form(&token).into()).unwrap();
    let answer = answer(&app_with(app.auth.clone()), request).await;
    answer.assert_accepted();
    assert!(!answer.headers.contains_key("set-cookie"));
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    assert_eq!(user(&mut ada).await, "nobody");
}

#[tokio::test]
async fn endpoint_is_below_base_path() {
    let provider = Provider::start().await;
    let secrets = secrets_at(&provider, "http://localhost:8501/app");
    let auth = Clock::at_system_time().layer(&secrets.auth("session_store = \"memory\"").toml());
    let router = app_below("/app", auth);
    for path in [
        "/app/auth/backchannel-logout",
        PATH,
        "/app/auth/backchannel-logout/",
    ] {
        let form = form(&provider.logout_token(json!({ "sid": "x" })));
        post(&router, path, &form).await.assert_accepted();
    }
}

#[tokio::test]
async fn endpoint_needs_a_session_store() {
    let provider = Provider::start().await;
    let auth = Clock::at_system_time().layer(&secrets(&provider).toml());
    let form = form(&provider.logout_token(json!({ "sid": "x" })));
    let router = app_with(auth.clone());
    assert_eq!(post(&router, PATH, &form).await.status, 404);
    let own = routes()
        .route(PATH, post_route(|| async { "app" }))
        .layer(auth);
    assert_eq!(post(&own, PATH, &form).await.body, "app");
    assert!(provider.all_requests().is_empty());
}
