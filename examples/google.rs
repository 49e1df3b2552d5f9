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

use self::listen::listen;

#[path = "shared/listen.rs"]
mod listen;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = listen(auth.authority()).await?;
    let app = Router::new().route("/", get(home)).layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(LoggedIn(user): LoggedIn) -> String {
    format!("Welcome, {}!", user.text("name"))
}
