//! Logout.

mod at_provider;
mod confirmed;
mod cookies;
mod csrf;
mod hint;
mod outage;
mod parameters;
mod signed_out_page;

use support::{Browser, ORIGIN, Provider, Secrets, app, secrets};

const CALLBACK: &str = "http://localhost:8501/oauth2callback";

/// The browser of ada after a login, with this change to secrets.toml.
async fn ada(change: impl FnOnce(Secrets) -> Secrets) -> (Provider, Browser) {
    let provider = Provider::start().await;
    let toml = change(secrets(&provider)).toml();
    let mut browser = Browser::new(app(&toml), ORIGIN);
    assert_eq!(browser.get("/auth/login").await.text(), "ada");
    provider.forget_requests();
    (provider, browser)
}
