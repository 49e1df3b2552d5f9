//! Builds `secrets.toml` for an app that uses the test provider.

use std::fmt::Write;

use super::{Auth, Provider};

/// The default origin of the app.
pub const ORIGIN: &str = "http://localhost:8501";
/// The origin of an app behind https.
pub const HTTPS_ORIGIN: &str = "https://app.example";
/// A random secret of 40 characters.
pub const COOKIE_SECRET: &str = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ";

/// A builder for `secrets.toml`.
#[derive(Clone, Debug)]
pub struct Secrets {
    redirect_uri: String,
    cookie_secret: String,
    auth: String,
    providers: String,
}

/// The app at [`ORIGIN`] with one default provider.
pub fn secrets(provider: &Provider) -> Secrets {
    secrets_at(provider, ORIGIN)
}

/// The app at `base` with one default provider. `base` is an origin and an optional base path, such
/// as `https://app.example/app`.
pub fn secrets_at(provider: &Provider, base: &str) -> Secrets {
    let mut secrets = Secrets::new(base);
    secrets.auth = secrets.keys(provider);
    secrets
}

/// The app at [`ORIGIN`] with the providers `one` and `two`, and no default provider.
pub fn two_providers(one: &Provider, two: &Provider) -> Secrets {
    let secrets = Secrets::new(ORIGIN);
    secrets.provider("one", one).provider("two", two)
}

impl Secrets {
    /// The app at `base` without a provider.
    pub fn new(base: &str) -> Self {
        Self {
            redirect_uri: format!("{base}/oauth2callback"),
            cookie_secret: COOKIE_SECRET.to_owned(),
            auth: String::new(),
            providers: String::new(),
        }
    }

    /// Adds a provider, `[auth.<name>]`.
    pub fn provider(mut self, name: &str, provider: &Provider) -> Self {
        let keys = self.keys(provider);
        let _ = write!(self.providers, "\n[auth.{name}]\n{keys}");
        self
    }

    /// Adds a line to `[auth]`, such as `expose_tokens = ["access"]`.
    pub fn auth(mut self, line: &str) -> Self {
        let _ = writeln!(self.auth, "{line}");
        self
    }

    /// Adds a line at the end, which is in the table of the last named provider, if any.
    pub fn line(mut self, line: &str) -> Self {
        let _ = writeln!(self.providers, "{line}");
        self
    }

    pub fn cookie_secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.cookie_secret);
        self
    }

    /// Replaces `redirect_uri`. Providers added before still expect the earlier one, unless their
    /// `redirect_uris` are cleared.
    pub fn redirect_uri(mut self, uri: &str) -> Self {
        uri.clone_into(&mut self.redirect_uri);
        self
    }

    pub fn toml(&self) -> String {
        let Self {
            redirect_uri,
            cookie_secret,
            auth,
            providers,
        } = self;
        format!(
            "[auth]\nredirect_uri = {redirect_uri:?}\ncookie_secret = {cookie_secret:?}\n{auth}{providers}"
        )
    }

    /// The keys of the provider, with a secret if the client has one. Registers the redirect URI.
    fn keys(&self, provider: &Provider) -> String {
        let redirect_uri = self.redirect_uri.clone();
        provider.client(|client| client.redirect_uris.push(redirect_uri));
        let client = provider.registered();
        let mut keys = format!("client_id = {:?}\n", client.id);
        if matches!(client.auth, Auth::Basic | Auth::Post | Auth::Either) {
            let _ = writeln!(keys, "client_secret = {:?}", client.secret);
        }
        let _ = writeln!(keys, "server_metadata_url = {:?}", provider.metadata_url());
        keys
    }
}
