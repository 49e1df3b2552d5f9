//! Challenges for bearer tokens: the header `WWW-Authenticate` of 401 and 403 responses.

use std::fmt::{self, Write};

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Admission, RequestContext};
use crate::{identity::TokenRefusal, response::problem};

/// A challenge with the scheme `Bearer` (RFC 6750, section 3).
///
/// `error` and `scope` come first and the description last. Some clients search the header for
/// `error=` and `scope=`, and the first match wins.
pub(crate) struct Challenge {
    parameters: String,
    metadata_url: String,
    description: Option<&'static str>,
}

impl Challenge {
    /// Creates the challenge for a request without credentials. It has no error (RFC 6750, section
    /// 3.1). `None` if no bearer tokens are accepted.
    pub(crate) fn new(context: &RequestContext) -> Option<Self> {
        let resource = context.settings().config.resource.as_ref()?;
        Some(Self {
            parameters: String::new(),
            metadata_url: resource.metadata_url.clone(),
            description: None,
        })
    }

    /// Adds an error code and its description for developers. The description contains neither `"`
    /// nor `\` nor `=`.
    #[must_use]
    pub(crate) fn error(mut self, code: &'static str, description: &'static str) -> Self {
        self.description = Some(description);
        self.parameter("error", code)
    }

    /// Adds the scopes that the request needs, unless there are none.
    #[must_use]
    pub(crate) fn scope(self, scopes: &[String]) -> Self {
        if scopes.is_empty() {
            return self;
        }
        self.parameter("scope", &scopes.join(" "))
    }

    /// Adds a parameter. Characters that are not allowed are left out.
    #[must_use]
    pub(crate) fn parameter(mut self, name: &'static str, value: &str) -> Self {
        let value = value
            .chars()
            .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'))
            .collect::<String>();
        let _ = write!(self.parameters, "{name}=\"{value}\", ");
        self
    }

    /// Adds the header to `response`.
    pub(crate) fn add_to(self, response: &mut Response) {
        let Self {
            parameters,
            metadata_url,
            description,
        } = self;
        let mut text = format!("Bearer {parameters}resource_metadata=\"{metadata_url}\"");
        if let Some(description) = description {
            let _ = write!(text, ", error_description=\"{description}\"");
        }
        let header = HeaderValue::try_from(text).expect("all parts are visible ASCII");
        response.headers_mut().append(WWW_AUTHENTICATE, header);
    }
}

/// The response to a request with a bearer token that is not accepted. Boxed because it is large.
pub(crate) struct TokenRejection(Box<Response>);

impl TokenRejection {
    /// Returns `None` unless the request has a bearer token that is not accepted.
    pub(crate) fn new(context: &RequestContext) -> Option<Self> {
        let Admission::TokenRefused(refusal) = context.admission()? else {
            return None;
        };
        Some(Self(Box::new(refuse(context, *refusal))))
    }
}

impl IntoResponse for TokenRejection {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl fmt::Debug for TokenRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenRejection")
            .field(&self.0.status())
            .finish()
    }
}

fn refuse(context: &RequestContext, refusal: TokenRefusal) -> Response {
    let (status, title, code) = match refusal {
        TokenRefusal::Malformed => (
            StatusCode::BAD_REQUEST,
            "Invalid request",
            Some("invalid_request"),
        ),
        TokenRefusal::Invalid(_) => (
            StatusCode::UNAUTHORIZED,
            "Invalid token",
            Some("invalid_token"),
        ),
        // No challenge is sent, because another token would not help.
        TokenRefusal::NotAllowed => (StatusCode::FORBIDDEN, "Forbidden", None),
        TokenRefusal::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Token cannot be verified now",
            None,
        ),
    };
    let detail = refusal.description();
    let mut body = json!({ "type": "about:blank", "title": title, "status": status.as_u16() });
    if !detail.is_empty() {
        body["detail"] = detail.into();
    }
    let mut response = problem(status, &body);
    if let (Some(code), Some(challenge)) = (code, Challenge::new(context)) {
        challenge.error(code, detail).add_to(&mut response);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
    }
    response
}

/// Seconds. A failed fetch of keys is not repeated within one second.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");
