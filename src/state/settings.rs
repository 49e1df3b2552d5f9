//! Settings derived from the configuration: keys, cookie names, paths.

use secrecy::SecretString;

use super::{Envelope, Hooks};
use crate::{
    config::Config,
    cookie::{CookieAttributes, SigningKey},
};

/// The configuration and the values derived from it. Shared by all requests.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) keys: Vec<SigningKey>,
    pub(crate) attributes: CookieAttributes,
    /// Name of the identity cookie in the browser.
    pub(crate) identity_name: String,
    /// Name of the tokens cookie in the browser.
    pub(crate) tokens_name: String,
    /// Name of the renewal cookie in the browser.
    pub(crate) renewal_name: String,
    /// One for each configured provider, in their order.
    pub(crate) envelopes: Vec<Envelope>,
    pub(crate) hooks: Hooks,
}

impl Settings {
    pub(crate) fn new(config: Config, hooks: Hooks) -> Self {
        let redirect_uri = &config.redirect_uri;
        let attributes = CookieAttributes::new(redirect_uri.base_path(), redirect_uri.is_secure());
        Self {
            keys: config.cookie_secrets.iter().map(signing_key).collect(),
            identity_name: attributes.name(IDENTITY_COOKIE),
            tokens_name: attributes.name(TOKENS_COOKIE),
            renewal_name: attributes.name(RENEWAL_COOKIE),
            attributes,
            envelopes: Envelope::all(&config),
            hooks,
            config,
        }
    }

    /// Returns the index of a provider in the configuration.
    pub(crate) fn client(&self, provider: &str) -> Option<usize> {
        let mut providers = self.config.providers.iter();
        providers.position(|configured| configured.name == provider)
    }

    /// Returns the current time, in seconds since the Unix epoch.
    pub(crate) fn now(&self) -> u64 {
        self.hooks.clock.now()
    }

    /// Returns the home page of the app, such as `/` or `/app/`.
    pub(crate) fn home(&self) -> String {
        self.path("/")
    }

    /// Prepends the base path to `path`.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config.redirect_uri.base_path())
    }

    /// Returns the paths below the base path that a request for `path` can refer to. The first is
    /// `path` without the base path, if no proxy has stripped it. The second is `path` unchanged,
    /// in case a proxy has.
    ///
    /// A path is an endpoint if one of the two is. So endpoints respond in both forms even if the
    /// base path is also the start of an endpoint, such as `/auth`. A path that is an endpoint in
    /// either form is reserved and never reaches the app.
    pub(crate) fn below_base<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> + use<'p> {
        let base_path = self.config.redirect_uri.base_path();
        let rest = match base_path {
            "" => None,
            _ => path.strip_prefix(base_path),
        };
        let rest = rest.filter(|rest| rest.starts_with('/'));
        rest.into_iter().chain([path])
    }
}

/// Creates the key for a configured secret. A published secret is first mixed with a random key of
/// this machine. Without the feature `dev`, the configuration rejects a published secret.
fn signing_key(secret: &SecretString) -> SigningKey {
    #[cfg(feature = "dev")]
    if crate::config::is_published(secrecy::ExposeSecret::expose_secret(secret)) {
        return SigningKey::new(&crate::dev::machine_secret(secret));
    }
    SigningKey::new(secret)
}

/// Source: Streamlit 1.67, `starlette_auth_routes`.
pub(crate) const IDENTITY_COOKIE: &str = "_streamlit_user";

/// Source: Streamlit 1.67, `starlette_auth_routes`.
pub(crate) const TOKENS_COOKIE: &str = "_streamlit_user_tokens";

/// Set only by this crate. Streamlit does not read it.
const RENEWAL_COOKIE: &str = "_streamlit_user_renewal";
