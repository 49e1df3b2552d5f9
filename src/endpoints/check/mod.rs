//! `/auth/check`: forward authentication for nginx, Traefik and Caddy.
//!
//! A proxy asks before it passes a request to an app. As with the guards, only the credentials of
//! the request decide: the response is a 204 with the headers of `[auth.headers]`, or a refusal. No
//! path is exempt. The proxy must not send a check for public pages.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};

use self::header_value::header_value;
use super::carry_out_login;
use crate::{
    config::find_claim,
    extract::User,
    guard::{self, GuardRejection, Requirements},
    login::{Login, LoginError, LoginOptions, ReturnPath, links, redirect_loop},
    pages::ErrorCode,
    request::{Admission, RequestContext, forwarded},
    response::{append_cookies, see_other},
    state::AuthState,
};

mod conditions;
mod header_value;

/// Responds to a proxy's request, which may have [conditions].
pub(super) async fn handle(state: &Arc<AuthState>, conditions: &str, request: Request) -> Response {
    let passes_redirects = forwarded::passes_redirects(request.headers());
    let guard = conditions::guard(conditions);
    let mut response = match check(state, request, &guard.requirements).await {
        Ok((context, user)) => admitted(&context, &user),
        Err((context, GuardRejection::Login)) if passes_redirects => redirect(&context),
        Err((context, GuardRejection::Login)) => {
            guard::unauthorized(&context, &login_path(&context), &[])
        }
        Err((_, GuardRejection::Token(rejection))) => refused_token(rejection.into_response()),
        Err((_, rejection)) => rejection.into_response(),
    };
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    join_challenges(response.headers_mut());
    response
}

/// Replaces the 400 for a malformed bearer token, because nginx turns any refusal except 401 and
/// 403 into a 500.
fn refused_token(mut response: Response) -> Response {
    if response.status() == StatusCode::BAD_REQUEST {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    response
}

/// Joins the challenges into one header, because nginx passes on only one of several headers (RFC
/// 9110, section 11.6.1).
fn join_challenges(headers: &mut HeaderMap) {
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter();
    let challenges: Vec<_> = challenges.map(HeaderValue::as_bytes).collect();
    if challenges.len() > 1 {
        let joined = HeaderValue::from_bytes(&challenges.join(&b", "[..]));
        let joined = joined.expect("header values stay header values when they are joined");
        headers.insert(WWW_AUTHENTICATE, joined);
    }
}

/// Returns true if nginx sends this request for `/auth/login` because `/auth/check` has refused the
/// request for another page, as with `error_page 401 = /auth/login`.
pub(super) fn has_refused(state: &AuthState, headers: &HeaderMap) -> bool {
    state.settings.config.identity_headers.is_some()
        && forwarded::is_by_nginx(headers)
        && forwarded::uri(headers).is_some_and(|uri| super::route(state, uri.path()).is_none())
}

/// Responds to a request that `/auth/check` has refused, as a guard of that page would. A request
/// for a page starts a login that returns to its path and query. Every other request gets a 401.
///
/// nginx adds the challenge of the check to this response.
pub(super) async fn login(state: &Arc<AuthState>, request: Request) -> Response {
    let mut response = match check(state, request, &Requirements::default()).await {
        Ok((context, _)) | Err((context, GuardRejection::Login)) => {
            carry_out_login(Login::new(), &context, Response::default()).await
        }
        Err((_, rejection)) => rejection.into_response(),
    };
    response.headers_mut().remove(WWW_AUTHENTICATE);
    response
}

type Checked<T> = (Arc<RequestContext>, T);

/// Checks the request that the proxy describes against these requirements.
///
/// # Errors
///
/// The rejection that a guard of the app would have.
async fn check(
    state: &Arc<AuthState>,
    request: Request,
    required: &Requirements,
) -> Result<Checked<User>, Checked<GuardRejection>> {
    let request = forwarded::described(request);
    let context = RequestContext::new(Arc::clone(state), &request);
    drop(request);
    context.complete_admission().await;
    let checked = match context.admission() {
        // A login with the same account would fail as well.
        Some(Admission::NotAllowed(reason)) => {
            let reason = Some(reason.to_string());
            Err(guard::forbidden(&context, ErrorCode::NotAllowed, reason))
        }
        _ => guard::check(&context, required),
    };
    match checked {
        Ok(user) => Ok((context, user)),
        Err(rejection) => Err((context, rejection)),
    }
}

/// Returns the 204 with every configured header. A header without a value is empty, so that it
/// replaces one that the client sent.
///
/// Caddy with GHSA-7r4p-vjf4-gxv4 does not replace a header with an empty one. Its configuration
/// has to remove the client's headers.
fn admitted(context: &RequestContext, user: &User) -> Response {
    let settings = context.settings();
    let mut response = StatusCode::NO_CONTENT.into_response();
    for header in settings.config.identity_headers.iter().flatten() {
        let value = header_value(find_claim(user.map(), &header.claim));
        response.headers_mut().insert(&header.name, value);
    }
    let identity = context.identity();
    let renewed =
        identity.map(|identity| identity.refresh_cookies(settings, &context.cookies, false));
    // nginx passes on only one cookie. If there were several, the others would be lost.
    if let Some([cookie]) = renewed.as_deref() {
        append_cookies(&mut response, [cookie.clone()]);
    }
    response
}

/// Returns the redirect to the login, or the page that ends a redirect loop.
///
/// The URL is absolute, because Traefik resolves a path against its own URL of this endpoint.
fn redirect(context: &RequestContext) -> Response {
    let settings = context.settings();
    if redirect_loop::is_loop(settings, &context.cookies) {
        return LoginError::new(ErrorCode::CookiesBlocked).into_response(context, None, None);
    }
    let origin = settings.config.redirect_uri.origin();
    see_other(&format!("{origin}{}", login_path(context)))
}

/// Returns the path of a login that returns to the page.
fn login_path(context: &RequestContext) -> String {
    let settings = context.settings();
    let next = ReturnPath::from_page(settings, &context.page);
    links::login_path(settings, None, next.as_ref(), &LoginOptions::default())
}
