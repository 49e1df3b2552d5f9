// Google with four lines: `AuthLayer::from_secrets()`, `.layer(auth)`, and two lines in
// `.streamlit/secrets.toml`. Until you add these, the development provider logs you in.
//
// ```toml
// auth.cookie_secret = "…"   # make one: openssl rand -hex 32
// auth.google = { client_id = "…", client_secret = "…" }
// ```
//
// Run `cargo run --example google` and open <http://localhost:8501>.

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new().route("/", get(home)).layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(LoggedIn(user): LoggedIn) -> String {
    format!("Welcome, {}!", user.name().unwrap_or("you"))
}
