//! One provider on the network: discovery, keys and tokens, each fetched when needed and by one request for a crowd.

use std::{sync::Arc, time::Duration};

use oauth2::{
    HttpRequest,
    http::{
        HeaderValue, StatusCode,
        header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
    },
};
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use self::{
    cache::{Cache, KeyCache},
    keys::Keys,
};
pub(crate) use self::{
    error::{AnswerError, Outage, OutageKind, ProviderError, UserInfoError},
    http::{Http, HttpError},
    id_token::{Claims, Expected, IdTokenError, LEEWAY},
    keys::Algorithm,
    metadata::{Issuer, Metadata, MetadataError, is_issuer_at, is_microsoft},
    probe::{Discovery, Look},
    token::{TokenAnswer, plain_code},
};
use crate::config::{DEFAULT, ProviderConfig};

mod cache;
mod error;
mod http;
mod id_token;
mod keys;
#[cfg(test)]
mod known;
mod metadata;
mod probe;
mod token;

/// A configured provider with what is known of it so far.
pub(crate) struct Provider {
    pub(crate) config: Arc<ProviderConfig>,
    http: Arc<Http>,
    metadata: Arc<Mutex<Cache<Metadata>>>,
    keys: Arc<Mutex<KeyCache>>,
    /// When discovery failed, unless it has worked since. Apart from the cache, which is locked while somebody waits for the provider.
    failed: Arc<std::sync::Mutex<Option<Instant>>>,
}

/// All providers of a configuration.
pub(crate) struct Providers {
    all: Vec<Provider>,
    http: Arc<Http>,
}

impl Providers {
    pub(crate) fn new(configs: &[Arc<ProviderConfig>], http: Http) -> Self {
        let http = Arc::new(http);
        let all = configs
            .iter()
            .map(|config| Provider::new(Arc::clone(config), Arc::clone(&http)));
        Self {
            all: all.collect(),
            http,
        }
    }

    /// The providers of a new configuration; of one that is configured as before, everything known stays known.
    pub(crate) fn reconfigured(&self, configs: &[Arc<ProviderConfig>]) -> Self {
        let all = configs.iter().map(|config| {
            let mut provider = Provider::new(Arc::clone(config), Arc::clone(&self.http));
            if let Some(known) = self.iter().find(|known| known.config.is_same(config)) {
                provider.metadata = Arc::clone(&known.metadata);
                provider.keys = Arc::clone(&known.keys);
                provider.failed = Arc::clone(&known.failed);
            }
            provider
        });
        Self {
            all: all.collect(),
            http: Arc::clone(&self.http),
        }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Provider> {
        self.iter().find(|provider| provider.config.name == name)
    }

    /// The one that `st.login()` without a name means: that of `[auth]` itself, or the only one.
    pub(crate) fn default(&self) -> Option<&Provider> {
        self.find(DEFAULT)
            .or_else(|| self.iter().next().filter(|_| self.all.len() == 1))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.all.iter()
    }
}

impl Provider {
    fn new(config: Arc<ProviderConfig>, http: Arc<Http>) -> Self {
        Self {
            config,
            http,
            metadata: Arc::default(),
            keys: Arc::default(),
            failed: Arc::default(),
        }
    }

    /// The discovery document, fetched at most once for a crowd.
    ///
    /// A document is used for an hour, and for a day while the provider cannot be asked; a failure counts for a second.
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        let mut cache = self.metadata.lock().await;
        if let Some(known) = cache.usable() {
            return Ok(known?);
        }
        let fetched = self.fetch_metadata().await;
        if let Err(reason) = &fetched {
            tracing::warn!(target: crate::LOG, provider = self.config.name, %reason, "discovery failed");
        }
        if let Ok(mut failed) = self.failed.lock() {
            *failed = fetched.is_err().then(Instant::now);
        }
        Ok(cache.store(fetched)?)
    }

    /// Whether discovery failed lately, as far as is known without asking.
    pub(crate) fn is_unreachable(&self) -> bool {
        let failed = self.failed.lock().ok().and_then(|failed| *failed);
        failed.is_some_and(|failed| failed.elapsed() < REMEMBERED)
    }

    /// Checks an ID token, with newer keys if the known ones do not fit.
    pub(crate) async fn verify(
        &self,
        metadata: &Metadata,
        token: &str,
        expected: &Expected<'_>,
    ) -> Result<Claims, ProviderError> {
        let keys = self.keys(metadata, Want::Any).await?;
        match id_token::verify(token, &keys, expected) {
            Err(IdTokenError::UnknownKey) => {
                let keys = self.keys(metadata, Want::NewerThan(keys)).await?;
                Ok(id_token::verify(token, &keys, expected)?)
            }
            result => Ok(result?),
        }
    }

