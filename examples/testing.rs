//! How to test an app: a signed-in user in one line, and a whole login with a provider that breaks on purpose.
//!
//! Run `cargo test --example testing`. `cargo run --example testing` serves the app under test at
//! <http://localhost:8501/hello>.

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, require_login};

use self::listen::listen;

#[path = "shared/listen.rs"]
mod listen;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::dev();
    let listener = listen(auth.authority()).await?;
    Ok(axum::serve(listener, app(auth)).await?)
}

fn app(auth: AuthLayer) -> Router {
    Router::new()
        .route("/admin", get(|| async { "for admins" }))
        .route_layer(require_login().claim("groups", "admin"))
        .route("/hello", get(hello))
        .layer(auth)
}

async fn hello(LoggedIn(user): LoggedIn) -> String {
    format!("Hello, {}!", user.text("name"))
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{Request, StatusCode, header},
    };
    use axum_streamlit_auth::{ProviderFault, TestUser};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn only_admins_see_the_admin_page() {
        let auth = AuthLayer::dev();
        for (group, status) in [("admin", StatusCode::OK), ("staff", StatusCode::FORBIDDEN)] {
            let cookie = TestUser::new("alice")
                .claim("groups", [group])
                .cookie(&auth);
            let request = Request::get("/admin").header(header::COOKIE, cookie);
            let response = app(auth.clone())
                .oneshot(request.body(Body::empty()).unwrap())
                .await;
            assert_eq!(response.unwrap().status(), status);
        }
    }

    #[tokio::test]
    async fn a_broken_provider_ends_on_a_page() {
        let auth = AuthLayer::dev();
        auth.break_provider(Some(ProviderFault::ServerError));
        let request = Request::get("/auth/login").body(Body::empty()).unwrap();
        let response = app(auth).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
