//! An app that says who is there.

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

/// [`app_with`] the layer of this secrets.toml.
pub fn app(toml: &str) -> Router {
    app_with(AuthLayer::from_toml(toml).expect("a valid configuration"))
}

/// [`routes`] behind `auth`.
pub fn app_with(auth: AuthLayer) -> Router {
    routes().layer(auth)
}

/// [`routes`] below a base path such as `/app`, behind `auth`, which goes around the whole.
pub fn app_below(base: &str, auth: AuthLayer) -> Router {
    Router::new()
        .nest(base, routes())
        .route(&format!("{base}/"), get(name))
        .layer(auth)
}

/// `/` says `sub` or `nobody`, `/me` is the whole user, `/login` and `/logout` are a handler's; `/report` is for anybody logged in by its
/// handler, `/guarded` by its route, `/admin` for the group `admin`.
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
            get(|LoggedIn(user): LoggedIn| async move { user.text("sub").to_owned() }),
        )
        .route("/", get(name).post(name))
        .route("/me", get(|user: User| async { Json(user) }))
        .route("/login", get(|| async { Login::default() }))
        .route("/logout", get(|| async { Logout::default() }))
}

async fn name(user: User) -> String {
    if user.is_logged_in() {
        user.text("sub").to_owned()
    } else {
        "nobody".to_owned()
    }
}

/// A GET with this `Cookie` header and no other.
pub async fn with_cookies(app: &Router, path: &str, cookies: impl AsRef<[u8]>) -> Response {
    let mut request = super::get(path);
    let cookies = HeaderValue::from_bytes(cookies.as_ref()).expect("a header's value");
    request.headers_mut().insert(header::COOKIE, cookies);
    answer(app, request).await
}

/// Who the app takes the bearer of these cookies for; it must not set or clear any.
pub async fn who(app: &Router, cookies: impl AsRef<[u8]>) -> String {
    let response = with_cookies(app, "/", cookies).await;
    assert_eq!(response.status(), 200);
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    text(response).await
}

pub async fn answer(app: &Router, request: Request<Body>) -> Response {
    app.clone()
        .oneshot(request)
        .await
        .expect("a router never fails")
}
