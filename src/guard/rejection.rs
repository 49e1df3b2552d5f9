//! The responses of guards to rejected requests.

use std::fmt;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{RETRY_AFTER, VARY, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Requirements, step_up};
use crate::{
    extract::User,
    login::{Login, LoginError, ReturnPath},
    pages::{self, ErrorCode, HeldForm},
    rejection::MissingAuthLayer,
    request::{Admission, Challenge, RequestContext, RequestKind, TokenRejection, is_safe},
    response::problem,
    sessions::SESSION_CACHE_TTL,
};

/// The reason why a guard rejects a request.
pub(crate) enum GuardRejection {
    NoLayer,
    /// Not logged in, for a page.
    Login,
    /// Not logged in as recently or as strongly as required, for a page. Boxed because it is rare
    /// and large.
    StepUp(Box<Login>),
    /// Not logged in, for anything else. Boxed because it is large.
    Unauthorized(Box<Response>),
    /// The bearer token is not accepted.
    Token(TokenRejection),
    /// Not logged in as recently or as strongly as required, for anything else.
    Insufficient(Box<Response>),
    /// Not logged in, for a page in a frame. Boxed because it is rare and large.
    Framed(Box<Response>),
    /// The session store does not answer. Boxed because it is rare and large.
    Unavailable(Box<Response>),
    /// Logged in, but not admitted. Boxed because it is rare and large.
    Forbidden(Box<Response>),
}

/// Returns the user of a request if the guard admits it. Any pending admission must have completed.
pub(crate) fn check(
    context: &RequestContext,
    required: &Requirements,
) -> Result<User, GuardRejection> {
    let user = User::of(context).map_err(GuardRejection::Token)?;
    if let Some(Admission::Unknown) = context.admission() {
        return Err(GuardRejection::Unavailable(Box::new(unavailable(context))));
    }
    let Some(identity) = context.identity() else {
        return Err(not_logged_in(context, required));
    };
    if !required.has_scopes(&user) {
        return Err(insufficient_scope(context, &required.scopes));
    }
    if !required.admits(&user) {
        return Err(forbidden(
            context,
            ErrorCode::Forbidden,
            required.overage(&user),
        ));
    }
    if !required.authentication.is_empty() {
        step_up::check(context, identity, &required.authentication)?;
    }
    Ok(user)
}

fn not_logged_in(context: &RequestContext, required: &Requirements) -> GuardRejection {
    match context.kind {
        RequestKind::Navigation => GuardRejection::Login,
        RequestKind::Frame => GuardRejection::Framed(Box::new(unauthorized_in_frame(context))),
        RequestKind::Prefetch | RequestKind::Subresource | RequestKind::Unknown => {
            let login = context.settings().path("/auth/login");
            let response = unauthorized(context, &login, &required.scopes);
            GuardRejection::Unauthorized(Box::new(response))
        }
    }
}

/// Returns the 403 for a logged-in user. `detail` is for the log and the developer.
pub(crate) fn forbidden(
    context: &RequestContext,
    code: ErrorCode,
    detail: Option<String>,
) -> GuardRejection {
    let response = if matches!(context.kind, RequestKind::Navigation | RequestKind::Frame) {
        // The page offers to log in with another account, and to return to the page requested.
        let next = ReturnPath::from_page(context.settings(), &context.page)
            .filter(|_| is_safe(&context.method));
        let next = next.map(|next| next.as_str().to_owned());
        let detail = detail.unwrap_or_default();
        LoginError::with(code, detail).into_response(context, None, next)
    } else {
        if let Some(detail) = detail {
            let reason = code.code();
            tracing::info!(reason, detail, "request refused");
        }
        let body = json!({ "type": "about:blank", "title": "Forbidden", "status": 403 });
        problem(StatusCode::FORBIDDEN, &body)
    };
    GuardRejection::Forbidden(Box::new(response))
}

/// Returns the 401 with a page that keeps a form.
pub(super) fn held_form(context: &RequestContext, form: HeldForm) -> Response {
    let page = (StatusCode::UNAUTHORIZED, pages::held_form(context, form));
    with_vary(challenge(page.into_response()))
}

