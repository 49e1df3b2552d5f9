//! A small app that returns the current user.

use axum::{
    Json, Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
    response::Response,
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, LoggedIn, Login, Logout, User, require_login};
use tower::ServiceExt;

use super::text;

/// [`routes`] behind the layer of this secrets.toml.
pub fn app(toml: &str) -> Router {
    app_with(AuthLayer::from_toml(toml).expect("a valid configuration"))
}

/// [`routes`] behind `auth`.
pub fn app_with(auth: AuthLayer) -> Router {
    routes().layer(auth)
}

/// [`routes`] nested below a base path such as `/app`, with `auth` outside.
pub fn app_below(base: &str, auth: AuthLayer) -> Router {
    Router::new()
        .nest(base, routes())
        .route(&format!("{base}/"), get(name))
        .layer(auth)
}

/// `/` returns `sub` or `nobody`, `/me` the user as JSON. `/login` and `/logout` return [`Login`]
/// and [`Logout`]. `/report` requires a login by extractor, `/guarded` by route, `/admin` the group
/// `admin`.
pub fn routes() -> Router {
    Router::new()
        .route("/admin", get(|| async { "admin" }))
        .route_layer(require_login().claim("groups", "admin"))
        .merge(
            Router::new()
                .route("/guarded", get(name).post(name))
                .route_layer(require_login()),
        )
        .route(
            "/report",
            get(|LoggedIn(user): LoggedIn| async move {
                user.get_str("sub").unwrap_or_default().to_owned()
            }),
        )
        .route("/", get(name).post(name))
        .route("/me", get(|user: User| async { Json(user) }))
        .route("/login", get(|| async { Login::new() }))
        .route("/logout", get(|| async { Logout::new() }))
}

async fn name(user: User) -> String {
    if user.is_logged_in() {
        user.get_str("sub").unwrap_or_default().to_owned()
    } else {
        "nobody".to_owned()
    }
}

/// Sends a GET request with this `Cookie` header and no other.
pub async fn with_cookies(app: &Router, path: &str, cookies: impl AsRef<[u8]>) -> Response {
    let mut request = super::get(path);
    let cookies = HeaderValue::from_bytes(cookies.as_ref()).expect("a header value");
    request.headers_mut().insert(header::COOKIE, cookies);
    call(app, request).await
}

/// `sub` of the user of these cookies, or `nobody`. The response must not set or clear a cookie.
pub async fn current_user(app: &Router, cookies: impl AsRef<[u8]>) -> String {
    let response = with_cookies(app, "/", cookies).await;
    assert_eq!(response.status(), 200);
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    text(response).await
}

/// Sends one request to the app.
pub async fn call(app: &Router, request: Request<Body>) -> Response {
    app.clone()
        .oneshot(request)
        .await
        .expect("a router never fails")
}
