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

mod browser;
pub mod jar;
mod provider;
mod secrets;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};

pub use self::{
    browser::{Browser, Hop, Mode, Page, Visit},
    jar::{Cookie, Jar},
    provider::{
        Auth, Behaviour, Client, Edits, Faults, Provider, Recorded, Seal, TEST_CA, Tls, five_parts,
        groups, keys, user,
    },
    secrets::{COOKIE_SECRET, HTTPS_ORIGIN, ORIGIN, Secrets, secrets, secrets_at, two_providers},
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
