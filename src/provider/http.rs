//! Requests to a provider: bounded in time and size, without redirects.

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

use super::{ConnectionError, clients::Clients, connection::connection};

/// An HTTP client without redirects, which could carry a secret elsewhere, and without decompression, which could inflate without bound.
///
/// A GET is sent again once if the provider closed the connection (RFC 9110, section 9.2.2). A POST is sent once, because an authorization
/// code is valid once.
#[derive(Default)]
pub(crate) struct Http {
    clients: Clients,
    #[cfg(feature = "dev")]
    development: Option<Arc<crate::dev::DevProvider>>,
}

/// Why there is no response. The texts hold neither a body nor a query.
#[derive(Debug, Error)]
pub(crate) enum HttpError {
    #[error("no answer within {} s", TIME_OUT.as_secs())]
    TimeOut,
    #[error("the answer is longer than {LARGEST_BODY} bytes")]
    TooLarge,
    #[error("the response is encoded as {0:?}, which was not asked for")]
    Encoded(String),
    #[error("connection failed: {1}")]
    Connection(ConnectionError, String),
    #[error("the HTTP client could not be set up: {0}")]
    Client(String),
}

impl Http {
    /// A client to which the development provider answers without a network.
    #[cfg(feature = "dev")]
    pub(crate) fn with_development(development: Option<Arc<crate::dev::DevProvider>>) -> Self {
        Self {
            clients: Clients::default(),
            development,
        }
    }

    /// Sends `request` and reads the whole answer, whatever its status.
    pub(crate) async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        // Some servers compress unless they are told not to (RFC 9110, section 12.5.3).
        let identity = HeaderValue::from_static("identity");
        request.headers_mut().insert(ACCEPT_ENCODING, identity);
        let asked = Instant::now();
        let answer = tokio::time::timeout(TIME_OUT, self.send_idempotent_twice(request)).await;
        let answer = answer.unwrap_or(Err(HttpError::TimeOut));
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        let milliseconds = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(target: crate::LOG, host, status, milliseconds, "provider asked");
        answer
    }

    async fn send_idempotent_twice(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let second = (request.method() == Method::GET).then(|| request.clone());
        match (self.send_once(request).await, second) {
            (Err(HttpError::Connection(ConnectionError::Closed, _)), Some(second)) => {
                self.send_once(second).await
            }
            (answer, _) => answer,
        }
    }

    async fn send_once(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        #[cfg(feature = "dev")]
        if let Some(development) = &self.development
            && let Some(path) = development.path_of(request.uri())
        {
            return self::development::send(development, &path, request).await;
        }
        let uri = request.uri().clone();
        let answer = self.execute(request).await;
        // CA certificates that are installed later are used without a restart.
        if let Err(HttpError::Connection(error, _)) = &answer
            && error.is_of_setup()
        {
            self.clients.discard(&uri);
        }
        answer
    }

    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let client = self.clients.client(request.uri())?;
        let request = reqwest::Request::try_from(request).map_err(connection)?;
        let mut answer = client.execute(request).await.map_err(connection)?;
        let mut response = HttpResponse::new(Vec::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        let is_success = response.status().is_success();
        if let Some(coding) = content_coding(response.headers()).filter(|_| is_success) {
            return Err(HttpError::Encoded(coding));
        }
        while let Some(chunk) = answer.chunk().await.map_err(connection)? {
            if response.body().len() + chunk.len() > LARGEST_BODY {
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

/// The content coding of a response, or `None` for `identity` (RFC 9110, section 8.4).
fn content_coding(headers: &HeaderMap) -> Option<String> {
    const MAX_SHOWN: usize = 40;
    let coding = headers.get(CONTENT_ENCODING)?;
    let coding = String::from_utf8_lossy(coding.as_bytes());
    let coding = coding.trim();
    let is_identity = coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    (!is_identity).then(|| coding.chars().take(MAX_SHOWN).collect())
}

/// The first bytes of gzip data (RFC 1952, section 2.3.1). Some proxies forget `Content-Encoding`.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// For one request, connection and body included; a login makes up to three and has [`crate::login::TIME_OUT`] for all.
const TIME_OUT: Duration = Duration::from_secs(8);

/// Real discovery documents and key sets have some 10 KB.
const LARGEST_BODY: usize = 1024 * 1024;

/// The way to the development provider, which is in this process: the same requests and answers, without a network.
#[cfg(feature = "dev")]
mod development {
    use std::time::SystemTime;

    use oauth2::{HttpRequest, HttpResponse, http::StatusCode};

    use super::{HttpError, LARGEST_BODY};
    use crate::dev::{DevProvider, ProviderFault};

    pub(super) async fn send(
        provider: &DevProvider,
        path: &str,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        match provider.fault() {
            Some(ProviderFault::Slow(delay)) => tokio::time::sleep(delay).await,
            Some(ProviderFault::ServerError) => {
                let mut answer = HttpResponse::new(b"broken on purpose".to_vec());
                *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                return Ok(answer);
            }
            _ => {}
        }
        let (parts, body) = request.into_parts();
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let answer = provider.answer(&parts, path, &body, now);
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, LARGEST_BODY)
            .await
            .map_err(|_| HttpError::TooLarge)?;
        Ok(HttpResponse::from_parts(parts, body.to_vec()))
    }
}
