// A gateway that logs users in to apps in any language. nginx, Traefik or Caddy asks it about each
// request, at `/auth/check`, and passes the user on in the headers of `[auth.headers]`.
//
// Run `cargo run --example gateway`. It listens on `127.0.0.1:3000`, or on the address in its
// first argument. The settings of the proxies are in the documentation: `guide::forward_auth`.

use axum::{Router, http::StatusCode, routing::get};
use axum_streamlit_auth::AuthLayer;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt::init();
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let gateway = Router::new()
        .route("/auth/check", get(not_configured))
        .layer(AuthLayer::from_secrets()?);
    let listener = TcpListener::bind(&address).await?;
    tracing::info!(address, "gateway started");
    Ok(axum::serve(listener, gateway).await?)
}

/// Replaced by the layer as soon as `[auth.headers]` exists.
async fn not_configured() -> (StatusCode, &'static str) {
    const MESSAGE: &str = "add [auth.headers] to secrets.toml";
    tracing::error!("{MESSAGE}");
    (StatusCode::INTERNAL_SERVER_ERROR, MESSAGE)
}
