//! The HTTP client for providers: bounded time and body size, no redirects.

#[cfg(feature = "dev")]
use std::sync::Arc;
use std::time::{Duration, Instant};

use oauth2::{
    HttpRequest, HttpResponse,
    http::{
        HeaderMap, HeaderValue, Method,
        header::{ACCEPT_ENCODING, CONTENT_ENCODING},
    },
};
use thiserror::Error;

use super::{ConnectionError, clients::Clients, connection::connection_error};

/// The HTTP client of all providers.
///
/// 1. Redirects are not followed, because they could send a secret elsewhere.
/// 2. Responses are not decompressed, because their decompressed size is not bounded.
/// 3. A GET is repeated once if the provider closed the connection (RFC 9110, section 9.2.2).
/// 4. A POST is not repeated, because an authorization code is valid only once.
#[derive(Default)]
pub(crate) struct Http {
    clients: Clients,
    #[cfg(feature = "dev")]
    development: Option<Arc<crate::dev::DevProvider>>,
}

/// The reason why a request has no response. The texts contain no body and no query.
#[derive(Debug, Error)]
pub(crate) enum HttpError {
    #[error("no response within {} s", REQUEST_TIMEOUT.as_secs())]
    Timeout,
    #[error("the response is larger than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    #[error("the response has the unrequested content coding {0:?}")]
    Encoded(String),
    #[error("connection failed: {1}")]
    Connection(ConnectionError, String),
    #[error("the HTTP client could not be set up: {0}")]
    Client(String),
}

impl Http {
    /// Creates a client that passes requests for the development provider to it directly.
    #[cfg(feature = "dev")]
    pub(crate) fn with_dev_provider(development: Option<Arc<crate::dev::DevProvider>>) -> Self {
        Self {
            clients: Clients::default(),
            development,
        }
    }

    /// Sends `request` and reads the whole response. Any status is accepted.
    pub(crate) async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        // Some servers compress unless they are told not to (RFC 9110, section 12.5.3).
        let identity = HeaderValue::from_static("identity");
        request.headers_mut().insert(ACCEPT_ENCODING, identity);
        let started = Instant::now();
        let sent = tokio::time::timeout(REQUEST_TIMEOUT, self.send_with_retry(request)).await;
        let result = sent.unwrap_or(Err(HttpError::Timeout));
        let status = result
            .as_ref()
            .ok()
            .map(|response| response.status().as_u16());
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(host, status, milliseconds, "provider request finished");
        result
    }

    async fn send_with_retry(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let second = (request.method() == Method::GET).then(|| request.clone());
        match (self.send_once(request).await, second) {
            (Err(HttpError::Connection(ConnectionError::Closed, _)), Some(second)) => {
                self.send_once(second).await
            }
            (result, _) => result,
        }
    }

    async fn send_once(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        #[cfg(feature = "dev")]
        if let Some(development) = &self.development
            && let Some(path) = development.path_of(request.uri())
        {
            return self::dev_transport::send(development, &path, request).await;
        }
        let uri = request.uri().clone();
        let result = self.execute(request).await;
        // New CA certificates and proxy settings are used without a restart.
        if let Err(HttpError::Connection(error, _)) = &result
            && error.depends_on_setup()
        {
            self.clients.discard(&uri);
        }
        result
    }

    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let client = self.clients.client(request.uri())?;
        let request = reqwest::Request::try_from(request).map_err(connection_error)?;
        let mut incoming = client.execute(request).await.map_err(connection_error)?;
        let mut response = HttpResponse::new(Vec::new());
        *response.status_mut() = incoming.status();
        *response.headers_mut() = std::mem::take(incoming.headers_mut());
        let is_success = response.status().is_success();
        if let Some(coding) = content_coding(response.headers()).filter(|_| is_success) {
            return Err(HttpError::Encoded(coding));
        }
        while let Some(chunk) = incoming.chunk().await.map_err(connection_error)? {
            if response.body().len() + chunk.len() > MAX_BODY_BYTES {
                return Err(HttpError::TooLarge);
            }
            response.body_mut().extend_from_slice(&chunk);
        }
        if is_success && response.body().starts_with(&GZIP_MAGIC) {
            return Err(HttpError::Encoded("gzip".to_owned()));
        }
        Ok(response)
    }
}

/// Returns the content coding of a response, or `None` for `identity` (RFC 9110, section 8.4).
fn content_coding(headers: &HeaderMap) -> Option<String> {
    /// Maximum number of characters of the coding in the error text.
    const MAX_SHOWN_CHARS: usize = 40;
    let coding = headers.get(CONTENT_ENCODING)?;
    let coding = String::from_utf8_lossy(coding.as_bytes());
    let coding = coding.trim();
    let is_identity = coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    (!is_identity).then(|| coding.chars().take(MAX_SHOWN_CHARS).collect())
}

/// The first bytes of gzip data (RFC 1952, section 2.3.1). Some proxies omit `Content-Encoding`.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Limit for one request, including connection and body. A login sends up to three requests and has
/// [`crate::login::LOGIN_TIMEOUT`] for all of them.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);

/// Real discovery documents and JWK sets have about 10 kB.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Passes requests to the development provider in this process, without a network.
#[cfg(feature = "dev")]
mod dev_transport {
    use std::time::SystemTime;

    use oauth2::{HttpRequest, HttpResponse, http::StatusCode};

    use super::{HttpError, MAX_BODY_BYTES};
    use crate::dev::{DevProvider, ProviderFault};

    pub(super) async fn send(
        provider: &DevProvider,
        path: &str,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        match provider.fault() {
            Some(ProviderFault::Slow(delay)) => tokio::time::sleep(delay).await,
            Some(ProviderFault::ServerError) => {
                let mut response = HttpResponse::new(b"broken on purpose".to_vec());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                return Ok(response);
            }
            _ => {}
        }
        let (parts, body) = request.into_parts();
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let response = provider.respond(&parts, path, &body, now);
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY_BYTES)
            .await
            .map_err(|_| HttpError::TooLarge)?;
        Ok(HttpResponse::from_parts(parts, body.to_vec()))
    }
}
