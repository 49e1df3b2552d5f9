//! `AuthLayer::dev()`, `TestUser` and fault injection: logins without a configuration or a network.

mod form_post;
mod local;
mod published;

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{
        Method, Request, StatusCode,
        header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE},
    },
    response::Response,
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, ProviderFault, TestUser, User, require_login};
use serde_json::json;
use tower::ServiceExt;

fn app(auth: &AuthLayer) -> Router {
    Router::new()
        .route("/admin", get(|| async { "secrets" }))
        .route_layer(require_login().claim("groups", "admin"))
        .route(
            "/",
            get(|user: User| async move {
                format!("Hello, {}!", user.get_str("name").unwrap_or_default())
            }),
        )
        .layer(auth.clone())
}

/// Sends a request to `host` and stores the cookies of the response.
async fn send(
    app: &Router,
    host: &str,
    method: Method,
    uri: &str,
    cookies: &mut Vec<String>,
    body: &str,
) -> Response {
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header(HOST, host)
        .header(ACCEPT, "text/html")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(COOKIE, cookies.join("; "))
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    for cookie in response.headers().get_all(SET_COOKIE) {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        let name = pair.split('=').next().unwrap();
        cookies.retain(|kept| kept.split('=').next() != Some(name));
        if !pair.ends_with('=') || pair.len() > name.len() + 1 {
            cookies.push(pair.to_owned());
        }
    }
    response
}

fn path(response: &Response) -> String {
    let location = response.headers()[LOCATION].to_str().unwrap();
    location
        .split_once("://")
        .map_or(location.to_owned(), |(_, rest)| {
            rest[rest.find('/').unwrap()..].to_owned()
        })
}

/// Logs in as `person` at `host`. Returns the response to the callback.
async fn sign_in(app: &Router, host: &str, person: &str, cookies: &mut Vec<String>) -> Response {
    let start = send(app, host, Method::GET, "/auth/login", cookies, "").await;
    assert_eq!(start.status(), StatusCode::SEE_OTHER);
    assert!(
        start.headers()[LOCATION]
            .to_str()
            .unwrap()
            .starts_with(&format!("http://{host}/auth/dev/authorize?"))
    );
    let authorize = path(&start);
    let query = authorize.split_once('?').unwrap().1;
    let form = format!("{query}&user={person}");
    let chosen = send(
        app,
        host,
        Method::POST,
        "/auth/dev/authorize",
        cookies,
        &form,
    )
    .await;
    assert_eq!(chosen.status(), StatusCode::SEE_OTHER);
    send(app, host, Method::GET, &path(&chosen), cookies, "").await
}

async fn text(response: Response) -> String {
    String::from_utf8(
        to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap()
            .to_vec(),
    )
    .unwrap()
}

#[tokio::test]
async fn dev_layer_signs_in_at_any_loopback_address() {
    let app = app(&AuthLayer::dev());
    for host in [
        "localhost:3000",
        "127.0.0.1:8080",
        "[::1]:9",
        "localhost",
        "app.localhost:3000",
    ] {
        let mut cookies = Vec::new();

        let finished = sign_in(&app, host, "alice", &mut cookies).await;

        assert_eq!(
            (finished.status(), path(&finished).as_str()),
            (StatusCode::SEE_OTHER, "/"),
            "{host}"
        );
        let home = send(&app, host, Method::GET, "/", &mut cookies, "").await;
        assert_eq!(text(home).await, "Hello, Alice!", "{host}");
    }
}

