//! Beside a Streamlit app: the same `secrets.toml`, one login for both.
//!
//! It stands behind the proxy that also leads to Streamlit, so it listens on `127.0.0.1:$PORT` and not where `redirect_uri` points. The
//! proxy gives it `/auth/`, `/oauth2callback` and `/api/`, and Streamlit the rest; "From Streamlit to Axum" in the documentation has the
//! proxy's settings.
//!
//! Run `PORT=8601 cargo run --example beside_streamlit`, with `streamlit_cookies = "current"` in secrets.toml.

use axum::{Json, Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, User};

use self::listen::listen;

#[path = "shared/listen.rs"]
mod listen;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt::init();
    let port = std::env::var("PORT").unwrap_or_else(|_| "8601".to_owned());
    let listener = listen(&format!("127.0.0.1:{port}")).await?;
    let app = Router::new()
        .route("/api/me", get(me))
        .layer(AuthLayer::from_secrets()?);
    Ok(axum::serve(listener, app).await?)
}

/// Whoever signed in, at the Streamlit app or here; a 401 for everybody else.
async fn me(LoggedIn(user): LoggedIn) -> Json<User> {
    Json(user)
}
