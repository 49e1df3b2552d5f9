// Sign in with Apple: no client secret to renew, and the user's name, which Apple sends only once.
// The development provider stands in for Apple until `.streamlit/secrets.toml` names it.
//
// ```toml
// auth.redirect_uri = "https://app.example.com/oauth2callback"
// auth.cookie_secret = "…"   # make one: openssl rand -hex 32
// auth.apple = { client_id = "com.example.web", team_id = "…", client_key_file = "AuthKey_….p8" }
// ```
//
// Run `cargo run --example apple` and open <http://localhost:8501>.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn};
use tokio::net::TcpListener;

/// The names by `sub`. A real app uses its database.
type Names = Arc<Mutex<HashMap<String, String>>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let names = Names::default();
    let auth = AuthLayer::from_secrets()?.on_sign_in(move |mut claims| {
        let names = Arc::clone(&names);
        async move {
            let sub = claims["sub"].as_str().unwrap_or_default().to_owned();
            let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
            match claims.get("name").and_then(|name| name.as_str()) {
                // The first login. Apple did not sign the name, so nothing may depend on it.
                Some(name) => drop(names.insert(sub, name.to_owned())),
                None => {
                    let name = names.get(&sub).cloned();
                    claims.extend(name.map(|name| ("name".to_owned(), name.into())));
                }
            }
            Ok(claims)
        }
    });
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new().route("/", get(home)).layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(LoggedIn(user): LoggedIn) -> String {
    format!("Welcome, {}!", user.name().unwrap_or("you"))
}
