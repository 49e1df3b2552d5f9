// GitHub, which has no ID tokens: the same layer, and two lines in `.streamlit/secrets.toml`.
// Until you add these, the development provider logs you in.
//
// 1. On GitHub, open Settings, Developer settings, OAuth Apps, and register an app with the
//    authorization callback URL `http://localhost:8501/oauth2callback`.
// 2. Generate a client secret, and write:
//
// ```toml
// auth.cookie_secret = "…"   # make one: openssl rand -hex 32
// auth.github = { client_id = "…", client_secret = "…" }
// ```
//
// Run `cargo run --example github` and open <http://localhost:8501>.

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

/// `sub` is the numeric ID of a GitHub account. The account's login name and address can change.
async fn home(LoggedIn(user): LoggedIn) -> String {
    let login = user.get_str("preferred_username").unwrap_or("you");
    let email = user.email().unwrap_or("no verified address");
    format!(
        "Welcome, {login} ({email})! Your account is {}.",
        user["sub"]
    )
}
