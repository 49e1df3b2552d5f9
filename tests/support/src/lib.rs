//! Shared test support: an OpenID provider with configurable faults, a browser, and `secrets.toml`
//! for both.
//!
//! ```ignore
//! let provider = support::Provider::start().await;
//! let app = support::app(&support::secrets(&provider).toml());
//! let mut browser = support::Browser::new(app, support::ORIGIN);
//! provider.set(|f| f.claims.set("iss", "https://evil.example"));
//! let page = browser.get("/auth/login").await;
//! ```

mod app;
mod browser;
pub mod canary;
mod clock;
mod eventually;
mod free_port;
pub mod jar;
mod known_texts;
pub mod log;
mod provider;
pub mod query;
mod redact;
mod secrets;
pub mod signed;
mod slow_hook;
mod test_app;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};

pub use self::{
    app::{app, app_below, app_with, call, current_user, routes, with_cookies},
    browser::{Browser, Hop, Mode, Page, Visit},
    clock::Clock,
    eventually::{eventually, yield_until},
    free_port::free_port,
    jar::{Cookie, Jar},
    log::{Line, Log},
    provider::{
        APPLE_KEY, APPLE_TEAM, AUDIENCE, Auth, Behaviour, Client, ClientJwt, Decoded, Edits,
        Faults, GitHub, Graph, LINKEDIN, Provider, RecordedRequest, TEST_CA, TEST_CA_OF_LINKEDIN,
        Tls, TokenSignature, encrypted_token, groups, keys, user,
    },
    redact::{redact, visible_text},
    secrets::{COOKIE_SECRET, HTTPS_ORIGIN, ORIGIN, Secrets, secrets, secrets_at, two_providers},
    slow_hook::SlowHook,
    test_app::TestApp,
};

/// A GET request without cookies and without the headers of a browser.
pub fn get(uri: &str) -> Request {
    let request = Request::builder().uri(uri);
    request.body(Body::empty()).expect("a URI")
}

pub async fn text(response: Response) -> String {
    let body = to_bytes(response.into_body(), usize::MAX).await;
    String::from_utf8_lossy(&body.expect("a whole body")).into_owned()
}
