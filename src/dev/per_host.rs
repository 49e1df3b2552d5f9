//! `AuthLayer::dev()`: sign-in without a configuration, at whatever loopback address the app happens to listen.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::Request;

use super::test_user::is_test_user;
use crate::{
    config::{Config, DEVELOPMENT_SECRET},
    local,
    shared::Shared,
    site::Site,
};

/// One [`Shared`] for each address that this computer was asked by, since `redirect_uri` has to name it.
///
/// The one place that reads the authority of a request. It must be loopback, so a wrong one leads
/// nowhere.
pub(crate) struct PerHost {
    known: Mutex<Vec<(String, Arc<Shared>)>>,
}

impl PerHost {
    pub(crate) fn new() -> Self {
        Self {
            known: Mutex::new(Vec::new()),
        }
    }

    /// What answers `request`; `base` where it is not local, or made for a test.
    pub(crate) fn shared<B>(&self, request: &Request<B>, base: &Arc<Shared>) -> Arc<Shared> {
        let host = local::authority(request)
            .filter(|_| local::check(request).is_ok() && !is_test_user(request.headers()));
        let Some(host) = host else {
            return Arc::clone(base);
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, shared)) = known.iter().find(|(name, _)| name == host) {
            return Arc::clone(shared);
        }
        let Some(shared) = configuration(host).map(|config| Arc::new(with(config, base))) else {
            return Arc::clone(base);
        };
        if known.len() >= MOST_HOSTS {
            known.remove(0);
        }
        known.push((host.to_owned(), Arc::clone(&shared)));
        shared
    }
}

/// The configuration of an app at `http://<host>`; `None` if that is no address.
pub(crate) fn configuration(host: &str) -> Option<Config> {
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

/// A person opens an app by two or three names.
const MOST_HOSTS: usize = 8;

/// What was set on the base stays: clock, hook, and the provider's faults.
fn with(mut config: Config, base: &Shared) -> Shared {
    config.clock = base.site.config.clock.clone();
    let mut shared = Shared::new(config);
    let mut site = Site::clone(&shared.site);
    site.on_sign_in.clone_from(&base.site.on_sign_in);
    shared.site = Arc::new(site);
    if let (Some(new), Some(old)) = (&shared.development, &base.development) {
        new.share_faults(old);
    }
    shared
}