/// Returns the 403 for a bearer token without the scopes of a guard. The challenge names all of
/// them, so that a client can request them together.
///
/// Source: RFC 6750, section 3.1; Model Context Protocol 2026-07-28, "Scope Challenge Handling".
fn insufficient_scope(context: &RequestContext, scopes: &[String]) -> GuardRejection {
    const DETAIL: &str = "the token lacks a scope";
    let body = json!({
        "type": "about:blank", "title": "Forbidden", "status": 403, "detail": DETAIL,
    });
    let mut response = problem(StatusCode::FORBIDDEN, &body);
    if let Some(challenge) = Challenge::new(context) {
        let challenge = challenge.error("insufficient_scope", DETAIL).scope(scopes);
        challenge.add_to(&mut response);
    }
    GuardRejection::Forbidden(Box::new(response))
}

impl IntoResponse for GuardRejection {
    fn into_response(self) -> Response {
        with_vary(match self {
            Self::NoLayer => return MissingAuthLayer.into_response(),
            Self::Login => Login::new().into_response(),
            Self::Token(rejection) => return rejection.into_response(),
            Self::StepUp(login) => login.into_response(),
            Self::Unauthorized(response)
            | Self::Insufficient(response)
            | Self::Framed(response)
            | Self::Unavailable(response)
            | Self::Forbidden(response) => *response,
        })
    }
}

/// Adds the headers that the response of a guard depends on.
fn with_vary(mut response: Response) -> Response {
    response.headers_mut().append(
        VARY,
        HeaderValue::from_static(
            "Cookie, Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest, Accept",
        ),
    );
    response
}

impl fmt::Debug for GuardRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLayer => "NoLayer",
            Self::Login => "Login",
            Self::StepUp(_) => "StepUp",
            Self::Unauthorized(_) => "Unauthorized",
            Self::Token(_) => "Token",
            Self::Insufficient(_) => "Insufficient",
            Self::Framed(_) => "Framed",
            Self::Unavailable(_) => "Unavailable",
            Self::Forbidden(_) => "Forbidden",
        })
    }
}

/// Returns the 503 while the session store does not answer. The user is not redirected to the
/// login, because the existing login may still be valid, and it cannot be replaced without the
/// store.
fn unavailable(context: &RequestContext) -> Response {
    let code = ErrorCode::SessionUnknown;
    let mut response = if matches!(context.kind, RequestKind::Navigation | RequestKind::Frame) {
        LoginError::new(code).into_response(context, None, None)
    } else {
        let body =
            json!({ "type": "about:blank", "title": "Session store unavailable", "status": 503 });
        problem(code.status(), &body)
    };
    let seconds = HeaderValue::from(SESSION_CACHE_TTL);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

/// Returns the 401 for a request that is not for a page. `login` is the URL that a page would be
/// redirected to. If bearer tokens are accepted, a challenge for them names the `scopes` that the
/// request needs.
pub(crate) fn unauthorized(context: &RequestContext, login: &str, scopes: &[String]) -> Response {
    let body =
        json!({ "type": "about:blank", "title": "Login required", "status": 401, "login": login });
    let mut response = problem(StatusCode::UNAUTHORIZED, &body);
    if let Some(challenge) = Challenge::new(context) {
        challenge.scope(scopes).add_to(&mut response);
    }
    challenge(response)
}

/// Returns the 401 for a page in a frame. It has a link that opens the same page in a window.
pub(crate) fn unauthorized_in_frame(context: &RequestContext) -> Response {
    let settings = context.settings();
    let page = ReturnPath::from_page(settings, &context.page).filter(|_| is_safe(&context.method));
    let href = page.map_or_else(|| settings.home(), |page| page.as_str().to_owned());
    challenge((StatusCode::UNAUTHORIZED, pages::open_window(context, href)).into_response())
}

/// Adds the challenge that every 401 must have (RFC 9110, section 15.5.2).
///
/// No scheme is registered for a login by cookie. Browsers show no password prompt for an
/// unknown scheme.
fn challenge(mut response: Response) -> Response {
    let scheme = HeaderValue::from_static("Cookie realm=\"login\"");
    response.headers_mut().append(WWW_AUTHENTICATE, scheme);
    response
}