#[tokio::test]
async fn remote_request_cannot_log_in() {
    let auth = AuthLayer::dev();
    let app = app(&auth);
    let mut cookies = vec![TestUser::new("mallory").cookie(&auth)];

    let home = send(&app, "app.example", Method::GET, "/", &mut cookies, "").await;
    assert_eq!(text(home).await, "Hello, !");
    let provider = send(
        &app,
        "app.example",
        Method::GET,
        "/auth/dev/authorize",
        &mut cookies,
        "",
    )
    .await;
    assert_eq!(provider.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn test_user_is_signed_in_with_given_claims() {
    let auth = AuthLayer::dev();
    let app = app(&auth);
    let get = |path: &'static str, cookie: String| {
        let request = Request::get(path)
            .header(COOKIE, cookie)
            .body(Body::empty())
            .unwrap();
        let app = app.clone();
        async move { app.oneshot(request).await.unwrap() }
    };

    let admin = TestUser::new("alice")
        .claim("groups", ["admin"])
        .cookie(&auth);
    assert_eq!(get("/admin", admin).await.status(), StatusCode::OK);
    let wide = TestUser::new("bob")
        .claim("groups", vec!["a group with a long name"; 200])
        .cookie(&auth);
    assert_eq!(
        get("/admin", wide.clone()).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(text(get("/", wide).await).await, "Hello, bob!");
    let mut tampered = TestUser::new("alice")
        .claim("groups", ["admin"])
        .cookie(&auth);
    tampered.pop();
    assert_eq!(
        get("/admin", tampered).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn faulty_provider_does_not_log_in_user() {
    let faults = [
        (ProviderFault::WrongNonce, StatusCode::BAD_REQUEST),
        (ProviderFault::WrongAudience, StatusCode::BAD_REQUEST),
        (ProviderFault::UnknownKey, StatusCode::BAD_REQUEST),
        (ProviderFault::HugeClaims, StatusCode::BAD_REQUEST),
        (ProviderFault::ServerError, StatusCode::SERVICE_UNAVAILABLE),
    ];
    let auth = AuthLayer::dev();
    let app = app(&auth);
    // Discovery and keys are cached from here on.
    sign_in(&app, "localhost:3000", "alice", &mut Vec::new()).await;
    for (fault, status) in faults {
        auth.inject_fault(fault.clone());
        let mut cookies = Vec::new();

        let finished = sign_in(&app, "localhost:3000", "alice", &mut cookies).await;

        assert_eq!(finished.status(), status, "{fault:?}");
        assert!(
            !cookies
                .iter()
                .any(|cookie| cookie.starts_with("_streamlit_user")),
            "{fault:?}"
        );
    }
    auth.clear_fault();
    let finished = sign_in(&app, "localhost:3000", "alice", &mut Vec::new()).await;
    assert_eq!(finished.status(), StatusCode::SEE_OTHER);
}

#[tokio::test(start_paused = true)]
async fn slow_provider_is_reported_as_unavailable() {
    let auth = AuthLayer::dev();
    auth.inject_fault(ProviderFault::Slow(Duration::from_secs(60)));

    let start = send(
        &app(&auth),
        "localhost:3000",
        Method::GET,
        "/auth/login",
        &mut Vec::new(),
        "",
    )
    .await;

    assert_eq!(start.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn sign_in_hook_can_change_claims_and_refuse_login() {
    let auth = AuthLayer::dev().on_sign_in(|mut claims| async move {
        if claims["sub"] == "bob" {
            return Err("Only <Alice> may come in.".to_owned());
        }
        assert_eq!(claims["provider"], "default");
        claims.insert("name".to_owned(), json!("Alice the First"));
        Ok(claims)
    });
    let app = app(&auth);
    let mut cookies = Vec::new();

    sign_in(&app, "localhost:3000", "alice", &mut cookies).await;
    let refused = sign_in(&app, "localhost:3000", "bob", &mut cookies).await;

    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(
        text(refused)
            .await
            .contains("Only &lt;Alice&gt; may come in.")
    );
    let home = send(&app, "localhost:3000", Method::GET, "/", &mut cookies, "").await;
    assert_eq!(text(home).await, "Hello, Alice the First!");
}

/// The limit allows 24 KiB of claims, which can be three times as long in a form, and 16 KiB for
/// the rest.
#[tokio::test]
async fn dev_provider_bounds_request_bodies() {
    let app = app(&AuthLayer::dev());
    for (length, status) in [(88 * 1024, 400), (88 * 1024 + 1, 413)] {
        let form = "x".repeat(length);
        let uri = "/auth/dev/authorize";
        let answer = send(&app, "localhost", Method::POST, uri, &mut Vec::new(), &form).await;
        assert_eq!(answer.status(), status, "{length}");
    }
}

#[tokio::test]
async fn dev_paths_belong_to_app_without_dev_provider() {
    let toml = "auth.cookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"\nauth.google = { client_id = \"app\", client_secret = \"hush-hush\" }\n";
    let app = Router::new()
        .route("/auth/dev/notes", get(|| async { "the app's own" }))
        .layer(AuthLayer::from_toml(toml).unwrap());
    let uri = "/auth/dev/notes";
    let answer = send(&app, "localhost", Method::GET, uri, &mut Vec::new(), "").await;
    assert_eq!(text(answer).await, "the app's own");
}
