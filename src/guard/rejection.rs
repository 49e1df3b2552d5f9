//! The responses of guards to rejected requests.

use std::fmt;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{RequireLogin, step_up};
use crate::{
    extract::User,
    login::{Login, LoginError, ReturnPath},
    pages::{self, ErrorCode, HeldForm},
    rejection::MissingAuthLayer,
    request::{Admission, RequestContext, RequestKind, is_safe},
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
    /// Not logged in, for anything else.
    Unauthorized {
        login: String,
    },
    /// Not logged in as recently or as strongly as required, for anything else.
    Insufficient(Box<Response>),
    /// Not logged in, for a page in a frame. Boxed because it is rare and large.
    Framed(Box<Response>),
    /// The session store does not answer. Boxed because it is rare and large.
    Unavailable(Box<Response>),
    /// Logged in, but not admitted. Boxed because it is rare and large.
    Forbidden(Box<Response>),
}

/// Returns the user of a request if the guard admits it. A pending admission must be complete.
pub(crate) fn check(
    context: &RequestContext,
    guard: &RequireLogin,
) -> Result<User, GuardRejection> {
    let user = User::new(context.identity());
    if let Some(Admission::Unknown) = context.admission() {
        return Err(GuardRejection::Unavailable(Box::new(unavailable(context))));
    }
    let Some(identity) = context.identity() else {
        return Err(not_logged_in(context));
    };
    if !guard.admits(&user) {
        return Err(forbidden(
            context,
            ErrorCode::Forbidden,
            guard.overage(&user),
        ));
    }
    if !guard.authentication.is_empty() {
        step_up::check(context, identity, &guard.authentication)?;
    }
    Ok(user)
}

fn not_logged_in(context: &RequestContext) -> GuardRejection {
    match context.kind {
        RequestKind::Navigation => GuardRejection::Login,
        RequestKind::Frame => GuardRejection::Framed(Box::new(unauthorized_in_frame(context))),
        RequestKind::Prefetch | RequestKind::Subresource | RequestKind::Unknown => {
            GuardRejection::Unauthorized {
                login: context.settings().path("/auth/login"),
            }
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
        let next = ReturnPath::from_uri(context.settings(), &context.uri)
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

impl IntoResponse for GuardRejection {
    fn into_response(self) -> Response {
        with_vary(match self {
            Self::NoLayer => return MissingAuthLayer.into_response(),
            Self::Login => Login::new().into_response(),
            Self::StepUp(login) => login.into_response(),
            Self::Unauthorized { login } => unauthorized(&login),
            Self::Insufficient(response)
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
            Self::Unauthorized { .. } => "Unauthorized",
            Self::Insufficient(_) => "Insufficient",
            Self::Framed(_) => "Framed",
            Self::Unavailable(_) => "Unavailable",
            Self::Forbidden(_) => "Forbidden",
        })
    }
}

/// Returns the 503 while the session store does not answer. The user is not redirected to the
/// login, because the login may be valid, and cannot be replaced without the store.
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
/// redirected to.
pub(crate) fn unauthorized(login: &str) -> Response {
    let body =
        json!({ "type": "about:blank", "title": "Login required", "status": 401, "login": login });
    challenge(problem(StatusCode::UNAUTHORIZED, &body))
}

/// Returns the 401 for a page in a frame. It has a link that opens the same page in a window.
pub(crate) fn unauthorized_in_frame(context: &RequestContext) -> Response {
    let settings = context.settings();
    let page = ReturnPath::from_uri(settings, &context.uri).filter(|_| is_safe(&context.method));
    let href = page.map_or_else(|| settings.home(), |page| page.as_str().to_owned());
    challenge((StatusCode::UNAUTHORIZED, pages::open_window(context, href)).into_response())
}

/// Adds the challenge that every 401 must have (RFC 9110, section 15.5.2).
///
/// There is no registered scheme for a login by cookie. Browsers show no password prompt for an
/// unknown scheme.
fn challenge(mut response: Response) -> Response {
    let scheme = HeaderValue::from_static("Cookie realm=\"login\"");
    response.headers_mut().append(WWW_AUTHENTICATE, scheme);
    response
}

/// Returns a response with problem details (RFC 9457, section 3).
pub(super) fn problem(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        ),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body.to_string()).into_response()
}
