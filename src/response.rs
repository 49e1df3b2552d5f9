//! Helpers for responses, shared by several endpoints.

use axum::{
    body::{Body, HttpBody},
    http::{
        HeaderValue, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
            SET_COOKIE, VARY,
        },
    },
    response::{IntoResponse, Response},
};
use serde_json::Value;

/// Appends the cookies and `Vary` of `source`, the response of the app or a guard, to `response`.
pub(crate) fn copy_cookies_and_vary(response: &mut Response, source: &Response) {
    for name in [VARY, SET_COOKIE] {
        for value in source.headers().get_all(&name) {
            response.headers_mut().append(&name, value.clone());
        }
    }
}

/// Returns the response to a prefetch or prerender of an endpoint, which must not change anything.
///
/// Browsers discard a response with an error status, so that a later click sends a new request. A
/// 204 is not sufficient: Chromium keeps it and uses it for the click. `Retry-After` is absent,
/// because it would stop the prefetches of all pages of this origin.
///
/// Source: Prefetch (WICG nav-speculation): only a response with an ok status is kept.
/// Prerendering: a 204, 205, 4xx or 5xx cancels it. Chromium: `PrefetchFailedNon2XX`,
/// `IsDisallowedHttpResponseCode`.
pub(crate) fn prefetch_declined() -> Response {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(CACHE_CONTROL, "no-store")],
    )
        .into_response()
}

/// Turns the response to a GET into the response to a HEAD, without content and cookies (RFC 9110,
/// section 9.3.2).
pub(crate) fn head_of(mut response: Response) -> Response {
    response.headers_mut().remove(SET_COOKIE);
    let length = response.body().size_hint().exact();
    if let Some(length) = length.filter(|length| *length > 0) {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    response.map(|_| Body::empty())
}

/// Returns the 405 that lists the allowed methods (RFC 9110, section 15.5.6).
pub(crate) fn not_allowed(allow: &'static str) -> Response {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [(ALLOW, allow), (CACHE_CONTROL, "no-store")],
    )
        .into_response()
}

/// Returns a 303 to `location`, so that a form is not posted again (RFC 9110, section 15.4.4). The
/// response is not cached, and the browser follows it without a referrer.
///
/// # Panics
///
/// If `location` has characters other than visible ASCII.
pub(crate) fn see_other(location: &str) -> Response {
    let location =
        HeaderValue::try_from(location).expect("a URL and a checked path are visible ASCII");
    let headers = [
        (LOCATION, location),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Returns a response with problem details (RFC 9457, section 3).
pub(crate) fn problem(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        ),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body.to_string()).into_response()
}

/// Appends cookies to a response. If there are any, the response must not be cached.
pub(crate) fn append_cookies(
    response: &mut Response,
    cookies: impl IntoIterator<Item = HeaderValue>,
) {
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
