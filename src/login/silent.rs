//! Silent logins: logins without a page of the provider.

use std::convert::Infallible;

use axum::{
    http::{HeaderValue, Method},
    response::{IntoResponseParts, ResponseParts},
};

use super::Login;
use crate::{
    cookie::Cookies,
    request::{Admission, RequestContext, RequestKind},
    state::Settings,
};

/// An addition to a page for users who are not logged in, which logs in those who have a session at
/// the provider. [`Login::silent`] creates it.
///
/// When a visitor arrives at the page, the provider is asked without showing a page
/// (`prompt=none`). A user with a session there returns to the page logged in. All other visitors
/// get the page unchanged.
///
/// ```
/// use axum::response::{IntoResponse, Response};
/// use axum_streamlit_auth::{Login, User};
///
/// async fn home(user: User) -> Response {
///     match user.name() {
///         Some(name) => format!("Welcome, {name}!").into_response(),
///         None => (Login::silent(), "Welcome, guest!").into_response(),
///     }
/// }
/// ```
///
/// The provider is asked at most once every ten minutes, and only for a navigation from outside the
/// app. See [the guide](crate::guide::step_up) for what the visitor notices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a silent login starts when a handler returns it together with a page"]
pub struct SilentLogin(Login);

impl SilentLogin {
    pub(super) fn new() -> Self {
        let mut login = Login::new();
        login.options.is_silent = true;
        Self(login)
    }

    /// Selects the provider of `[auth.<provider>]`. Without it, the default or only provider is
    /// asked. If there are several providers and no default, none is asked.
    pub fn provider(self, provider: impl Into<String>) -> Self {
        Self(self.0.provider(provider))
    }

    /// Sets `login_hint`, which selects one of several sessions at the provider.
    pub fn login_hint(self, hint: impl Into<String>) -> Self {
        Self(self.0.login_hint(hint))
    }
}

/// The layer finds the login in the response extensions, and replaces the page with a redirect if
/// it asks the provider.
impl IntoResponseParts for SilentLogin {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self.0);
        Ok(parts)
    }
}

/// The decision whether a request starts a silent login.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SilentDecision {
    /// The provider is asked.
    Ask,
    /// The page is shown. The provider is not asked for the next few minutes.
    Wait,
    /// The page is shown.
    Skip,
}

/// Decides whether the provider is asked:
///
/// 1. The request is a GET navigation of a browser window, and has no user.
/// 2. The provider was not asked within [`ASKED_TTL`].
/// 3. The visitor arrives from outside. A page of the app that links or redirects here has already
///    shown that the visitor is not logged in, for example after a logout.
///
/// Rule 3 requires Fetch Metadata, so that crawlers get the page.
pub(crate) fn decide(context: &RequestContext) -> SilentDecision {
    let is_page = context.kind == RequestKind::Navigation && context.method == Method::GET;
    if !is_page || !has_no_user(context) || was_asked(context.settings(), &context.cookies) {
        return SilentDecision::Skip;
    }
    if context.is_arrival {
        SilentDecision::Ask
    } else {
        SilentDecision::Wait
    }
}

/// Also returns false while the user is not known.
fn has_no_user(context: &RequestContext) -> bool {
    let _ = context.identity();
    matches!(
        context.admission(),
        Some(Admission::NotSent | Admission::Rejected)
    )
}

/// Returns the cookie that records that the provider was asked.
pub(crate) fn mark_asked(settings: &Settings) -> HeaderValue {
    let name = settings.attributes.name(NAME);
    settings.attributes.set(&name, "1", ASKED_TTL)
}

/// The cookie is not signed, because a forged one only affects the client that sends it.
fn was_asked(settings: &Settings, cookies: &Cookies) -> bool {
    let name = settings.attributes.name(NAME);
    cookies.pairs().any(|(sent, _)| sent == name.as_bytes())
}

const NAME: &str = "_streamlit_silent";

/// In seconds. A visitor who stays logged out is redirected to the provider at most once every ten
/// minutes.
const ASKED_TTL: u64 = 10 * 60;
