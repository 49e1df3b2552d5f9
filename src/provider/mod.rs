//! One provider on the network: discovery, keys and tokens, each fetched when needed and by one request for a crowd.

use std::{sync::Arc, time::Duration};

use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, ExtraTokenFields, HttpRequest,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
        BasicTokenType,
    },
    http::{
        HeaderValue, StatusCode,
        header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
    },
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use crate::config::{ClientAuth, DEFAULT, ProviderConfig};

pub(crate) use self::{
    http::{Http, HttpError},
    id_token::{Claims, Expected, IdTokenError},
    metadata::Metadata,
};
use self::{keys::Keys, metadata::MetadataError};

mod http;
mod id_token;
mod keys;
mod metadata;

/// A configured provider with what is known of it so far.
pub(crate) struct Provider {
    pub(crate) config: Arc<ProviderConfig>,
    http: Arc<Http>,
    metadata: Mutex<Cache<Metadata>>,
    keys: Mutex<KeyCache>,
}

/// All providers of a configuration.
pub(crate) struct Providers(Vec<Provider>);

/// The answer of a token endpoint, as far as a login needs it. It has no `Debug`.
pub(crate) struct TokenAnswer {
    pub(crate) access_token: String,
    pub(crate) id_token: String,
}

/// Why a provider could not be used.
#[derive(Debug, Error)]
pub(crate) enum ProviderError {
    /// It gave no answer, or one that is not a provider's: trying again later may help.
    #[error("{0}")]
    Down(String),
    /// It does not accept our client id and secret.
    #[error("the provider does not accept the client id and secret ({0})")]
    Client(String),
    /// It does not accept the code.
    #[error("the provider does not accept the code ({0})")]
    Code(String),
    #[error("{0}")]
    Answer(&'static str),
    #[error("the ID token is refused: {0}")]
    IdToken(#[from] IdTokenError),
    #[error("the UserInfo answer is refused: {0}")]
    UserInfo(&'static str),
}

impl Providers {
    pub(crate) fn new(configs: &[Arc<ProviderConfig>], http: Http) -> Self {
        let http = Arc::new(http);
        Self(
            configs
                .iter()
                .map(|config| Provider::new(Arc::clone(config), Arc::clone(&http)))
                .collect(),
        )
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.config.name == name)
    }

    /// The one that `st.login()` without a name means: that of `[auth]` itself, or the only one.
    pub(crate) fn default(&self) -> Option<&Provider> {
        self.find(DEFAULT)
            .or_else(|| self.0.first().filter(|_| self.0.len() == 1))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }
}

impl Provider {
    fn new(config: Arc<ProviderConfig>, http: Arc<Http>) -> Self {
        Self {
            config,
            http,
            metadata: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    /// The discovery document, fetched at most once for a crowd.
    ///
    /// A document is used for an hour, and for a day while the provider cannot be asked; a failure counts for 5 seconds.
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        let mut cache = self.metadata.lock().await;
        if let Some(known) = cache.usable() {
            return known;
        }
        let fetched = self.fetch_metadata().await;
        if let Err(reason) = &fetched {
            tracing::error!(target: crate::LOG, provider = self.config.name, reason, "discovery failed");
        }
        cache.store(fetched)
    }

    /// Trades `code` for tokens.
    pub(crate) async fn exchange(
        &self,
        metadata: &Metadata,
        redirect_uri: &str,
        code: String,
        verifier: String,
    ) -> Result<TokenAnswer, ProviderError> {
        let mut client = Client::new(ClientId::new(self.config.client_id.clone()))
            .set_auth_type(self.auth_type(metadata))
            .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
            .set_redirect_uri(
                RedirectUrl::new(redirect_uri.to_owned()).expect("a `RedirectUri` is a valid URL"),
            );
        if let Some(secret) = &self.config.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
        }
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(self.http.as_ref())
            .await
            .map_err(exchange_error)?;
        if *answer.token_type() != BasicTokenType::Bearer {
            return Err(ProviderError::Answer(
                "the token answer is not of type Bearer",
            ));
        }
        let access_token = answer.access_token().secret().clone();
        let id_token = answer.extra_fields().id_token.clone();
        let id_token = id_token.ok_or(ProviderError::Answer(
            "the token answer has no ID token; is `openid` in the scope?",
        ))?;
        Ok(TokenAnswer {
            access_token,
            id_token,
        })
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
        let endpoint = endpoint.ok_or(ProviderError::UserInfo(
            "the provider has no UserInfo endpoint",
        ))?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {access_token}"))
            .map_err(|_| ProviderError::Answer("the access token is no text for a header"))?;
        bearer.set_sensitive(true);
        let mut request = get(endpoint);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        let response = self.http.send(request).await.map_err(down(endpoint))?;
        if response.status() != StatusCode::OK {
            return Err(ProviderError::UserInfo("the status is not 200"));
        }
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if content_type.starts_with("application/jwt") {
            return Err(ProviderError::UserInfo(
                "it is a signed JWT, which is not supported",
            ));
        }
        let claims: Claims = serde_json::from_slice(response.body())
            .map_err(|_| ProviderError::UserInfo("it is no JSON object"))?;
        match claims.get("sub") {
            Some(found) if found == sub => Ok(claims),
            _ => Err(ProviderError::UserInfo("its `sub` is not the ID token's")),
        }
    }

    /// The keys; with [`Want::NewerThan`] another set than the given one, if the provider may be asked again.
    async fn keys(&self, metadata: &Metadata, want: Want) -> Result<Arc<Keys>, ProviderError> {
        let mut cache = self.keys.lock().await;
        match (&want, cache.keys.usable()) {
            (Want::Any, Some(known)) => return known,
            (Want::NewerThan(old), Some(known)) => {
                let known = known?;
                if !Arc::ptr_eq(old, &known) || !cache.may_refetch() {
                    return Ok(known);
                }
                cache.refetched = Some(Instant::now());
            }
            (_, None) => {}
        }
        let endpoint = &metadata.jwks_uri;
        let fetched = match self.fetch(endpoint).await {
            Ok(body) => Keys::parse(&body).ok_or_else(|| format!("{endpoint} is no key set")),
            Err(reason) => Err(reason),
        };
        match &fetched {
            Ok(keys) => {
                tracing::debug!(target: crate::LOG, provider = self.config.name, keys = keys.len(), "keys fetched")
            }
            Err(reason) => {
                tracing::error!(target: crate::LOG, provider = self.config.name, reason, "keys not fetched")
            }
        }
        cache.keys.store(fetched)
    }

    async fn fetch_metadata(&self) -> Result<Metadata, String> {
        let body = self.fetch(&self.config.server_metadata_url).await?;
        Metadata::parse(&self.config, &body).map_err(|error: MetadataError| error.to_string())
    }

    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, String> {
        let response = self
            .http
            .send(get(url))
            .await
            .map_err(|error| format!("{}: {error}", bare(url)))?;
        match response.status() {
            StatusCode::OK => Ok(response.into_body()),
            status if status.is_redirection() => {
                Err(format!("{} redirects, which is not followed", bare(url)))
            }
            status => Err(format!("{} answered {status}", bare(url))),
        }
    }

    /// By configuration, else `client_secret_basic` unless discovery lists only other methods.
    ///
    /// Source: OpenID Connect Discovery 1.0, section 3: the default is `client_secret_basic`.
    fn auth_type(&self, metadata: &Metadata) -> AuthType {
        let listed = |method: &str| {
            metadata
                .token_endpoint_auth_methods
                .iter()
                .any(|listed| listed == method)
        };
        let post = match self.config.client_auth {
            Some(method) => method != ClientAuth::SecretBasic,
            None => listed("client_secret_post") && !listed("client_secret_basic"),
        };
        if post {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        }
    }
}

/// A value with the time it was fetched, or the failure to fetch it.
struct Cache<T> {
    value: Option<(Instant, Arc<T>)>,
    failure: Option<(Instant, String)>,
}

#[derive(Default)]
struct KeyCache {
    keys: Cache<Keys>,
    /// When an unknown key last made us ask again.
    refetched: Option<Instant>,
}

enum Want {
    Any,
    NewerThan(Arc<Keys>),
}

const FRESH: Duration = Duration::from_secs(60 * 60);
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
const FAILED: Duration = Duration::from_secs(5);

/// Anybody can send a token with a made-up key; the provider is not asked more often for that.
const BETWEEN_REFETCHES: Duration = Duration::from_secs(60);

impl<T> Cache<T> {
    /// What can be answered without the network.
    fn usable(&self) -> Option<Result<Arc<T>, ProviderError>> {
        let value = self.value.as_ref();
        if let Some((_, value)) = value.filter(|(fetched, _)| fetched.elapsed() < FRESH) {
            return Some(Ok(Arc::clone(value)));
        }
        let (_, reason) = self
            .failure
            .as_ref()
            .filter(|(failed, _)| failed.elapsed() < FAILED)?;
        Some(
            self.stale()
                .ok_or_else(|| ProviderError::Down(reason.clone())),
        )
    }

    fn store(&mut self, fetched: Result<T, String>) -> Result<Arc<T>, ProviderError> {
        match fetched {
            Ok(value) => {
                let value = Arc::new(value);
                *self = Self {
                    value: Some((Instant::now(), Arc::clone(&value))),
                    failure: None,
                };
                Ok(value)
            }
            Err(reason) => {
                self.failure = Some((Instant::now(), reason.clone()));
                self.stale().ok_or(ProviderError::Down(reason))
            }
        }
    }

    fn stale(&self) -> Option<Arc<T>> {
        self.value
            .as_ref()
            .filter(|(fetched, _)| fetched.elapsed() < STALE)
            .map(|(_, value)| Arc::clone(value))
    }
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self {
            value: None,
            failure: None,
        }
    }
}

impl KeyCache {
    fn may_refetch(&self) -> bool {
        self.refetched
            .is_none_or(|last| last.elapsed() >= BETWEEN_REFETCHES)
    }
}

/// A token answer whose ID token is kept as text: it is the signed text that is checked, and an odd optional claim must not spoil a login.
type Client<HasTokenUrl = oauth2::EndpointNotSet> = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    HasTokenUrl,
>;

#[derive(Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl std::fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdTokenField")
    }
}

impl ExtraTokenFields for IdTokenField {}

/// The library's errors hold whole response bodies; only the error code is taken over.
fn exchange_error(error: RequestTokenError<HttpError, BasicErrorResponse>) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(response) => {
            let code: String = response.error().as_ref().chars().take(60).collect();
            match code.as_str() {
                "invalid_client" | "unauthorized_client" => ProviderError::Client(code),
                _ => ProviderError::Code(code),
            }
        }
        RequestTokenError::Request(error) => {
            ProviderError::Down(format!("token endpoint: {error}"))
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            ProviderError::Answer("the token answer is not the JSON of RFC 6749, section 5")
        }
    }
}

fn get(url: &Url) -> HttpRequest {
    let mut request = HttpRequest::new(Vec::new());
    *request.uri_mut() = url.as_str().parse().expect("an http URL is a URI");
    request
        .headers_mut()
        .insert(ACCEPT, HeaderValue::from_static("application/json"));
    request
}

fn down(url: &Url) -> impl Fn(HttpError) -> ProviderError + '_ {
    |error| ProviderError::Down(format!("{}: {error}", bare(url)))
}

/// A URL for the log: without a query.
fn bare(url: &Url) -> String {
    url[..url::Position::AfterPath].to_owned()
}
