//! Logins at a provider that behaves as LinkedIn does. The preset has a fixed address, so the tests
//! replace it.

use std::sync::Arc;

use axum::{Json, Router, routing::get};
use support::{Browser, ORIGIN, Provider, Visit};

use super::AuthLayer;
use crate::{config::Config, extract::User, state::Handle};

const SECRET: &str = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ";

/// An app with LinkedIn at the address of `provider`, and with these further providers.
fn app(provider: &Provider, more: &str) -> Router {
    let client = provider.registered();
    let toml = format!(
        "auth.cookie_secret = {SECRET:?}\nauth.redirect_uri = \"{ORIGIN}/oauth2callback\"\nauth.linkedin = {{ client_id = {:?}, client_secret = {:?} }}\n{more}",
        client.id, client.secret
    );
    let mut config = Config::from_toml(&toml).unwrap();
    let linkedin = Arc::make_mut(&mut config.providers[0]);
    linkedin.server_metadata_url = provider.metadata_url().parse().unwrap();
    let auth = AuthLayer::new(Handle::fixed(config));
    let me = get(|user: User| async { Json(user) });
    Router::new().route("/", me).layer(auth)
}

#[tokio::test]
async fn linkedin_login_has_neither_nonce_nor_pkce() {
    let provider = Provider::start().await;
    provider.emulate_linkedin();
    let mut browser = Browser::new(app(&provider, ""), ORIGIN);
    browser.get("/auth/login").await;
    assert_eq!(browser.get("/").await.json()["sub"], "ada");
    assert_eq!(provider.violations(), [""; 0]);
    let authorize = &provider.requests("authorize")[0];
    assert_eq!(authorize.parameter("prompt"), None);
    assert_eq!(authorize.parameter("state").map(str::len), Some(43));
}

#[tokio::test]
async fn wrong_linkedin_nonce_is_rejected() {
    let provider = Provider::start().await;
    provider.emulate_linkedin();
    let mut browser = Browser::new(app(&provider, ""), ORIGIN);
    for nonce in ["", "another"] {
        provider.set(|faults| faults.claims.set("nonce", nonce));
        let page = browser.get("/auth/login").await;
        assert!(page.text().contains("id_token_nonce"), "{page:?}");
    }
    assert_eq!(browser.get("/").await.json()["is_logged_in"], false);
}

/// Without PKCE, `state` is the only protection against a login of another user.
#[tokio::test]
async fn linkedin_callback_is_bound_to_the_browser() {
    let provider = Provider::start().await;
    provider.emulate_linkedin();
    let app = app(&provider, "");
    let mut mallory = Browser::new(app.clone(), ORIGIN);
    let start = mallory.step(Visit::get(mallory.url("/auth/login"))).await;
    let callback = mallory.step(start.next().unwrap()).await.next().unwrap();
    let mut ada = Browser::new(app, ORIGIN);
    let page = ada.follow(callback).await;
    assert!(page.text().contains("no_cookies"), "{page:?}");
    assert_eq!(ada.get("/").await.json()["is_logged_in"], false);
}

#[tokio::test]
async fn linkedin_cannot_share_its_redirect_uri() {
    let provider = Provider::start().await;
    provider.emulate_linkedin();
    let google = "auth.google = { client_id = \"app\", client_secret = \"a-client-secret\" }\n";
    let mut browser = Browser::new(app(&provider, google), ORIGIN);
    let page = browser.get("/auth/login/linkedin").await;
    assert!(page.text().contains("redirect_uri_shared"), "{page:?}");
    assert_eq!(provider.count("authorize"), 0);
}
