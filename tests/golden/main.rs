//! Cookies that were written once and are read for ever: Streamlit's own, and ours.

#[path = "../support/mod.rs"]
mod support;

mod ours;
mod streamlit;

use axum::Router;
use axum_streamlit_auth::AuthLayer;
use serde_json::{Value, json};

use self::support::{Clock, signed, text, with_cookies};

/// The moment at which every golden value was written.
const TIME: u64 = 1_790_000_000;

/// 30 days in seconds.
const LIFE: u64 = 2_592_000;

/// An app at `base` that shows all tokens and needs no provider; `/read` tells all of its visitor.
fn app(secret: &str, base: &str, now: u64) -> (Router, Clock) {
    app_of(secret, base, now, &json!({}))
}

/// As [`app`], with the client that this payload belongs to.
fn app_of(secret: &str, base: &str, now: u64, payload: &Value) -> (Router, Clock) {
    let clock = Clock::at(now);
    let auth: AuthLayer = clock.layer(&signed::toml_of(secret, base, payload));
    let read = axum::routing::get(|user: axum_streamlit_auth::User| async move {
        axum::Json(json!({
            "user": user, "id": user.tokens().id(), "access": user.tokens().access(), "provider": user.provider(),
        }))
    });
    let whole = Router::new().route("/read", read).layer(auth.clone());
    (support::app_with(auth).merge(whole), clock)
}

async fn read(app: &Router, cookies: &str) -> Value {
    let response = with_cookies(app, "/read", cookies).await;
    serde_json::from_str(&text(response).await).unwrap()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap()
}

fn field<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {value}"))
}
