// A request to an API of the provider on behalf of the user. The access token stays on the server,
// and is refreshed before it expires if the provider issues refresh tokens.
//
// Run `cargo run --example access_token` and open <http://localhost:8501>. The API is the UserInfo
// endpoint of the development provider. That provider issues an access token that is valid for an
// hour, and no refresh token, so the user has to log in again after an hour.

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, LoggedIn, Login, Provider};
use reqwest::Client;
use tokio::net::TcpListener;

#[derive(Clone)]
struct Api {
    client: Client,
    url: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "8501".to_owned());
    let provider = format!("http://localhost:{port}/auth/dev");
    let metadata = format!("{provider}/.well-known/openid-configuration");
    let auth = AuthLayer::builder()
        .redirect_uri("http://localhost:{port}/oauth2callback")
        .cookie_secret("public-development-secret-for-loopback-only")
        .provider(Provider::discover(metadata, "access_token", "development"))
        .session_store("memory") // "redis://…" or "sqlite:sessions.db" in a deployed app
        .refresh(true)
        .build()?;
    // Not needed with the default features of reqwest.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let api = Api {
        client: Client::new(),
        url: format!("{provider}/userinfo"),
    };
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new()
        .route("/", get(profile))
        .with_state(api)
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn profile(LoggedIn(user): LoggedIn, State(api): State<Api>) -> Response {
    let token = match user.access_token().await {
        Ok(token) => token,
        Err(error) if error.needs_login() => return Login::new().into_response(),
        Err(error) => return error.into_response(),
    };
    match fetch(&api, token.as_str()).await {
        Ok(profile) => profile.into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn fetch(api: &Api, token: &str) -> reqwest::Result<String> {
    let request = api.client.get(&api.url).bearer_auth(token);
    request.send().await?.error_for_status()?.text().await
}
