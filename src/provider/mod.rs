//! One provider on the network: discovery, keys and tokens, each fetched when it is needed, and once for concurrent callers.

use std::sync::Arc;

use oauth2::{
    HttpRequest,
    http::{HeaderValue, StatusCode, header::ACCEPT},
};
use url::Url;

pub(crate) use self::{
    algorithm::Algorithm,
    connection::ConnectionError,
    description::{Description, breaks_line},
    error::{AnswerError, Outage, OutageKind, ProviderError, UserInfoError},
    http::{Http, HttpError},
    id_token::{Claims, Expected, IdTokenError, LEEWAY},
    metadata::{Issuer, Metadata, MetadataError, is_issuer_at, is_microsoft},
    probe::{Discovery, Look, ProbeError},
    token::{TokenAnswer, plain_code},
    token_error::TokenErrorKind,
};
use self::{cache::Cache, jwk::Unusable, keys::Keys};
use crate::config::{DEFAULT, ProviderConfig};

mod algorithm;
mod cache;
mod clients;
mod connection;
mod description;
mod documents;
mod error;
mod http;
mod id_token;
mod json;
mod jwk;
mod keys;
#[cfg(test)]
mod known;
mod limit;
mod metadata;
mod probe;
mod proxy;
mod token;
mod token_error;
mod token_response;
mod userinfo;

/// A configured provider with what is known of it so far. Clones share it.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) config: Arc<ProviderConfig>,
    http: Arc<Http>,
    metadata: Arc<Cache<Metadata>>,
    keys: Arc<Cache<Keys>>,
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
        }
    }
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

/// Returns true if nothing is at the URL any more (RFC 9110, sections 15.5.5 and 15.5.11).
fn is_gone(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
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
