//! Sign in with Google, in four lines: two here, two in `.streamlit/secrets.toml`:
//!
//! ```toml
//! auth.cookie_secret = "…"   # make one: openssl rand -hex 32
//! auth.google = { client_id = "…", client_secret = "…" }
//! ```
//!
//! Run `cargo run --example google` and open <http://localhost:8501>. Until you write these two lines it runs with the committed file, in
//! which Google's place is held by the development provider.

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = tokio::net::TcpListener::bind(auth.authority()).await?;
    println!("Open http://{}", auth.authority());
    let app = Router::new().route("/", get(home)).layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(LoggedIn(user): LoggedIn) -> String {
    format!("Welcome, {}!", user.text("name"))
}
