// A service next to a Streamlit app: the same `secrets.toml`, and one login for both. It listens
// on `127.0.0.1:$PORT`, behind the proxy that also serves the Streamlit app.
//
// Run `PORT=8601 cargo run --example beside_streamlit --features streamlit-cookies`, with
// `streamlit_cookies = "current"` in `secrets.toml`, and open `/api/me` through the proxy. The
// settings of the proxy are in the documentation: `guide::from_streamlit`.

use axum::{Json, Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, User};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt::init();
    let port = std::env::var("PORT").unwrap_or_else(|_| "8601".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let app = Router::new()
        .route("/api/me", get(me))
        .layer(AuthLayer::from_secrets()?);
    Ok(axum::serve(listener, app).await?)
}

/// The user, after a login at either app. Other clients receive a 401.
async fn me(LoggedIn(user): LoggedIn) -> Json<User> {
    Json(user)
}
