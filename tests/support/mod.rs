//! What the integration tests share: a provider that can misbehave, a browser, and secrets for the two.
//!
//! ```ignore
//! mod support;
//!
//! let provider = support::Provider::start().await;
//! let mut browser = support::Browser::new(app(&support::secrets(&provider).toml()), support::ORIGIN);
//! provider.set(|f| f.claims.set("iss", "https://evil.example"));
//! let page = browser.get("/auth/login").await;
//! ```

#![allow(dead_code, unused_imports)]

mod app;
mod browser;
pub mod canary;
mod clock;
pub mod jar;
pub mod log;
mod provider;
pub mod query;
mod secrets;
pub mod signed;
mod stage;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};

pub use self::{
    app::{answer, app, app_below, app_with, routes, who, with_cookies},
    browser::{Browser, Hop, Mode, Page, Visit},
    clock::Clock,
    jar::{Cookie, Jar},
    log::{Line, Log},
    provider::{
        Auth, Behaviour, Client, Edits, Faults, Provider, Recorded, Seal, TEST_CA, Tls, five_parts,
        groups, keys, user,
    },
    secrets::{COOKIE_SECRET, HTTPS_ORIGIN, ORIGIN, Secrets, secrets, secrets_at, two_providers},
    stage::Stage,
};

/// A bare GET without cookies and without a browser's headers.
pub fn get(uri: &str) -> Request {
    let request = Request::builder().uri(uri);
    request.body(Body::empty()).expect("a URI")
}

pub async fn text(response: Response) -> String {
    let body = to_bytes(response.into_body(), usize::MAX).await;
    String::from_utf8_lossy(&body.expect("a whole body")).into_owned()
}
