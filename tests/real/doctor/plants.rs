//! Faults that people make in a secrets.toml.

use serde_json::json;

use super::COOKIE_SECRET;
use crate::{
    app::Address,
    provider::{CLIENT_SECRET, Provider},
};

/// A planted fault: its name, what stands in place of what in the file, and the key that has to be named.
pub type Plant = (&'static str, String, String, &'static str);

pub fn plant(name: &'static str, from: &str, to: &str, key: &'static str) -> Plant {
    (name, from.to_owned(), to.to_owned(), key)
}

/// Faults that any provider lets us find.
pub fn everywhere(address: &Address, provider: &Provider) -> Vec<Plant> {
    let (origin, url) = (address.origin(), "auth.lab.server_metadata_url");
    vec![
        plant(
            "client id of another client",
            "the app: 1",
            "the app: 2",
            "auth.lab.client_id",
        ),
        plant(
            "secret with a slip",
            "0123456789",
            "0123456798",
            "auth.lab.client_secret",
        ),
        plant(
            "secret cut short",
            "abcdefghij\"",
            "abcdefghi\"",
            "auth.lab.client_secret",
        ),
        plant(
            "redirect URI of another port",
            &origin,
            "http://localhost:1",
            "auth.redirect_uri",
        ),
        plant(
            "redirect URI by address",
            "//localhost",
            "//127.0.0.1",
            "auth.redirect_uri",
        ),
        plant(
            "redirect URI below a path",
            "/oauth2callback",
            "/app/oauth2callback",
            "auth.redirect_uri",
        ),
        plant(
            "redirect URI by https",
            "redirect_uri = \"http:",
            "redirect_uri = \"https:",
            "auth.redirect_uri",
        ),
        plant(
            "discovery at a wrong path",
            "/.well-known",
            "/realms/x/.well-known",
            url,
        ),
        plant(
            "discovery by https",
            "metadata_url = \"http:",
            "metadata_url = \"https:",
            url,
        ),
        plant(
            "discovery by address",
            &provider.issuer().replace("http:", ""),
            &provider
                .issuer()
                .replace("http:", "")
                .replace("localhost", "127.0.0.1"),
            url,
        ),
        plant(
            "discovery at a closed port",
            &format!("{}/.well", provider.issuer()),
            "http://localhost:1/.well",
            url,
        ),
        plant(
            "scope with a slip",
            "profile email",
            "profile emial",
            "auth.lab.client_kwargs.scope",
        ),
        plant(
            "cookie secret by keyboard",
            COOKIE_SECRET,
            "0123456789abcdef0123456789abcdef",
            "auth.cookie_secret",
        ),
        plant(
            "cookie secret short",
            COOKIE_SECRET,
            &COOKIE_SECRET[..20],
            "auth.cookie_secret",
        ),
        plant(
            "misspelt key",
            "client_kwargs",
            "client_kwarg",
            "auth.lab.client_kwarg",
        ),
        plant(
            "placeholder",
            "the app: 1",
            "your-client-id",
            "auth.lab.client_id",
        ),
        plant(
            "callback misspelt",
            "/oauth2callback",
            "/oauth2/callback",
            "auth.redirect_uri",
        ),
        plant(
            "public client that is none",
            &format!("client_secret = {}\n", json!(CLIENT_SECRET)),
            "",
            "auth.lab.client_secret",
        ),
    ]
}
