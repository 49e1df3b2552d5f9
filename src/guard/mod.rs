//! Who may go on: [`LoggedIn`] for one handler, [`require_login`] for a group of routes.

use std::{fmt, sync::Arc};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, VARY, WWW_AUTHENTICATE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

pub use self::require_login::{RequireLogin, RequireLoginService, require_login};
use crate::{
    login::{Failure, Login, ReturnPath},
    pages::{self, Cause},
    site::{Kind, Visit, is_safe},
    user::{AuthLayerMissing, User},
};

mod require_login;

/// A [`User`] who is logged in; the handler does not run for anybody else.
///
/// A visitor without a login is sent to it when the request is for a page, and comes back to that page; every other request gets a 401 with
/// an `application/problem+json` body that holds the login's URL. `Option<LoggedIn>` is `None` instead.
///
/// ```
/// use axum_streamlit_auth::LoggedIn;
///
/// async fn report(LoggedIn(user): LoggedIn) -> String {
///     format!("The report for {}", user.text("name"))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct LoggedIn(pub User);

/// The rejection of [`LoggedIn`]: the way to the login, or a 401.
#[derive(Debug)]
pub struct LoginRequired(Refusal);

impl<S: Send + Sync> FromRequestParts<S> for LoggedIn {
    type Rejection = LoginRequired;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, LoginRequired> {
        let visit: Option<&Arc<Visit>> = parts.extensions.get();
        let visit = visit.ok_or(LoginRequired(Refusal::NoLayer))?;
        let user = User::admitted(visit).await;
        check(visit, &require_login()).map_err(LoginRequired)?;
        Ok(Self(user.clone()))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for LoggedIn {
    type Rejection = AuthLayerMissing;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> Result<Option<Self>, AuthLayerMissing> {
        let visit: &Arc<Visit> = parts.extensions.get().ok_or(AuthLayerMissing)?;
        let user = User::admitted(visit).await;
        Ok(user.is_logged_in().then(|| Self(user.clone())))
    }
}

impl IntoResponse for LoginRequired {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl fmt::Display for LoginRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("login required")
    }
}

impl std::error::Error for LoginRequired {}

/// Why a guard does not let a request through.
enum Refusal {
    NoLayer,
    /// Not logged in, and asking for a page.
    Login,
    /// Not logged in, and asking for something else.
    Unauthorized {
        login: String,
    },
    /// Not logged in, and asking for a page in a frame. Boxed as below.
    Framed(Box<Response>),
    /// Logged in, and not the right one. Boxed because it is rare and large.
    Forbidden(Box<Response>),
}

/// Checks the user of a request, who has been [found](User::find).
fn check(visit: &Visit, guard: &RequireLogin) -> Result<(), Refusal> {
    let user = User::of(visit);
    match (user.is_logged_in(), visit.kind) {
        (true, _) if guard.admits(user) => Ok(()),
        (true, Kind::Navigation | Kind::Frame) => {
            // Another account may be let in, and then wants to see this very page.
            let next =
                ReturnPath::of_page(&visit.site, &visit.uri).filter(|_| is_safe(&visit.method));
            let next = next.map(|next| next.as_str().to_owned());
            let detail = guard.overage(user).unwrap_or_default();
            let page = Failure::with(Cause::Forbidden, detail).answer(visit, None, next);
            Err(Refusal::Forbidden(Box::new(page)))
        }
        (true, _) => {
            if let Some(detail) = guard.overage(user) {
                let reason = Cause::Forbidden.code();
                tracing::info!(target: crate::LOG, reason, detail, "request refused");
            }
            let body = json!({ "type": "about:blank", "title": "Forbidden", "status": 403 });
            Err(Refusal::Forbidden(Box::new(problem(
                StatusCode::FORBIDDEN,
                &body,
            ))))
        }
        (false, Kind::Navigation) => Err(Refusal::Login),
        (false, Kind::Frame) => Err(Refusal::Framed(Box::new(unauthorized_in_frame(visit)))),
        (false, _) => Err(Refusal::Unauthorized {
            login: visit.site.path("/auth/login"),
        }),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = match self {
            Self::NoLayer => return AuthLayerMissing.into_response(),
            Self::Login => Login::default().into_response(),
            Self::Unauthorized { login } => unauthorized(&login),
            Self::Framed(response) | Self::Forbidden(response) => *response,
        };
        response.headers_mut().append(
            VARY,
            HeaderValue::from_static(
                "Cookie, Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest, Accept",
            ),
        );
        response
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLayer => "NoLayer",
            Self::Login => "Login",
            Self::Unauthorized { .. } => "Unauthorized",
            Self::Framed(_) => "Framed",
            Self::Forbidden(_) => "Forbidden",
        })
    }
}

/// The 401 for everything that is no page; `login` is where a page would have been sent.
pub(crate) fn unauthorized(login: &str) -> Response {
    let body =
        json!({ "type": "about:blank", "title": "Login required", "status": 401, "login": login });
    challenge(problem(StatusCode::UNAUTHORIZED, &body))
}

/// The 401 for a page in a frame: a page with a link that opens the same page in its own window.
pub(crate) fn unauthorized_in_frame(visit: &Visit) -> Response {
    let site = &visit.site;
    let page = ReturnPath::of_page(site, &visit.uri).filter(|_| is_safe(&visit.method));
    let href = page.map_or_else(|| site.home(), |page| page.as_str().to_owned());
    challenge((StatusCode::UNAUTHORIZED, pages::open_window(visit, href)).into_response())
}

/// Adds the challenge that every 401 has (RFC 9110, section 15.5.2).
///
/// No scheme is registered for a login by cookie. Browsers show no password prompt for this one.
fn challenge(mut response: Response) -> Response {
    let scheme = HeaderValue::from_static("Cookie realm=\"login\"");
    response.headers_mut().append(WWW_AUTHENTICATE, scheme);
    response
}

/// Source: RFC 9457, section 3.
fn problem(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        ),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body.to_string()).into_response()
}
