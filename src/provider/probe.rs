//! What the doctor asks of a provider: each request anew, past every cache, and no answer believed.

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
    Algorithm, HttpError, Metadata, MetadataError, Outage, OutageKind, Provider, ProviderError,
    TokenAnswer, Unusable, bare, keys::Keys,
};
use crate::config::ProviderConfig;

/// A discovery document as it was answered.
pub(crate) struct Discovery {
    pub(crate) document: Map<String, Value>,
    pub(crate) metadata: Result<Metadata, MetadataError>,
    /// The provider's clock, in seconds since the Unix epoch.
    pub(crate) date: Option<u64>,
}

/// Why a probe has no usable response, as the rest of a sentence about the URL.
#[derive(Debug)]
pub(crate) struct ProbeError {
    text: String,
    /// `None` if the provider answered.
    pub(crate) kind: Option<OutageKind>,
}

/// What a browser would have got. A redirect is reported and not followed.
pub(crate) struct Look {
    pub(crate) status: u16,
    pub(crate) location: Option<Url>,
    pub(crate) body: String,
}

impl Provider {
    /// # Errors
    ///
    /// Why there is no document, for a person to read.
    pub(crate) async fn discover(&self) -> Result<Discovery, ProbeError> {
        let url = &self.config.server_metadata_url;
        let response = self.ask(url, "application/json").await?;
        let look = Look::new(url, &response);
        match look.status {
            200 => {}
            300..400 => {
                let target = look.location.as_ref().map_or("", bare);
                let text = format!("redirects to {target:.200?}, which is not followed");
                return Err(ProbeError::answered(text));
            }
            status => {
                return Err(ProbeError::answered(format!(
                    "answers with status {status}"
                )));
            }
        }
        let document = serde_json::from_slice(response.body())
            .map_err(|_| ProbeError::answered("answers with something that is no JSON object"))?;
        Ok(Discovery {
            document,
            metadata: Metadata::parse(&self.config, response.body()),
            date: text(&response, DATE)
                .and_then(|date| httpdate::parse_http_date(date).ok())
                .and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok())
                .map(|since| since.as_secs()),
        })
    }

    /// How many of the published keys can check a token of `algorithms`, and why others cannot be used.
    ///
    /// # Errors
    ///
    /// Why there are none, for a person to read.
    pub(crate) async fn count_keys(
        &self,
        metadata: &Metadata,
        algorithms: &[Algorithm],
    ) -> Result<(usize, Vec<Unusable>), ProbeError> {
        let response = self.ask(&metadata.jwks_uri, "application/json").await?;
        if response.status().as_u16() != 200 {
            let status = response.status().as_u16();
            return Err(ProbeError::answered(format!(
                "answers with status {status}"
            )));
        }
        let keys = Keys::parse(response.body());
        let keys =
            keys.ok_or_else(|| ProbeError::answered("answers with something that is no key set"))?;
        Ok((keys.fitting(algorithms), keys.faults().collect()))
    }

    /// # Errors
    ///
    /// Why there is no answer, for a person to read.
    pub(crate) async fn look(&self, url: &Url) -> Result<Look, ProbeError> {
        Ok(Look::new(url, &self.ask(url, "text/html").await?))
    }

    /// Tries to trade a code that nobody was given, as the client of `config`.
    pub(crate) async fn try_code(
        &self,
        config: ProviderConfig,
        metadata: &Metadata,
        redirect_uri: &str,
    ) -> Result<TokenAnswer, ProviderError> {
        let random = || CsrfToken::new_random_len(32).into_secret();
        let client = Self::new(Arc::new(config), Arc::clone(&self.http));
        client
            .exchange(metadata, redirect_uri, random(), random())
            .await
    }

    async fn ask(&self, url: &Url, accept: &'static str) -> Result<HttpResponse, ProbeError> {
        let mut request = HttpRequest::new(Vec::new());
        let uri = url.as_str().parse();
        *request.uri_mut() =
            uri.map_err(|_| ProbeError::answered("has an address that cannot be asked"))?;
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static(accept));
        let answer = self.http.send(request).await;
        answer.map_err(|error| ProbeError {
            kind: Some(Outage::http(bare(url), &error).kind),
            text: match error {
                HttpError::Encoded(_) => format!("cannot be read: {error}"),
                _ => format!("does not answer: {error}"),
            },
        })
    }
}

impl ProbeError {
    fn answered(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { text, kind: None }
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Look {
    fn new(asked: &Url, response: &HttpResponse) -> Self {
        Self {
            status: response.status().as_u16(),
            location: text(response, LOCATION).and_then(|location| asked.join(location).ok()),
            body: String::from_utf8_lossy(response.body()).into_owned(),
        }
    }
}

fn text(response: &HttpResponse, name: HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}
