//! Fetches and caches the discovery document and the JWK set. Both are fetched again if they do not
//! match a response or token of the provider.

use std::{sync::Arc, time::Duration};

use oauth2::{HttpRequest, HttpResponse, http::StatusCode};
use url::Url;

use super::{
    Claims, FetchError, FetchErrorKind, HttpError, IdTokenError, IdTokenExpectations, JwsError,
    ProviderClient, ProviderError, ProviderMetadata, get, id_token, is_gone, jwks::JwkSet,
    without_query,
};
use crate::task;

impl ProviderClient {
    /// Returns the discovery document, fetched once for concurrent callers.
    ///
    /// See [`Cache`](super::cache::Cache) for how long documents and failures are cached.
    pub(crate) async fn metadata(&self) -> Result<Arc<ProviderMetadata>, ProviderError> {
        Ok(self.metadata.get(|| self.clone().fetch_metadata()).await?)
    }

    /// Returns the discovery document, or `None` if it takes longer than `timeout`.
    ///
    /// The fetch continues for the next request. It needs a task, because the cache ends a fetch
    /// that no caller waits for.
    pub(crate) async fn metadata_within(
        &self,
        timeout: Duration,
    ) -> Option<Result<Arc<ProviderMetadata>, ProviderError>> {
        let provider = self.clone();
        let metadata = task::spawn(async move { provider.metadata().await });
        tokio::time::timeout(timeout, metadata).await.ok()?.ok()
    }

    /// Returns the discovery document for a callback with this `iss` parameter.
    ///
    /// If the cached document does not match the parameter, it is fetched again. The caller checks
    /// the parameter against the result (RFC 9207, section 2.4).
    pub(crate) async fn metadata_for(
        &self,
        iss: Option<&str>,
    ) -> Result<Arc<ProviderMetadata>, ProviderError> {
        let matches = |metadata: &ProviderMetadata| match iss {
            Some(iss) => metadata.issuer.matches_iss_parameter(iss),
            None => !metadata.iss_parameter_supported,
        };
        let metadata = self.metadata().await?;
        if matches(&metadata) {
            return Ok(metadata);
        }
        let newer = self.newer_metadata(matches).await;
        Ok(newer.unwrap_or(metadata))
    }

