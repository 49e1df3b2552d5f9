// Tests of an app: a logged-in user in one line, and a login at a provider that fails on purpose.
// The app under test uses the development provider.
//
// Run `cargo test --example testing`, or `cargo run --example testing` and open
// <http://localhost:8501/hello>.

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, require_login};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::dev();
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}/hello", auth.listen_address());
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
    format!("Hello, {}!", user.name().unwrap_or("you"))
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
    async fn admin_page_requires_the_admin_group() {
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
    async fn provider_fault_shows_error_page() {
        let auth = AuthLayer::dev();
        auth.inject_fault(ProviderFault::ServerError);
        let request = Request::get("/auth/login").body(Body::empty()).unwrap();
        let response = app(auth).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
