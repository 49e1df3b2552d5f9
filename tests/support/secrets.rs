//! `secrets.toml` for an app in front of the test provider.

use std::fmt::Write;

use super::Provider;

/// Where the app stands, unless a test says otherwise.
pub const ORIGIN: &str = "http://localhost:8501";
/// An app behind https.
pub const HTTPS_ORIGIN: &str = "https://app.example";
/// 40 characters that were drawn for these tests.
pub const COOKIE_SECRET: &str = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ";

/// The text of a `secrets.toml`, put together.
#[derive(Clone, Debug)]
pub struct Secrets {
    redirect_uri: String,
    cookie_secret: String,
    auth: String,
    providers: String,
}

/// One default provider, the app at [`ORIGIN`].
pub fn secrets(provider: &Provider) -> Secrets {
    secrets_at(provider, ORIGIN)
}

/// One default provider, the app at `base`: an origin, with a base path or without, such as `https://app.example/app`.
pub fn secrets_at(provider: &Provider, base: &str) -> Secrets {
    let mut secrets = Secrets::new(base);
    secrets.auth = secrets.keys(provider);
    secrets
}

/// The providers `one` and `two`, no default one, the app at [`ORIGIN`].
pub fn two_providers(one: &Provider, two: &Provider) -> Secrets {
    let secrets = Secrets::new(ORIGIN);
    secrets.provider("one", one).provider("two", two)
}

impl Secrets {
    /// No provider yet; the app at `base`.
    pub fn new(base: &str) -> Self {
        Self {
            redirect_uri: format!("{base}/oauth2callback"),
            cookie_secret: COOKIE_SECRET.to_owned(),
            auth: String::new(),
            providers: String::new(),
        }
    }

    /// One more provider, `[auth.<name>]`.
    pub fn provider(mut self, name: &str, provider: &Provider) -> Self {
        let keys = self.keys(provider);
        let _ = write!(self.providers, "\n[auth.{name}]\n{keys}");
        self
    }

    /// One more line of `[auth]`, such as `expose_tokens = ["access"]`.
    pub fn auth(mut self, line: &str) -> Self {
        let _ = writeln!(self.auth, "{line}");
        self
    }

    /// One more line at the end: of the last provider, if there are named ones.
    pub fn line(mut self, line: &str) -> Self {
        let _ = writeln!(self.providers, "{line}");
        self
    }

    pub fn cookie_secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.cookie_secret);
        self
    }

    /// Providers added before know only the one that it replaces: `provider.client(|c| c.redirect_uris.clear())`.
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

    /// The provider's three lines; a public client has no secret. The provider registers our redirect URI.
    fn keys(&self, provider: &Provider) -> String {
        let redirect_uri = self.redirect_uri.clone();
        provider.client(|client| client.redirect_uris.push(redirect_uri));
        let client = provider.registered();
        let mut keys = format!("client_id = {:?}\n", client.id);
        if client.auth != super::Auth::None {
            let _ = writeln!(keys, "client_secret = {:?}", client.secret);
        }
        let _ = writeln!(keys, "server_metadata_url = {:?}", provider.metadata_url());
        keys
    }
}
