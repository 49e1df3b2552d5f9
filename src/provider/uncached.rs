//! Requests of the doctor. They bypass the caches, and their responses are not trusted.

use std::{fmt, sync::Arc, time::SystemTime};

use oauth2::{
    CsrfToken, HttpRequest, HttpResponse,
    http::{
        HeaderName, HeaderValue,
        header::{ACCEPT, DATE, LOCATION},
    },
};
use serde_json::{Map, Value};
use url::Url;

use super::{
    Algorithm, ClientProof, FetchError, FetchErrorKind, Grant, HttpError, MetadataError,
    ProviderClient, ProviderError, ProviderMetadata, TokenResponse, UnusableKey, jwks::JwkSet,
    without_query,
};
use crate::config::ProviderConfig;

/// A discovery document as the provider returned it.
pub(crate) struct Discovery {
    pub(crate) document: Map<String, Value>,
    pub(crate) metadata: Result<ProviderMetadata, MetadataError>,
    /// The `Date` header: the provider's clock in seconds since the Unix epoch.
    pub(crate) date: Option<u64>,
}

/// The reason why a probe has no usable response. The text is a predicate with the URL as its
/// subject.
#[derive(Debug)]
pub(crate) struct ProbeError {
    text: String,
    /// The kind of the failed request, or `None` if the provider responded.
    pub(crate) kind: Option<FetchErrorKind>,
}

/// A response as a browser would receive it. Redirects are not followed.
pub(crate) struct PageResponse {
    pub(crate) status: u16,
    /// `Location`, resolved against the URL of the request.
    pub(crate) location: Option<Url>,
    pub(crate) body: String,
}

impl ProviderClient {
    /// Fetches the discovery document.
    ///
    /// # Errors
    ///
    /// Returns the reason why the response is not a JSON document.
    pub(crate) async fn discover(&self) -> Result<Discovery, ProbeError> {
        let url = &self.config.server_metadata_url;
        let response = self.fetch_uncached(url, "application/json").await?;
        let page = PageResponse::new(url, &response);
        match page.status {
            200 => {}
            300..400 => {
                let target = page.location.as_ref().map_or("", without_query);
                let text = format!("redirects to {target:.200?}, which is not followed");
                return Err(ProbeError::from_response(text));
            }
            status => {
                return Err(ProbeError::from_response(format!(
                    "returns status {status}"
                )));
            }
        }
        let document = serde_json::from_slice(response.body())
            .map_err(|_| ProbeError::from_response("does not return a JSON object"))?;
        Ok(Discovery {
            document,
            metadata: ProviderMetadata::parse(&self.config, response.body()),
            date: header(&response, DATE)
                .and_then(|date| httpdate::parse_http_date(date).ok())
                .and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok())
                .map(|since| since.as_secs()),
        })
    }

    /// Returns the number of published keys that support one of `algorithms`, and the reason why
    /// each defective key cannot be used.
    ///
    /// # Errors
    ///
    /// Returns the reason why the response is not a JWK set.
    pub(crate) async fn count_keys(
        &self,
        jwks_uri: &Url,
        algorithms: &[Algorithm],
    ) -> Result<(usize, Vec<UnusableKey>), ProbeError> {
        let response = self.fetch_uncached(jwks_uri, "application/json").await?;
        if response.status().as_u16() != 200 {
            let status = response.status().as_u16();
            return Err(ProbeError::from_response(format!(
                "returns status {status}"
            )));
        }
        let keys = JwkSet::parse(response.body());
        let keys = keys.ok_or_else(|| ProbeError::from_response("does not return a JWK set"))?;
        Ok((keys.count_supporting(algorithms), keys.defects().collect()))
    }

    /// Fetches a page as a browser would.
    ///
    /// # Errors
    ///
    /// Returns the reason why there is no response.
    pub(crate) async fn fetch_page(&self, url: &Url) -> Result<PageResponse, ProbeError> {
        Ok(PageResponse::new(
            url,
            &self.fetch_uncached(url, "text/html").await?,
        ))
    }

    /// Sends a random authorization code to the token endpoint.
    pub(crate) async fn exchange_invalid_code(
        &self,
        metadata: &ProviderMetadata,
        redirect_uri: &str,
        proof: &ClientProof,
    ) -> Result<TokenResponse, ProviderError> {
        let random = || CsrfToken::new_random_len(32).into_secret();
        let grant = Grant {
            code: random(),
            verifier: random(),
        };
        self.exchange(metadata, redirect_uri, grant, proof).await
    }

    /// Returns a client with other settings for the same provider.
    pub(crate) fn as_client(&self, config: ProviderConfig) -> Self {
        Self::new(Arc::new(config), Arc::clone(&self.http))
    }

    async fn fetch_uncached(
        &self,
        url: &Url,
        accept: &'static str,
    ) -> Result<HttpResponse, ProbeError> {
        let mut request = HttpRequest::new(Vec::new());
        let uri = url.as_str().parse();
        *request.uri_mut() =
            uri.map_err(|_| ProbeError::from_response("is not a valid request URI"))?;
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static(accept));
        let result = self.http.send(request).await;
        result.map_err(|error| ProbeError {
            kind: Some(FetchError::http(without_query(url), &error).kind),
            text: match error {
                HttpError::Encoded(_) => format!("cannot be read: {error}"),
                _ => format!("does not respond: {error}"),
            },
        })
    }
}

impl ProbeError {
    fn from_response(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { text, kind: None }
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PageResponse {
    fn new(url: &Url, response: &HttpResponse) -> Self {
        Self {
            status: response.status().as_u16(),
            location: header(response, LOCATION).and_then(|location| url.join(location).ok()),
            body: String::from_utf8_lossy(response.body()).into_owned(),
        }
    }
}

fn header(response: &HttpResponse, name: HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}
