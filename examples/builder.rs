// The configuration in code instead of a file: secrets from the environment, and rules for users.
//
// Run `cargo run --example builder` and open <http://localhost:8501>. The development provider logs
// you in until `COOKIE_SECRET`, `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET` are set.

use std::env;

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, Provider};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::builder()
        .redirect_uri("http://localhost:{port}/oauth2callback")
        .cookie_secret(variable("COOKIE_SECRET", DEVELOPMENT_SECRET))
        .app_name("Builder")
        .provider(provider())
        .build()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new().route("/", get(home)).layer(auth);
    Ok(axum::serve(listener, app).await?)
}

/// Accepted only on this computer, where it is mixed with a random key.
const DEVELOPMENT_SECRET: &str = "public-development-secret-for-loopback-only";

fn provider() -> Provider {
    if let Ok(client_id) = env::var("GOOGLE_CLIENT_ID") {
        return Provider::google(client_id, variable("GOOGLE_CLIENT_SECRET", ""))
            .authorize_param("hd", "*");
    }
    let port = variable("PORT", "8501");
    let url = format!("http://localhost:{port}/auth/dev/.well-known/openid-configuration");
    Provider::discover(url, "builder", "development")
        .name("development")
        .allow_claim("groups", ["admin", "staff"])
}

fn variable(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

async fn home(LoggedIn(user): LoggedIn) -> String {
    format!("Welcome, {}!", user.name().unwrap_or("you"))
}
