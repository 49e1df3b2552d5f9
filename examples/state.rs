// Application state in addition to the user: a substate through `FromRef`, and a row for each
// user. `User` and the guards take nothing from the state, so they work with any state.
//
// Run `cargo run --example state` and open <http://localhost:8501>.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::{FromRef, State},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, LoggedIn};
use tokio::net::TcpListener;

#[derive(Clone)]
struct AppState {
    greeting: &'static str,
    visits: Visits,
}

/// The number of visits by issuer and subject. An e-mail address can change hands.
#[derive(Clone, Default)]
struct Visits(Arc<Mutex<HashMap<(String, String), u32>>>);

impl FromRef<AppState> for Visits {
    fn from_ref(state: &AppState) -> Self {
        state.visits.clone()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let state = AppState {
        greeting: "Welcome",
        visits: Visits::default(),
    };
    let app = Router::new()
        .route("/", get(home))
        .route("/visits", get(visits))
        .layer(auth)
        .with_state(state);
    Ok(axum::serve(listener, app).await?)
}

async fn home(LoggedIn(user): LoggedIn, State(state): State<AppState>) -> String {
    format!("{}, {}!", state.greeting, user.name().unwrap_or("you"))
}

async fn visits(LoggedIn(user): LoggedIn, State(visits): State<Visits>) -> String {
    let key = ["iss", "sub"].map(|claim| user.get_str(claim).unwrap_or_default().to_owned());
    let mut visits = visits.0.lock().unwrap_or_else(PoisonError::into_inner);
    let count = visits.entry(key.into()).or_default();
    *count += 1;
    format!("Visits: {count}")
}
