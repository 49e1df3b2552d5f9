//! The login, Streamlit's `st.login()`: the authorization request, and the callback that finishes
//! it.

use std::time::Duration;

use axum::response::{IntoResponse, Response};

pub use self::silent::SilentLogin;
pub(crate) use self::{
    admission::admit,
    authentication::add_userinfo,
    authorization_request::{authorization_url, is_open_to_mix_up, start},
    callback::finish,
    error::LoginError,
    error_mapping::{INTERACTION_ERRORS, fetch_error_code},
    graph_groups::add as add_graph_groups,
    options::LoginOptions,
    return_path::ReturnPath,
    silent::SilentDecision,
};
use crate::rejection::MissingAuthLayer;

mod admission;
pub(crate) mod attempt;
mod authentication;
mod authorization_request;
mod authorization_response;
mod callback;
mod error;
mod error_mapping;
pub(crate) mod form_post;
mod full_name;
mod graph_groups;
pub(crate) mod links;
mod options;
pub(crate) mod redirect_loop;
mod return_path;
mod session;
pub(crate) mod silent;
#[cfg(feature = "streamlit-cookies")]
pub(crate) mod streamlit_token;

/// A response that sends the user to the provider: Streamlit's `st.login()`.
///
/// ```
/// use axum::response::IntoResponse;
/// use axum_streamlit_auth::{Login, User};
///
/// async fn home(user: User) -> impl IntoResponse {
///     if !user.is_logged_in() {
///         return Login::new().provider("google").into_response(); // st.login("google")
///     }
///     "Welcome!".into_response()
/// }
/// ```
///
/// [`Login::new`] is `st.login()`: a login with the provider in `[auth]` itself, or with the only
/// provider. If there are several, the user selects one on a page. After the login, the user is
/// back on the page that returned this response, or on the page of [`return_to`](Login::return_to).
///
/// Like a redirect, the value has no effect until a handler returns it. A provider that is not
/// configured results in a 404 page.
#[doc(alias = "st.login")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a login starts when a handler returns it"]
pub struct Login {
    pub(crate) provider: Option<String>,
    pub(crate) return_to: Option<String>,
    pub(crate) options: LoginOptions,
}

impl Login {
    /// A login with the default provider.
    pub fn new() -> Self {
        Self::default()
    }

    /// A login without a page of the provider, for users who have a session there.
    ///
    /// Return it together with the page for everyone else: see [`SilentLogin`].
    pub fn silent() -> SilentLogin {
        SilentLogin::new()
    }

    /// Selects the provider of `[auth.<provider>]`. `"default"` is the one in `[auth]` itself.
    pub fn provider(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// Sets the page to return to: a path of this app, such as `/report?year=2026`.
    ///
    /// Any other value leads to the home page, and so does a path that does not fit into the cookie
    /// of the login. Paths of up to 2,500 bytes always fit.
    pub fn return_to(mut self, path: impl Into<String>) -> Self {
        self.return_to = Some(path.into());
        self
    }

    /// Sets a parameter of this login's authorization request, such as `ui_locales` or `max_age`.
    ///
    /// It replaces the one in `client_kwargs`, except that the smaller `max_age` is sent. An empty
    /// value omits the parameter. `max_age`, `acr_values` and `prompt=login` are verified in the ID
    /// token; see [the guide](crate::guide::step_up).
    ///
    /// The parameters that keep a login safe cannot be set, such as `state`, `redirect_uri` and
    /// `scope`. A login with one of them, or with a `max_age` that is not a number, ends on an
    /// error page with the code `parameter_refused`.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.set(name.into(), value.into());
        self
    }

    /// Sets `login_hint`: the e-mail address or name that the provider fills in.
    ///
    /// The address becomes part of a URL at the provider. It is never logged.
    pub fn login_hint(self, hint: impl Into<String>) -> Self {
        self.param("login_hint", hint)
    }

    /// Sets `prompt`, such as `consent`, `login` or `select_account`, or several of them separated
    /// by spaces. An empty value leaves the decision to the provider.
    ///
    /// Source: OpenID Connect Core 1.0, section 3.1.2.1.
    pub fn prompt(self, prompt: impl Into<String>) -> Self {
        self.param("prompt", prompt)
    }
}

impl Login {
    pub(crate) fn is_silent(&self) -> bool {
        self.options.is_silent
    }
}

/// The layer finds the value in the response extensions and carries out the login. Without the
/// layer, this response is sent as it is.
impl IntoResponse for Login {
    fn into_response(self) -> Response {
        let mut response = MissingAuthLayer.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Timeout for all requests to the provider during one authorization request or one callback. The
/// hook of the app has its own timeout.
pub(crate) const LOGIN_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(fuzzing)]
pub(crate) fn fuzz_callback(query: &str) {
    let _ = authorization_response::AuthorizationResponse::parse(query);
    let _ = links::LoginQuery::parse(query);
}
