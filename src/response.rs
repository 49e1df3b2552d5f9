//! Small HTTP helpers: responses that several endpoints give.

use axum::{
    body::{Body, HttpBody},
    http::{
        StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, SET_COOKIE, VARY},
    },
    response::{IntoResponse, Response},
};

/// Copies the cookies and `Vary` of the app's or a guard's response to the endpoint's answer.
pub(crate) fn keep(answer: &mut Response, response: &Response) {
    for name in [VARY, SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            answer.headers_mut().append(&name, value.clone());
        }
    }
}

/// The answer to a prefetch or prerender of a page that must not be used up.
///
/// An error status makes browsers discard the response, so that a later click asks again. Chromium
/// keeps a 204 of a prefetch and serves the click from it. There is no `Retry-After`, because it
/// would stop the prefetches of all pages of this origin.
///
/// Source: Prefetch (WICG nav-speculation): only a response with an ok status is kept; prerendering:
/// a 204, 205, 4xx or 5xx cancels it. Chromium: `PrefetchFailedNon2XX`,
/// `IsDisallowedHttpResponseCode`.
pub(crate) fn prefetch_declined() -> Response {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(CACHE_CONTROL, "no-store")],
    )
        .into_response()
}

/// What HEAD gets of a response to GET: no content and no state.
///
/// Source: RFC 9110, section 9.3.2.
pub(crate) fn head_of(mut response: Response) -> Response {
    response.headers_mut().remove(SET_COOKIE);
    let length = response.body().size_hint().exact();
    if let Some(length) = length.filter(|length| *length > 0) {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    response.map(|_| Body::empty())
}

/// The 405 that lists the methods (RFC 9110, section 15.5.6).
pub(crate) fn not_allowed(allow: &'static str) -> Response {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [(ALLOW, allow), (CACHE_CONTROL, "no-store")],
    )
        .into_response()
}
