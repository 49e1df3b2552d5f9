//! The handle by which a layer and its services access the state.

use std::sync::Arc;

use axum::http::Request;

#[cfg(feature = "dev")]
use super::dev_hosts::DevHosts;
use super::{AuthState, Hooks, reload::Watched};
#[cfg(feature = "dev")]
use crate::config::Config;
use crate::config::{ConfigError, Source};

/// A handle to the state, shared by all clones of a layer. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Handle {
    watched: Arc<Watched>,
    #[cfg(feature = "dev")]
    dev_hosts: Option<Arc<DevHosts>>,
}

impl Handle {
    /// Creates a handle to a configuration that never changes.
    #[cfg(feature = "dev")]
    pub(crate) fn fixed(config: Config) -> Self {
        Self::new(Watched::fixed(AuthState::new(config, Hooks::default())))
    }

    /// Creates a handle to a configuration that follows its files.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the files cannot be used.
    pub(crate) fn watch(source: Source) -> Result<Self, ConfigError> {
        Watched::new(source).map(Self::new)
    }

    /// Creates a handle to the development provider at the loopback address of each request.
    #[cfg(feature = "dev")]
    pub(crate) fn per_host() -> Self {
        let config = super::dev_hosts::configuration("localhost:8501");
        Self {
            dev_hosts: Some(Arc::new(DevHosts::default())),
            ..Self::fixed(config.expect("this address is valid"))
        }
    }

    fn new(watched: Watched) -> Self {
        Self {
            watched: Arc::new(watched),
            #[cfg(feature = "dev")]
            dev_hosts: None,
        }
    }

    /// Returns the current state.
    pub(crate) fn current(&self) -> Arc<AuthState> {
        self.watched.current()
    }

    /// Returns the state for `request`.
    #[cfg(feature = "dev")]
    pub(crate) fn for_request<B>(&self, request: &Request<B>) -> Arc<AuthState> {
        match &self.dev_hosts {
            Some(dev_hosts) => dev_hosts.for_request(request, &self.current()),
            None => self.current(),
        }
    }

    #[cfg(not(feature = "dev"))]
    pub(crate) fn for_request<B>(&self, _: &Request<B>) -> Arc<AuthState> {
        self.current()
    }

    /// Returns an independent handle with other hooks.
    pub(crate) fn with_hooks(mut self, change: impl FnOnce(&mut Hooks)) -> Self {
        let current = self.current();
        let mut hooks = current.settings.hooks.clone();
        change(&mut hooks);
        self.watched = Arc::new(self.watched.with_state(current.with_hooks(hooks)));
        self
    }

    /// Starts to watch the files, and asks the session store, so that an unavailable store is
    /// logged at startup. Only the first call has an effect.
    pub(crate) fn start(&self) {
        self.watched.start();
    }

    /// Reloads the configuration now.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the files cannot be used. The previous configuration stays in effect.
    pub(crate) fn reload(&self) -> Result<(), ConfigError> {
        self.watched.reload()
    }

    /// Returns the host and port that the app listens on, according to the first configuration.
    pub(crate) fn listen_address(&self) -> &str {
        &self.watched.listen_address
    }
}
