//! The client for one provider: discovery document, signing keys, token and UserInfo endpoint.
//!
//! Documents are fetched lazily, and concurrent callers share one request.

use std::sync::Arc;

use oauth2::{
    HttpRequest,
    http::{
        HeaderValue, StatusCode,
        header::{ACCEPT, AUTHORIZATION},
    },
};
use url::Url;

pub(crate) use self::{
    access_token::AccessTokenError,
    account::AccountError,
    algorithm::Algorithm,
    authentication::{AUTHENTICATION_CLAIMS, AuthenticationError, AuthenticationRequirements},
    bearer::{BearerError, VerifiedToken},
    client_proof::ClientProof,
    connection::ConnectionError,
    description::{Description, breaks_line},
    end_session::{EndSession, stores_id_token},
    error::{FetchError, FetchErrorKind, ProviderError, TokenResponseError, UserInfoError},
    http::{Http, HttpError},
    id_token::{Claims, IdTokenError, IdTokenExpectations},
    issuer::{Issuer, is_issuer_at, is_microsoft},
    jws::JwsError,
    logout_token::{EndedSessions, LogoutError, LogoutToken},
    metadata::{MetadataError, ProviderMetadata},
    time::LEEWAY,
    token::{Grant, TokenResponse, sanitize_error_code},
    token_error::TokenErrorKind,
    uncached::{Discovery, PageResponse, ProbeError},
};
use self::{cache::Cache, jwk::UnusableKey, jwks::JwkSet};
use crate::config::{DEFAULT, ProviderConfig};

mod access_token;
mod account;
mod algorithm;
mod authentication;
mod bearer;
mod cache;
mod client_assertion;
mod client_proof;
mod clients;
mod connection;
mod description;
mod documents;
mod end_session;
mod entra;
mod error;
mod graph;
mod http;
mod id_token;
mod issuer;
mod json;
mod jwk;
mod jwks;
mod jws;
#[cfg(test)]
mod known;
#[cfg(test)]
mod known_access_tokens;
mod logout_token;
mod metadata;
mod proxy;
mod refetch_limit;
mod time;
mod token;
mod token_error;
mod token_response;
mod uncached;
mod userinfo;

/// A configured provider with its cached documents. Clones share the cache.
#[derive(Clone)]
pub(crate) struct ProviderClient {
    pub(crate) config: Arc<ProviderConfig>,
    http: Arc<Http>,
    metadata: Arc<Cache<ProviderMetadata>>,
    keys: Arc<Cache<JwkSet>>,
}

/// The providers of a configuration.
#[derive(Clone)]
pub(crate) struct ProviderRegistry {
    all: Vec<ProviderClient>,
    http: Arc<Http>,
}

impl ProviderRegistry {
    pub(crate) fn new(configs: &[Arc<ProviderConfig>], http: Http) -> Self {
        let http = Arc::new(http);
        let all = configs
            .iter()
            .map(|config| ProviderClient::new(Arc::clone(config), Arc::clone(&http)));
        Self {
            all: all.collect(),
            http,
        }
    }

    /// Returns the providers of a new configuration.
    ///
    /// A provider with unchanged settings keeps its cached documents.
    pub(crate) fn reconfigured(&self, configs: &[Arc<ProviderConfig>]) -> Self {
        let all = configs.iter().map(|config| {
            let mut provider = ProviderClient::new(Arc::clone(config), Arc::clone(&self.http));
            if let Some(unchanged) = self.iter().find(|old| old.config.is_same(config)) {
                provider.metadata = Arc::clone(&unchanged.metadata);
                provider.keys = Arc::clone(&unchanged.keys);
            }
            provider
        });
        Self {
            all: all.collect(),
            http: Arc::clone(&self.http),
        }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&ProviderClient> {
        self.iter().find(|provider| provider.config.name == name)
    }

    /// Returns the provider for `st.login()` without a name: the one in `[auth]` itself, or the
    /// only one.
    pub(crate) fn default(&self) -> Option<&ProviderClient> {
        self.find(DEFAULT)
            .or_else(|| self.iter().next().filter(|_| self.all.len() == 1))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ProviderClient> {
        self.all.iter()
    }
}

impl ProviderClient {
    fn new(config: Arc<ProviderConfig>, http: Arc<Http>) -> Self {
        Self {
            config,
            http,
            metadata: Arc::default(),
            keys: Arc::default(),
        }
    }
}

/// Builds a GET request for a JSON document.
fn get(url: &Url) -> HttpRequest {
    let mut request = HttpRequest::new(Vec::new());
    *request.uri_mut() = url
        .as_str()
        .parse()
        .expect("`fetchable` checked that the URL is a valid URI");
    request
        .headers_mut()
        .insert(ACCEPT, HeaderValue::from_static("application/json"));
    request
}

/// Builds a GET request for a JSON document that only the user of `access_token` may see.
fn get_with_token(url: &Url, access_token: &str) -> Result<HttpRequest, TokenResponseError> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {access_token}"))
        .map_err(|_| TokenResponseError::NotText)?;
    bearer.set_sensitive(true);
    let mut request = get(url);
    request.headers_mut().insert(AUTHORIZATION, bearer);
    Ok(request)
}

/// Returns a function that turns a failed request to `url` into a [`FetchError`].
fn fetch_error(url: &Url) -> impl Fn(HttpError) -> ProviderError + '_ {
    |error| FetchError::http(without_query(url), &error).into()
}

/// Returns true if the status means that the resource no longer exists (RFC 9110, sections 15.5.5
/// and 15.5.11).
fn is_gone(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
}

/// Returns `url` without its query, which may hold a secret.
pub(crate) fn without_query(url: &Url) -> &str {
    &url[..url::Position::AfterPath]
}

#[cfg(fuzzing)]
pub(crate) use self::logout_token::fuzz_logout_token;

#[cfg(fuzzing)]
pub(crate) fn fuzz_metadata(config: &ProviderConfig, body: &[u8]) {
    let _ = ProviderMetadata::parse(config, body);
}

#[cfg(fuzzing)]
pub(crate) fn fuzz_keys(body: &[u8]) {
    let _ = JwkSet::parse(body);
}

#[cfg(fuzzing)]
pub(crate) fn fuzz_id_token<'a>(
    keys: &[u8],
    token: &str,
    expected: impl Fn(&'a Issuer) -> IdTokenExpectations<'a>,
) {
    static ISSUER: std::sync::LazyLock<Issuer> =
        std::sync::LazyLock::new(|| Issuer::Fixed("https://issuer.example".to_owned()));
    if let Some(keys) = JwkSet::parse(keys) {
        let _ = id_token::verify(token, &keys, &expected(&ISSUER));
    }
}
