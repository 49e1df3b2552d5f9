//! `AuthLayer::dev()`: login without a configuration, at any loopback address that the app listens
//! on.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::Request;

use super::{AuthState, test_token::is_test_user};
use crate::{
    config::{Config, DEVELOPMENT_SECRET},
    local,
};

/// One [`AuthState`] for each address at which this computer was reached, because `redirect_uri`
/// contains the address.
///
/// Only this type reads the authority of a request. The authority must be a loopback address, so
/// that a forged one cannot redirect to another host.
#[derive(Default)]
pub(super) struct DevHosts {
    known: Mutex<Vec<(String, Arc<AuthState>)>>,
}

impl DevHosts {
    /// Returns the state for `request`: `base` if the request is not local, or was made by a test.
    pub(super) fn for_request<B>(
        &self,
        request: &Request<B>,
        base: &Arc<AuthState>,
    ) -> Arc<AuthState> {
        let host = local::authority(request)
            .filter(|_| local::check(request).is_ok() && !is_test_user(request.headers()));
        let Some(host) = host else {
            return Arc::clone(base);
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, state)) = known.iter().find(|(name, _)| name == host) {
            return Arc::clone(state);
        }
        let Some(state) = configuration(host)
            .map(|config| Arc::new(AuthState::new(config, base.settings.hooks.clone())))
        else {
            return Arc::clone(base);
        };
        if known.len() >= MAX_HOSTS {
            known.remove(0);
        }
        known.push((host.to_owned(), Arc::clone(&state)));
        state
    }
}

/// Returns the configuration of an app at `http://<host>`. `None` if `host` is not a valid address.
pub(super) fn configuration(host: &str) -> Option<Config> {
    let origin = format!("http://{}", host.to_ascii_lowercase());
    let origin = origin.strip_suffix(":80").unwrap_or(&origin);
    let value = serde_json::json!({ "auth": {
        "redirect_uri": format!("{origin}/oauth2callback"),
        "cookie_secret": DEVELOPMENT_SECRET,
        "client_id": "development",
        "client_secret": "development",
        "server_metadata_url": format!("{origin}/auth/dev/.well-known/openid-configuration"),
    }});
    Config::from_value(&value).ok()
}

/// Addresses with a cached state. Developers use two or three names for an app.
const MAX_HOSTS: usize = 8;
