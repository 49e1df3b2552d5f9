//! What all clones of a layer share: a configuration made ready, its providers, and the development provider where there is one.

use std::sync::Arc;

#[cfg(feature = "dev")]
use axum::extract::Request;
#[cfg(feature = "dev")]
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    config::Config,
    provider::{Http, Providers},
    site::{Site, Visit},
};
#[cfg(feature = "dev")]
use crate::{dev, local};

/// What all clones of a layer share. Nothing in it grows with its visitors.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) site: Arc<Site>,
    pub(crate) providers: Arc<Providers>,
    #[cfg(feature = "dev")]
    pub(crate) development: Option<Arc<crate::dev::DevProvider>>,
}

impl Shared {
    #[cfg(not(feature = "dev"))]
    pub(crate) fn new(config: Config) -> Self {
        let providers = Arc::new(Providers::new(&config.providers, Http::default()));
        Self {
            site: Arc::new(Site::new(config)),
            providers,
        }
    }

    #[cfg(feature = "dev")]
    pub(crate) fn new(config: Config) -> Self {
        let issuer = config.redirect_uri.development_issuer();
        let configured = |url| config.redirect_uri.is_development(url);
        let development = config
            .providers
            .iter()
            .any(|provider| configured(&provider.server_metadata_url))
            .then(|| Arc::new(dev::DevProvider::new(&issuer)));
        let providers = Arc::new(Providers::new(
            &config.providers,
            Http::with_development(development.clone()),
        ));
        Self {
            site: Arc::new(Site::new(config)),
            providers,
            development,
        }
    }

    /// The same app under another configuration: what the app itself set stays, and so does what is known of the providers.
    pub(crate) fn reconfigured(&self, mut config: Config) -> Self {
        config.clock = self.site.config.clock.clone();
        let fresh = Self::new(config);
        let mut site = Site::clone(&fresh.site);
        site.on_sign_in.clone_from(&self.site.on_sign_in);
        let mut next = Self {
            site: Arc::new(site),
            ..fresh
        };
        if next.is_reached_like(self) {
            next.providers = Arc::new(self.providers.reconfigured(&next.site.config.providers));
            #[cfg(feature = "dev")]
            next.development.clone_from(&self.development);
        }
        next
    }

    /// Whether providers are asked in the same way: a development provider belongs to its address.
    #[cfg(feature = "dev")]
    fn is_reached_like(&self, other: &Self) -> bool {
        let issuer = |shared: &Self| {
            let uri = &shared.site.config.redirect_uri;
            shared
                .development
                .as_ref()
                .map(|_| uri.development_issuer())
        };
        issuer(self) == issuer(other)
    }

    #[cfg(not(feature = "dev"))]
    fn is_reached_like(&self, _: &Self) -> bool {
        true
    }

    /// Returns true if the identity cookie of `request` may be used.
    ///
    /// The development provider asks for no password, so the request must be local. A test
    /// that hands a request to the router gives it no authority; its identity is accepted if a
    /// [`dev::TestUser`] made it.
    #[cfg(feature = "dev")]
    pub(crate) fn trusts<B>(&self, visit: &Visit, request: &axum::http::Request<B>) -> bool {
        let is_from_test =
            || local::authority(request).is_none() && dev::is_test_user(request.headers());
        self.development.is_none() || visit.local || is_from_test()
    }

    #[cfg(not(feature = "dev"))]
    pub(crate) fn trusts<B>(&self, _: &Visit, _: &axum::http::Request<B>) -> bool {
        true
    }

    #[cfg(feature = "dev")]
    pub(crate) async fn answer_development(&self, request: Request) -> Response {
        let Some(development) = &self.development else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let local =
            local::check(&request).and_then(|()| local::check_connection(request.headers()));
        if let Err(reason) = local {
            tracing::warn!(target: crate::LOG, %reason, "development provider refused a request");
            return dev::refused(reason);
        }
        let (parts, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(body, dev::LARGEST_BODY).await else {
            return (StatusCode::PAYLOAD_TOO_LARGE, "The request is too large.\n").into_response();
        };
        let path = self
            .site
            .below_base(parts.uri.path())
            .find_map(|path| path.strip_prefix("/auth/dev"))
            .unwrap_or_default();
        development.answer(&parts, path, &body, self.site.config.now())
    }
}
