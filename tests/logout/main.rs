//! Section A.9 of the attacks: a logout leaves nothing, and nobody else asks for it.

#[path = "../support/mod.rs"]
mod support;

mod asked;
mod at_provider;
mod cleared;
mod hint;
mod page;

use self::support::{Browser, ORIGIN, Provider, Secrets, app, secrets};

/// Ada, logged in at a provider, with this in her app's secrets.toml.
async fn ada(change: impl FnOnce(Secrets) -> Secrets) -> (Provider, Browser) {
    let provider = Provider::start().await;
    let toml = change(secrets(&provider)).toml();
    let mut browser = Browser::new(app(&toml), ORIGIN);
    assert_eq!(browser.get("/auth/login").await.text(), "ada");
    provider.forget_requests();
    (provider, browser)
}
