//! The `User` extractor, the counterpart of `st.user`.

mod admission;
mod caching;
mod client;
mod cross_origin;
mod dictionary;
mod routing;
mod sign_in_hook;
mod tokens;

use std::sync::{Arc, Mutex};

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, User};

use support::{COOKIE_SECRET, Clock, ORIGIN, signed, with_cookies};

/// The time at which all values are signed.
const TIME: u64 = 1_790_000_000;

/// The user that a handler sees for this `Cookie` header.
async fn user_of(cookies: &str) -> User {
    let layer = Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN));
    user_behind(layer, cookies).await
}

async fn user_behind(layer: AuthLayer, cookies: &str) -> User {
    let seen = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&seen);
    let handler = get(move |user: User| async move { *kept.lock().unwrap() = Some(user) });
    let app = Router::new().route("/", handler).layer(layer);
    with_cookies(&app, "/", cookies).await;
    seen.lock().unwrap().take().expect("the handler ran")
}

/// The user of an identity with this payload.
async fn user_of_text(text: &str) -> User {
    let value = signed::sign(COOKIE_SECRET, signed::IDENTITY, text, TIME);
    user_of(&format!("{}={value}", signed::IDENTITY)).await
}
