//! The discovery document and the key set: fetched, cached, and fetched again when they do not fit.

use std::{sync::Arc, time::Duration};

use oauth2::{HttpRequest, HttpResponse, http::StatusCode};
use url::Url;

use super::{
    Claims, Expected, HttpError, IdTokenError, Metadata, Outage, OutageKind, Provider,
    ProviderError, bare, get, id_token, is_gone, keys::Keys,
};

impl Provider {
    /// Returns the discovery document, fetched once for concurrent callers.
    ///
    /// A document is used for an hour. After that it is used for up to a day while a task fetches the next one. A failure is remembered for a
    /// second.
    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        Ok(self.metadata.get(|| self.clone().fetch_metadata()).await?)
    }

    /// Returns the discovery document that agrees with the `iss` parameter of a callback, if asking the provider once more brings one.
    ///
    /// Source: RFC 9207, section 2.4. The caller checks the parameter against the document.
    pub(crate) async fn metadata_for(
        &self,
        iss: Option<&str>,
    ) -> Result<Arc<Metadata>, ProviderError> {
        let agrees = |metadata: &Metadata| match iss {
            Some(iss) => metadata.issuer.matches_parameter(iss),
            None => !metadata.names_issuer,
        };
        let metadata = self.metadata().await?;
        if agrees(&metadata) {
            return Ok(metadata);
        }
        let newer = self.newer_metadata(agrees).await;
        Ok(newer.unwrap_or(metadata))
    }

    /// Returns true if discovery failed within [`UNREACHABLE_TTL`] and has not succeeded since.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.metadata.has_failed_within(UNREACHABLE_TTL)
    }

    /// Checks an ID token. If the known keys or the known issuer do not fit, the provider is asked for newer ones, rate limited.
    ///
    /// A signature that does not verify can mean that the provider replaced a key under the same `kid`.
    pub(crate) async fn verify(
        &self,
        metadata: &Metadata,
        token: &str,
        expected: &Expected<'_>,
    ) -> Result<Claims, ProviderError> {
        match self.verify_by_keys(metadata, token, expected).await {
            Err(ProviderError::IdToken(IdTokenError::Issuer)) => {
                let is_other = |newer: &Metadata| newer.issuer != metadata.issuer;
                let Some(newer) = self.newer_metadata(is_other).await else {
                    return Err(IdTokenError::Issuer.into());
                };
                let expected = Expected {
                    issuer: &newer.issuer,
                    ..*expected
                };
                self.verify_by_keys(&newer, token, &expected).await
            }
            result => result,
        }
    }

    async fn verify_by_keys(
        &self,
        metadata: &Metadata,
        token: &str,
        expected: &Expected<'_>,
    ) -> Result<Claims, ProviderError> {
        let fetch = || self.clone().fetch_keys(metadata.jwks_uri.clone());
        let keys = self.keys.get(fetch).await?;
        match id_token::verify(token, &keys, expected) {
            Err(
                error @ (IdTokenError::UnknownKey
                | IdTokenError::UnusableKey(_)
                | IdTokenError::Signature),
            ) => {
                let is_other = |newer: &Arc<Keys>| !Arc::ptr_eq(newer, &keys);
                let Some(newer) = self.keys.newer(is_other, fetch).await else {
                    return Err(error.into());
                };
                Ok(id_token::verify(token, &newer, expected)?)
            }
            result => Ok(result?),
        }
    }

    /// Sends a request for `metadata.token_endpoint`.
    ///
    /// If nothing is there any more and the provider names another endpoint, the request is sent there. An authorization code that met a 404 is
    /// not used up. After any other response, and after a lost connection, the request is not repeated.
    pub(super) async fn send_to_token_endpoint(
        &self,
        metadata: &Metadata,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let mut moved = request.clone();
        let response = self.http.send(request).await?;
        if !is_gone(response.status()) {
            return Ok(response);
        }
        let is_other = |newer: &Metadata| newer.token_endpoint != metadata.token_endpoint;
        let Some(newer) = self.newer_metadata(is_other).await else {
            return Ok(response);
        };
        *moved.uri_mut() = get(&newer.token_endpoint).into_parts().0.uri;
        self.http.send(moved).await
    }

    /// Returns a discovery document for which `is_newer` holds: the known one, or one that is fetched now. Fetches are rate limited.
    pub(super) async fn newer_metadata(
        &self,
        is_newer: impl Fn(&Metadata) -> bool,
    ) -> Option<Arc<Metadata>> {
        let fetch = || self.clone().fetch_metadata();
        self.metadata.newer(|newer| is_newer(newer), fetch).await
    }

    async fn fetch_metadata(self) -> Result<Metadata, Outage> {
        let fetched = self.fetch(&self.config.server_metadata_url).await;
        let parsed = fetched.and_then(|body| {
            Metadata::parse(&self.config, &body).map_err(|error| {
                let host = self.config.server_metadata_url.host_str();
                let outage = Outage::from(error);
                let text = format!("{}: {}", host.unwrap_or_default(), outage.text);
                Outage { text, ..outage }
            })
        });
        if let Err(reason) = &parsed {
            tracing::warn!(target: crate::LOG, provider = self.config.name, %reason, "discovery failed");
        }
        parsed
    }

    async fn fetch_keys(self, jwks_uri: Url) -> Result<Keys, Outage> {
        let mut fetched = self.fetch(&jwks_uri).await;
        let mut endpoint = jwks_uri;
        if matches!(&fetched, Err(outage) if outage.kind == OutageKind::NotFound) {
            let is_other = |newer: &Metadata| newer.jwks_uri != endpoint;
            if let Some(newer) = self.newer_metadata(is_other).await {
                endpoint = newer.jwks_uri.clone();
                fetched = self.fetch(&endpoint).await;
            }
        }
        let parsed = fetched.and_then(|body| {
            Keys::parse(&body).ok_or_else(|| {
                let text = format!("{} is no key set", bare(&endpoint));
                Outage::new(OutageKind::Keys, text)
            })
        });
        match &parsed {
            Ok(keys) => {
                tracing::debug!(target: crate::LOG, provider = self.config.name, keys = keys.len(), "keys fetched")
            }
            Err(reason) => {
                tracing::warn!(target: crate::LOG, provider = self.config.name, %reason, "keys not fetched")
            }
        }
        parsed
    }

    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, Outage> {
        let response = self.http.send(get(url)).await;
        let response = response.map_err(|error| Outage::http(bare(url), &error))?;
        let (kind, text) = match response.status() {
            StatusCode::OK => return Ok(response.into_body()),
            status if status.is_redirection() => (
                OutageKind::Redirects,
                format!("{} redirects, which is not followed", bare(url)),
            ),
            status if is_gone(status) => (
                OutageKind::NotFound,
                format!("{} answered {status}", bare(url)),
            ),
            status => (
                OutageKind::Status,
                format!("{} answered {status}", bare(url)),
            ),
        };
        Err(Outage::new(kind, text))
    }
}

/// The page to choose a provider marks one as unreachable for five minutes after a failure.
const UNREACHABLE_TTL: Duration = Duration::from_secs(5 * 60);
