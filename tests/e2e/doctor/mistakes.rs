//! Common mistakes in secrets.toml.

use serde_json::json;

use super::COOKIE_SECRET;
use crate::{
    app::Address,
    provider::{CLIENT_SECRET, Provider},
};

/// A mistake: its name, the text and its replacement, and the key that must be reported.
pub type Mistake = (&'static str, String, String, &'static str);

pub fn mistake(name: &'static str, from: &str, to: &str, key: &'static str) -> Mistake {
    (name, from.to_owned(), to.to_owned(), key)
}

/// Mistakes that can be detected at any provider.
pub fn everywhere(address: &Address, provider: &Provider) -> Vec<Mistake> {
    let (origin, url) = (address.origin(), "auth.lab.server_metadata_url");
    vec![
        mistake(
            "client id of another client",
            "the app: 1",
            "the app: 2",
            "auth.lab.client_id",
        ),
        mistake(
            "mistyped secret",
            "0123456789",
            "0123456798",
            "auth.lab.client_secret",
        ),
        mistake(
            "secret cut short",
            "abcdefghij\"",
            "abcdefghi\"",
            "auth.lab.client_secret",
        ),
        mistake(
            "redirect URI of another port",
            &origin,
            "http://localhost:1",
            "auth.redirect_uri",
        ),
        mistake(
            "redirect URI by address",
            "//localhost",
            "//127.0.0.1",
            "auth.redirect_uri",
        ),
        mistake(
            "redirect URI below a path",
            "/oauth2callback",
            "/app/oauth2callback",
            "auth.redirect_uri",
        ),
        mistake(
            "redirect URI by https",
            "redirect_uri = \"http:",
            "redirect_uri = \"https:",
            "auth.redirect_uri",
        ),
        mistake(
            "discovery at a wrong path",
            "/.well-known",
            "/realms/x/.well-known",
            url,
        ),
        mistake(
            "discovery by https",
            "metadata_url = \"http:",
            "metadata_url = \"https:",
            url,
        ),
        mistake(
            "discovery by address",
            &provider.issuer().replace("http:", ""),
            &provider
                .issuer()
                .replace("http:", "")
                .replace("localhost", "127.0.0.1"),
            url,
        ),
        mistake(
            "discovery at a closed port",
            &format!("{}/.well", provider.issuer()),
            "http://localhost:1/.well",
            url,
        ),
        mistake(
            "misspelt scope",
            "profile email",
            "profile emial",
            "auth.lab.client_kwargs.scope",
        ),
        mistake(
            "cookie secret by keyboard",
            COOKIE_SECRET,
            "0123456789abcdef0123456789abcdef",
            "auth.cookie_secret",
        ),
        mistake(
            "cookie secret short",
            COOKIE_SECRET,
            &COOKIE_SECRET[..20],
            "auth.cookie_secret",
        ),
        mistake(
            "misspelt key",
            "client_kwargs",
            "client_kwarg",
            "auth.lab.client_kwarg",
        ),
        mistake(
            "placeholder",
            "the app: 1",
            "your-client-id",
            "auth.lab.client_id",
        ),
        mistake(
            "callback misspelt",
            "/oauth2callback",
            "/oauth2/callback",
            "auth.redirect_uri",
        ),
        mistake(
            "public client that is none",
            &format!("client_secret = {}\n", json!(CLIENT_SECRET)),
            "",
            "auth.lab.client_secret",
        ),
    ]
}
