//! Golden values: cookies of Streamlit and of earlier versions of this crate, which must stay
//! readable.

mod native;
mod streamlit;

use axum::Router;
use axum_streamlit_auth::AuthLayer;
use serde_json::{Value, json};

use support::{Clock, signed, text, with_cookies};

/// The time at which all golden values were written.
const TIME: u64 = 1_790_000_000;

/// 30 days in seconds.
const IDENTITY_TTL: u64 = 2_592_000;

/// An app at `base` that exposes all tokens. `/read` returns user and tokens.
fn app(secret: &str, base: &str, now: u64) -> (Router, Clock) {
    app_of(secret, base, now, &json!({}))
}

/// Like [`app`], for the client of this payload.
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