    /// Returns true if discovery failed within [`UNREACHABLE_TTL`] and has not succeeded since.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.metadata.has_failed_within(UNREACHABLE_TTL)
    }

    /// Verifies an ID token.
    ///
    /// If the cached keys or the cached issuer do not match, they are fetched again, subject to the
    /// rate limit. An invalid signature can mean that the provider replaced a key under the same
    /// `kid`.
    pub(crate) async fn verify(
        &self,
        metadata: &ProviderMetadata,
        token: &str,
        expected: &IdTokenExpectations<'_>,
    ) -> Result<Claims, ProviderError> {
        match self.verify_with_keys(metadata, token, expected).await {
            Err(ProviderError::IdToken(IdTokenError::Issuer)) => {
                let is_different = |newer: &ProviderMetadata| newer.issuer != metadata.issuer;
                let Some(newer) = self.newer_metadata(is_different).await else {
                    return Err(IdTokenError::Issuer.into());
                };
                let expected = IdTokenExpectations {
                    issuer: &newer.issuer,
                    ..*expected
                };
                self.verify_with_keys(&newer, token, &expected).await
            }
            result => result,
        }
    }

    async fn verify_with_keys(
        &self,
        metadata: &ProviderMetadata,
        token: &str,
        expected: &IdTokenExpectations<'_>,
    ) -> Result<Claims, ProviderError> {
        let verify = |keys: &JwkSet| id_token::verify(token, keys, expected);
        let needs_newer = |error: &IdTokenError| match error {
            IdTokenError::Jws(error) => error.may_need_newer_keys(),
            _ => false,
        };
        Ok(self.with_keys(metadata, verify, needs_newer).await??)
    }

    /// Returns the result of `verify` with the keys of the provider. If `needs_newer` accepts its
    /// error, the keys are fetched again, subject to the rate limit.
    ///
    /// # Errors
    ///
    /// The keys are not available.
    pub(super) async fn with_keys<T, E: From<JwsError>>(
        &self,
        metadata: &ProviderMetadata,
        verify: impl Fn(&JwkSet) -> Result<T, E>,
        needs_newer: impl Fn(&E) -> bool,
    ) -> Result<Result<T, E>, FetchError> {
        let Some(jwks_uri) = &metadata.jwks_uri else {
            return Ok(Err(JwsError::UnknownKey.into()));
        };
        let fetch = || self.clone().fetch_keys(jwks_uri.clone());
        let keys = self.keys.get(fetch).await?;
        let verified = verify(&keys);
        if !verified.as_ref().is_err_and(needs_newer) {
            return Ok(verified);
        }
        let is_different = |newer: &Arc<JwkSet>| !Arc::ptr_eq(newer, &keys);
        let newer = self.keys.newer(is_different, fetch).await;
        Ok(newer.map_or(verified, |newer| verify(&newer)))
    }

    /// Sends a request to the token endpoint.
    ///
    /// If the endpoint no longer exists and discovery now names another one, the request is sent to
    /// that one, because a 404 does not use up the authorization code. The request is not repeated
    /// after any other response or after a lost connection.
    pub(super) async fn send_to_token_endpoint(
        &self,
        metadata: &ProviderMetadata,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let mut second = request.clone();
        let response = self.http.send(request).await?;
        if !is_gone(response.status()) {
            return Ok(response);
        }
        let is_different =
            |newer: &ProviderMetadata| newer.token_endpoint != metadata.token_endpoint;
        let Some(newer) = self.newer_metadata(is_different).await else {
            return Ok(response);
        };
        *second.uri_mut() = get(&newer.token_endpoint).into_parts().0.uri;
        self.http.send(second).await
    }

    /// Returns the cached discovery document if `is_newer` accepts it, else fetches it again.
    ///
    /// Returns `None` if the new document is not accepted either. Fetches are rate limited.
    pub(super) async fn newer_metadata(
        &self,
        is_newer: impl Fn(&ProviderMetadata) -> bool,
    ) -> Option<Arc<ProviderMetadata>> {
        let fetch = || self.clone().fetch_metadata();
        self.metadata.newer(|newer| is_newer(newer), fetch).await
    }

    pub(super) async fn fetch_metadata(self) -> Result<ProviderMetadata, FetchError> {
        if let Some(oauth2) = self.config.protocol.oauth2() {
            return Ok(self.oauth2_metadata(oauth2));
        }
        let fetched = self.fetch(&self.config.server_metadata_url).await;
        let parsed = fetched.and_then(|body| {
            ProviderMetadata::parse(&self.config, &body).map_err(|error| {
                let host = self.config.server_metadata_url.host_str();
                let error = FetchError::from(error);
                let text = format!("{}: {}", host.unwrap_or_default(), error.text);
                FetchError { text, ..error }
            })
        });
        if let Err(reason) = &parsed {
            tracing::warn!(provider = self.config.name, %reason, "discovery failed");
        }
        parsed
    }

    pub(super) async fn fetch_keys(self, jwks_uri: Url) -> Result<JwkSet, FetchError> {
        let mut fetched = self.fetch(&jwks_uri).await;
        let mut endpoint = jwks_uri;
        if matches!(&fetched, Err(error) if error.kind == FetchErrorKind::NotFound) {
            let is_different = |newer: &ProviderMetadata| {
                newer
                    .jwks_uri
                    .as_ref()
                    .is_some_and(|newer| *newer != endpoint)
            };
            let newer = self.newer_metadata(is_different).await;
            if let Some(moved) = newer.as_ref().and_then(|newer| newer.jwks_uri.as_ref()) {
                endpoint = moved.clone();
                fetched = self.fetch(&endpoint).await;
            }
        }
        let parsed = fetched.and_then(|body| {
            JwkSet::parse(&body).ok_or_else(|| {
                let text = format!("{} did not return a JWK set", without_query(&endpoint));
                FetchError::new(FetchErrorKind::JwkSet, text)
            })
        });
        match &parsed {
            Ok(keys) => {
                tracing::debug!(
                    provider = self.config.name,
                    keys = keys.len(),
                    "keys fetched"
                )
            }
            Err(reason) => {
                tracing::warn!(provider = self.config.name, %reason, "key fetch failed")
            }
        }
        parsed
    }

    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let response = self.http.send(get(url)).await;
        let response = response.map_err(|error| FetchError::http(without_query(url), &error))?;
        let (kind, text) = match response.status() {
            StatusCode::OK => return Ok(response.into_body()),
            status if status.is_redirection() => (
                FetchErrorKind::Redirects,
                format!(
                    "{} returned a redirect, which is not followed",
                    without_query(url)
                ),
            ),
            status if is_gone(status) => (
                FetchErrorKind::NotFound,
                format!("{} returned {status}", without_query(url)),
            ),
            status => (
                FetchErrorKind::Status,
                format!("{} returned {status}", without_query(url)),
            ),
        };
        Err(FetchError::new(kind, text))
    }
}

/// The provider choice page marks a provider as unreachable for five minutes after a failure.
const UNREACHABLE_TTL: Duration = Duration::from_secs(5 * 60);
