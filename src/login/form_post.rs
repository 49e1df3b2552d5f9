//! The callback of `response_mode=form_post`: a POST from the provider's page, which becomes a GET.
//!
//! A browser does not send `SameSite=Lax` cookies with a POST from another site, but it does send
//! them with the GET after a redirect. So the POST changes nothing and only redirects.
//!
//! Source: OAuth 2.0 Form Post Response Mode 1.0; RFC 6265bis, section 5.6.7.1.

use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use tokio::time::timeout;
use url::form_urlencoded;

use super::{LOGIN_TIMEOUT, LoginError, authorization_response::AuthorizationResponse, full_name};
use crate::{
    pages::ErrorCode,
    request::RequestContext,
    response::{append_cookies, see_other},
};

/// Redirects an authorization response that arrived as a form to the callback `path`.
pub(crate) async fn redirect(context: &RequestContext, request: Request, path: &str) -> Response {
    if !is_form(request.headers()) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let body = to_bytes(request.into_body(), MAX_FORM_BYTES);
    let body = match timeout(LOGIN_TIMEOUT, body).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let refused = |code| LoginError::new(code).into_response(context, None, None);
    let Ok(form) = str::from_utf8(&body) else {
        return refused(ErrorCode::CallbackMalformed);
    };
    let authorization = AuthorizationResponse::parse(form);
    let name = authorization.state().zip(full_name::from_form(form));
    let query = match query(&authorization) {
        Ok(query) => query,
        Err(code) => return refused(code),
    };
    let settings = context.settings();
    let mut response = see_other(&format!("{}?{query}", settings.path(path)));
    let cookie = name.and_then(|(state, name)| full_name::cookie(settings, state, &name));
    append_cookies(&mut response, cookie);
    response
}

/// Bytes of a form. Real ones have at most a few thousand.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// Bytes of a query, so that the whole request line fits into the 8 KiB of nginx and others.
const MAX_QUERY_LEN: usize = 7000;

/// Returns the known parameters as a query.
///
/// # Errors
///
/// The error of a form that is not an authorization response of the code flow.
fn query(authorization: &AuthorizationResponse) -> Result<String, ErrorCode> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut append = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    };
    match authorization {
        AuthorizationResponse::Success { state, code, iss } => {
            append("code", &Some(code.clone()));
            append("state", &Some(state.clone()));
            append("iss", iss);
        }
        AuthorizationResponse::Error {
            state,
            error,
            description,
            iss,
        } => {
            append("error", &Some(error.clone()));
            append("error_description", description);
            append("state", state);
            append("iss", iss);
        }
        AuthorizationResponse::NoState => return Err(ErrorCode::StateMissing),
        AuthorizationResponse::Empty | AuthorizationResponse::Malformed { .. } => {
            return Err(ErrorCode::CallbackMalformed);
        }
    }
    let query = query.finish();
    if query.len() > MAX_QUERY_LEN {
        return Err(ErrorCode::CallbackMalformed);
    }
    Ok(query)
}

/// Returns true for a form without files. The parameters of the media type are ignored.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| {
        let media_type = media_type.trim();
        media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}
