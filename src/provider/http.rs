//! The one way out to a provider: bounded in time and size, and never led elsewhere.

use std::{
    error::Error,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, redirect};
use rustls_platform_verifier::BuilderVerifierExt;
use thiserror::Error;

/// An HTTP client that sends each request once: no redirects, which could carry a secret elsewhere; no decompression, which could inflate
/// without bound; no second try, because a code counts once.
#[derive(Default)]
pub(crate) struct Http {
    /// Made when first needed, so that an app starts fast and without certificates where it needs none.
    client: OnceLock<Result<Client, String>>,
    #[cfg(feature = "dev")]
    development: Option<Arc<crate::dev::DevProvider>>,
}

/// Why there is no answer. The texts hold neither a body nor a query.
#[derive(Debug, Error)]
pub(crate) enum HttpError {
    #[error("no answer within {} s", TIME_OUT.as_secs())]
    TimeOut,
    #[error("the answer is longer than {LARGEST_BODY} bytes")]
    TooLarge,
    #[error("connection failed: {0}")]
    Connection(String),
    #[error("the HTTP client could not be set up: {0}")]
    Client(String),
}

impl Http {
    /// A client to which the development provider answers without a network.
    #[cfg(feature = "dev")]
    pub(crate) fn with_development(development: Option<Arc<crate::dev::DevProvider>>) -> Self {
        Self {
            client: OnceLock::new(),
            development,
        }
    }

    /// Sends `request` and reads the whole answer, whatever its status.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let asked = Instant::now();
        let answer = tokio::time::timeout(TIME_OUT, self.send_once(request)).await;
        let answer = answer.unwrap_or(Err(HttpError::TimeOut));
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        let milliseconds = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(target: crate::LOG, host, status, milliseconds, "provider asked");
        answer
    }

    async fn send_once(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        #[cfg(feature = "dev")]
        if let Some(development) = &self.development
            && let Some(path) = development.path_of(request.uri())
        {
            return self::development::send(development, &path, request).await;
        }
        let client = self
            .client
            .get_or_init(client)
            .as_ref()
            .map_err(|reason| HttpError::Client(reason.clone()))?;
        let request = reqwest::Request::try_from(request).map_err(connection)?;
        let mut answer = client.execute(request).await.map_err(connection)?;
        let mut response = HttpResponse::new(Vec::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        while let Some(chunk) = answer.chunk().await.map_err(connection)? {
            if response.body().len() + chunk.len() > LARGEST_BODY {
                return Err(HttpError::TooLarge);
            }
            response.body_mut().extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// For one request, connection and body included; a login makes up to three and has [`crate::login::TIME_OUT`] for all.
const TIME_OUT: Duration = Duration::from_secs(8);

/// Real discovery documents and key sets have some 10 KB.
const LARGEST_BODY: usize = 1024 * 1024;

fn client() -> Result<Client, String> {
    // Named here and not installed for the whole process, which belongs to the app.
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| error.to_string())?
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        .build()
        .map_err(|error| error.to_string())
}

/// The chain of causes as one line, without the URL, whose query may hold what is nobody's business.
fn connection(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    HttpError::Connection(text)
}

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
