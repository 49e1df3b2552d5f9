//! Responses, with the headers that every response of the provider has.

use std::sync::LazyLock;

use axum::{
    body::Body,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::Response,
};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

/// The style sheet. It is part of every page, so that a page loads no other file.
pub(super) const STYLE: &str = include_str!("style.css");

/// Sends the only form of a page.
pub(super) const SUBMIT: &str = "document.forms[0].submit()";

/// Lets the page run [`SUBMIT`].
pub(super) fn allow_submit(mut page: Response) -> Response {
    let policy = SUBMIT_POLICY.clone();
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    page
}

/// A page that sends a referrer to its own origin. With `no-referrer`, the `Origin` of its form
/// would be `null` (Fetch standard, "append a request `Origin` header").
pub(super) fn html(status: StatusCode, page: String) -> Response {
    let mut response = with_type(status, "text/html; charset=utf-8", page);
    let policy = HeaderValue::from_static("same-origin");
    response.headers_mut().insert(REFERRER_POLICY, policy);
    response
}

pub(super) fn text(status: StatusCode, text: impl Into<String>) -> Response {
    with_type(status, "text/plain; charset=utf-8", text.into())
}

pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    with_type(status, "application/json", value.to_string())
}

/// A 303, so that the browser turns the POST of a form into a GET (RFC 9110, section 15.4.4).
pub(super) fn see_other(target: &Url) -> Response {
    let location = HeaderValue::try_from(target.as_str()).expect("a parsed URL is visible ASCII");
    let mut response = text(StatusCode::SEE_OTHER, "");
    response.headers_mut().insert(LOCATION, location);
    response
}

pub(super) fn not_allowed(methods: &'static str) -> Response {
    let mut response = text(
        StatusCode::METHOD_NOT_ALLOWED,
        "The development provider does not support this method here.\n",
    );
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn with_type(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, SECURITY_POLICY.clone());
    for (name, value) in [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Has no `form-action`, because browsers would apply it to the redirect back to the app as well.
static SECURITY_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy(""));

/// Also allows [`SUBMIT`].
static SUBMIT_POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| policy(&format!("script-src 'sha256-{}'; ", hash(SUBMIT))));

fn policy(script: &str) -> HeaderValue {
    let style = hash(STYLE);
    let policy = format!(
        "default-src 'none'; {script}style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("base64 is visible ASCII")
}

fn hash(source: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(source))
}
