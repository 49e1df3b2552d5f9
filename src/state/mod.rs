//! State shared by all requests: settings, providers and the development provider.

#[cfg(feature = "dev")]
use std::sync::Arc;

use axum::http::Request;

#[cfg(feature = "streamlit-cookies")]
pub(crate) use self::settings::{IDENTITY_COOKIE, TOKENS_COOKIE};
pub use self::sign_in::SignIn;
#[cfg(feature = "dev")]
pub(crate) use self::test_token::test_token_cookie;
pub(crate) use self::{
    envelope::{CLIENT, Envelope, RULE_INPUTS, SESSION},
    handle::Handle,
    hooks::Hooks,
    settings::Settings,
    sign_in_hook::{HOOK_TIMEOUT, HookError, SignInHook},
    token_cache::{TokenCache, TokenHash},
};
use crate::{
    config::Config,
    provider::{Http, ProviderRegistry},
    sessions::SessionRegistry,
};
#[cfg(feature = "dev")]
use crate::{dev, local};

#[cfg(feature = "dev")]
mod dev_hosts;
mod envelope;
mod handle;
mod hooks;
mod reload;
mod settings;
mod sign_in;
mod sign_in_hook;
#[cfg(feature = "dev")]
mod test_token;
mod token_cache;

/// State shared by all clones of a layer. Its size does not depend on the number of users,
/// except for a limited number of bearer tokens.
pub(crate) struct AuthState {
    pub(crate) settings: Settings,
    pub(crate) providers: ProviderRegistry,
    /// `None` without `session_store`.
    pub(crate) sessions: Option<SessionRegistry>,
    pub(crate) bearer_tokens: TokenCache,
    #[cfg(feature = "dev")]
    pub(crate) dev: Option<Arc<dev::DevProvider>>,
}

impl AuthState {
    #[cfg(not(feature = "dev"))]
    pub(crate) fn new(config: Config, hooks: Hooks) -> Self {
        Self {
            providers: ProviderRegistry::new(&config.providers, Http::default()),
            bearer_tokens: TokenCache::default(),
            sessions: None,
            settings: Settings::new(config, hooks),
        }
        .with_new_sessions()
    }

    #[cfg(feature = "dev")]
    pub(crate) fn new(config: Config, hooks: Hooks) -> Self {
        let issuer = config.redirect_uri.development_issuer();
        let is_development = |url| config.redirect_uri.is_development(url);
        let mut urls = config
            .providers
            .iter()
            .map(|provider| &provider.server_metadata_url);
        let dev = urls
            .any(is_development)
            .then(|| Arc::new(dev::DevProvider::new(&issuer, hooks.fault.clone())));
        Self {
            providers: ProviderRegistry::new(
                &config.providers,
                Http::with_dev_provider(dev.clone()),
            ),
            bearer_tokens: TokenCache::default(),
            sessions: None,
            settings: Settings::new(config, hooks),
            dev,
        }
        .with_new_sessions()
    }

    fn with_new_sessions(mut self) -> Self {
        let Settings {
            config,
            keys,
            hooks,
            ..
        } = &self.settings;
        let sessions = config.sessions.clone();
        self.sessions =
            sessions.map(|sessions| SessionRegistry::new(sessions, hooks.clock.clone(), keys));
        self
    }

    /// Returns the state for another configuration. It keeps the hooks, the session store if its
    /// configuration is unchanged, and the cached documents of providers with an unchanged
    /// configuration.
    pub(crate) fn with_config(&self, config: Config) -> Self {
        let mut next = Self::new(config, self.settings.hooks.clone());
        if next.same_dev_provider(self) {
            next.providers = self.providers.reconfigured(&next.settings.config.providers);
            #[cfg(feature = "dev")]
            next.dev.clone_from(&self.dev);
        }
        let kept = self
            .sessions
            .as_ref()
            .zip(next.settings.config.sessions.as_ref());
        if let Some((kept, _)) = kept.filter(|(kept, config)| kept.has_config(config)) {
            next.sessions = Some(kept.with_keys(&next.settings.keys));
        }
        next
    }

    /// Returns the state with other hooks.
    pub(crate) fn with_hooks(&self, hooks: Hooks) -> Self {
        let sessions = self.sessions.as_ref();
        Self {
            sessions: sessions.map(|sessions| sessions.with_clock(hooks.clock.clone())),
            settings: Settings {
                hooks,
                ..self.settings.clone()
            },
            providers: self.providers.clone(),
            bearer_tokens: TokenCache::default(),
            #[cfg(feature = "dev")]
            dev: self.dev.clone(),
        }
    }

    /// Returns true if both states reach the development provider at the same URL, or have none.
    #[cfg(feature = "dev")]
    fn same_dev_provider(&self, other: &Self) -> bool {
        let issuer = |state: &Self| {
            let redirect_uri = &state.settings.config.redirect_uri;
            state
                .dev
                .as_ref()
                .map(|_| redirect_uri.development_issuer())
        };
        issuer(self) == issuer(other)
    }

    #[cfg(not(feature = "dev"))]
    fn same_dev_provider(&self, _: &Self) -> bool {
        true
    }

    /// Returns true if the identity cookie of `request` may be used.
    ///
    /// The development provider does not ask for a password, so the request must be local. A
    /// request that a test passes directly to the router has no authority. Its identity is accepted
    /// if a `TestUser` created it.
    #[cfg(feature = "dev")]
    pub(crate) fn accepts_identity_from<B>(&self, request: &Request<B>, local: bool) -> bool {
        let is_from_test =
            || local::authority(request).is_none() && test_token::is_test_user(request.headers());
        self.dev.is_none() || local || is_from_test()
    }

    #[cfg(not(feature = "dev"))]
    pub(crate) fn accepts_identity_from<B>(&self, _: &Request<B>, _: bool) -> bool {
        true
    }
}
