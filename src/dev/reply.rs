//! Responses, each with the headers that every response of the provider carries.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

/// The one style sheet. It stands inside every page, so that a page loads nothing.
pub(super) const STYLE: &str = include_str!("style.css");

/// Without `form-action`: browsers would apply it to the redirect back to the app as well.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("base64 is visible ASCII")
});

/// A page that tells its referrer to its own origin. With `no-referrer`, the `Origin` of its form
/// would be `null` (Fetch standard, "append a request `Origin` header").
pub(super) fn html(status: StatusCode, page: String) -> Response {
    let mut response = with_type(status, "text/html; charset=utf-8", page);
    let policy = HeaderValue::from_static("same-origin");
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, policy);
    response
}

pub(super) fn text(status: StatusCode, sentence: impl Into<String>) -> Response {
    with_type(status, "text/plain; charset=utf-8", sentence.into())
}

pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    with_type(status, "application/json", value.to_string())
}

/// 303, so that the browser turns the POST of a form into a GET.
pub(super) fn see_other(target: &Url) -> Response {
    let location = HeaderValue::try_from(target.as_str()).expect("a parsed URL is visible ASCII");
    let mut response = text(StatusCode::SEE_OTHER, "");
    response.headers_mut().insert(header::LOCATION, location);
    response
}

pub(super) fn not_allowed(methods: &'static str) -> Response {
    let mut response = text(
        StatusCode::METHOD_NOT_ALLOWED,
        "The development provider does not know this method here.\n",
    );
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

fn with_type(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
