// A page that lists the devices on which a user is logged in. The user can log out of each one.
//
// Run `cargo run --example sessions` and open <http://localhost:8501>. Log in with a second browser
// to see two devices.

use std::time::SystemTime;

use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::Redirect,
    routing::{get, post},
};
use axum_streamlit_auth::{AuthLayer, LoggedIn, Provider, SessionError};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "8501".to_owned());
    let provider = format!("http://localhost:{port}/auth/dev/.well-known/openid-configuration");
    let auth = AuthLayer::builder()
        .redirect_uri("http://localhost:{port}/oauth2callback")
        .cookie_secret("public-development-secret-for-loopback-only")
        .provider(Provider::discover(provider, "sessions", "development"))
        .session_store("memory") // "redis://…" or "sqlite:sessions.db" in a deployed app
        .build()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new()
        .route("/", get(devices))
        .route("/end", post(end))
        .with_state(auth.clone())
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn devices(
    LoggedIn(user): LoggedIn,
    State(auth): State<AuthLayer>,
) -> Result<Markup, StatusCode> {
    let current = user.session_id();
    let sessions = auth.sessions().of(&user).await.map_err(unavailable)?;
    Ok(html! {
        (DOCTYPE)
        title { "Devices" }
        h1 { "Your devices" }
        @for session in &sessions {
            form action="/end" method="post" {
                (session.user_agent().unwrap_or("Unknown device"))
                @if current.as_deref() == Some(session.id()) { " (this one)" }
                ", active " (minutes_since(session.last_seen())) " minutes ago "
                button name="id" value=(session.id()) { "Log out" }
            }
        }
    })
}

fn minutes_since(time: SystemTime) -> u64 {
    time.elapsed().map_or(0, |elapsed| elapsed.as_secs() / 60)
}

#[derive(Deserialize)]
struct End {
    id: String,
}

async fn end(
    LoggedIn(user): LoggedIn,
    State(auth): State<AuthLayer>,
    Form(end): Form<End>,
) -> Result<Redirect, StatusCode> {
    // Only the user's own sessions are searched, which rejects the sessions of other users.
    let sessions = auth.sessions().of(&user).await.map_err(unavailable)?;
    if let Some(session) = sessions.iter().find(|session| session.id() == end.id) {
        auth.sessions()
            .end(session.id())
            .await
            .map_err(unavailable)?;
    }
    Ok(Redirect::to("/"))
}

fn unavailable(_: SessionError) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}