    /// The claims of the UserInfo endpoint, which must be about `sub`.
    ///
    /// Source: OpenID Connect Core 1.0, section 5.3.
    pub(crate) async fn userinfo(
        &self,
        metadata: &Metadata,
        access_token: &str,
        sub: &str,
    ) -> Result<Claims, ProviderError> {
        let endpoint = metadata.userinfo_endpoint.as_ref();
        let endpoint = endpoint.ok_or(UserInfoError::NoEndpoint)?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {access_token}"))
            .map_err(|_| AnswerError::NotText)?;
        bearer.set_sensitive(true);
        let mut request = get(endpoint);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        let response = self.http.send(request).await.map_err(down(endpoint))?;
        if response.status() != StatusCode::OK {
            return Err(UserInfoError::Status.into());
        }
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if content_type.starts_with("application/jwt") {
            return Err(UserInfoError::Signed.into());
        }
        let claims: Claims =
            serde_json::from_slice(response.body()).map_err(|_| UserInfoError::NotJson)?;
        match claims.get("sub") {
            Some(found) if found == sub => Ok(claims),
            _ => Err(UserInfoError::Subject.into()),
        }
    }

    /// The keys; with [`Want::NewerThan`] another set than the given one, if the provider may be asked again.
    async fn keys(&self, metadata: &Metadata, want: Want) -> Result<Arc<Keys>, ProviderError> {
        let mut cache = self.keys.lock().await;
        let is_refetch = match (&want, cache.keys.usable()) {
            (Want::Any, Some(known)) => return Ok(known?),
            (Want::NewerThan(old), Some(known)) => {
                let known = known?;
                if !Arc::ptr_eq(old, &known) || !cache.may_refetch() {
                    return Ok(known);
                }
                true
            }
            (_, None) => false,
        };
        let endpoint = &metadata.jwks_uri;
        let fetched = match self.fetch(endpoint).await {
            Ok(body) => Keys::parse(&body).ok_or_else(|| {
                Outage::new(
                    OutageKind::Keys,
                    format!("{} is no key set", bare(endpoint)),
                )
            }),
            Err(reason) => Err(reason),
        };
        match &fetched {
            Ok(keys) => {
                tracing::debug!(target: crate::LOG, provider = self.config.name, keys = keys.len(), "keys fetched")
            }
            Err(reason) => {
                tracing::warn!(target: crate::LOG, provider = self.config.name, %reason, "keys not fetched")
            }
        }
        Ok(cache.store(fetched, is_refetch)?)
    }

    async fn fetch_metadata(&self) -> Result<Metadata, Outage> {
        let body = self.fetch(&self.config.server_metadata_url).await?;
        Metadata::parse(&self.config, &body).map_err(|error| {
            let host = self.config.server_metadata_url.host_str();
            let outage = Outage::from(error);
            let text = format!("{}: {}", host.unwrap_or_default(), outage.text);
            Outage { text, ..outage }
        })
    }

    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, Outage> {
        let response = self.http.send(get(url)).await;
        let response = response.map_err(|error| Outage::http(bare(url), &error))?;
        match response.status() {
            StatusCode::OK => Ok(response.into_body()),
            status if status.is_redirection() => Err(Outage::new(
                OutageKind::Redirects,
                format!("{} redirects, which is not followed", bare(url)),
            )),
            status => Err(Outage::new(
                OutageKind::Status,
                format!("{} answered {status}", bare(url)),
            )),
        }
    }
}

/// How long a failed discovery marks a provider on the page to choose from.
const REMEMBERED: Duration = Duration::from_secs(5 * 60);

enum Want {
    Any,
    NewerThan(Arc<Keys>),
}

fn get(url: &Url) -> HttpRequest {
    let mut request = HttpRequest::new(Vec::new());
    *request.uri_mut() = url.as_str().parse().expect("`fetchable` has tried it");
    request
        .headers_mut()
        .insert(ACCEPT, HeaderValue::from_static("application/json"));
    request
}

fn down(url: &Url) -> impl Fn(HttpError) -> ProviderError + '_ {
    |error| Outage::http(bare(url), &error).into()
}

/// A URL for the log: without a query.
pub(crate) fn bare(url: &Url) -> &str {
    &url[..url::Position::AfterPath]
}

#[cfg(fuzzing)]
pub(crate) fn fuzz_metadata(config: &ProviderConfig, body: &[u8]) {
    let _ = Metadata::parse(config, body);
}

#[cfg(fuzzing)]
pub(crate) fn fuzz_keys(body: &[u8]) {
    let _ = Keys::parse(body);
}

#[cfg(fuzzing)]
pub(crate) fn fuzz_id_token<'a>(
    keys: &[u8],
    token: &str,
    expected: impl Fn(&'a metadata::Issuer) -> Expected<'a>,
) {
    static ISSUER: std::sync::LazyLock<metadata::Issuer> =
        std::sync::LazyLock::new(|| metadata::Issuer::Fixed("https://issuer.example".to_owned()));
    if let Some(keys) = Keys::parse(keys) {
        let _ = id_token::verify(token, &keys, &expected(&ISSUER));
    }
}
