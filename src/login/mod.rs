//! `st.login()`: what starts a login, and what finishes it.

use std::time::Duration;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};

pub(crate) use self::{
    failure::Failure,
    finish::finish,
    reason::of_outage,
    return_path::ReturnPath,
    start::{authorization_url, is_open_to_mix_up, start},
};
use crate::{site::Site, user::AuthLayerMissing};

pub(crate) mod attempt;
mod callback;
mod failure;
mod finish;
#[cfg(feature = "streamlit")]
pub(crate) mod provider_token;
mod reason;
mod return_path;
pub(crate) mod rounds;
mod start;

/// A response that sends the visitor to the provider: Streamlit's `st.login()`.
///
/// ```
/// use axum::response::IntoResponse;
/// use axum_streamlit_auth::{Login, User};
///
/// async fn home(user: User) -> impl IntoResponse {
///     if !user.is_logged_in() {
///         return Login::with("google").into_response(); // st.login("google")
///     }
///     "Welcome!".into_response()
/// }
/// ```
///
/// [`Login::default`] is `st.login()`: the provider in `[auth]` itself, or the only one there is; where there are several, a page to choose
/// from. Afterwards the visitor is back on the page that this is the answer of, or where [`next`](Login::next) says.
///
/// Like a redirect, this is a value that does nothing until a handler returns it. A name that is not configured becomes a 404 page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a login starts when a handler returns it"]
pub struct Login {
    pub(crate) provider: Option<String>,
    pub(crate) next: Option<String>,
}

impl Login {
    /// A login with the provider of `[auth.<provider>]`; `"default"` is the one in `[auth]` itself.
    pub fn with(provider: impl Into<String>) -> Self {
        Self {
            provider: Some(provider.into()),
            next: None,
        }
    }

    /// Where the visitor goes after the login: a path of your own origin, such as `/report?year=2026`. Anything else is the home page.
    ///
    /// Some 2,500 bytes of path and query fit into the cookie of a login attempt (RFC 6265bis, section 5.6: 4,096 bytes). A longer one is the
    /// home page too.
    pub fn next(mut self, path: impl Into<String>) -> Self {
        self.next = Some(path.into());
        self
    }
}

/// The layer sees the intent in the extensions and carries it out; without the layer this answer goes out as it is.
impl IntoResponse for Login {
    fn into_response(self) -> Response {
        let mut response = AuthLayerMissing.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// All network of one start or callback together; then the user gets an answer anyway. The app's hook has a limit of its own.
pub(crate) const TIME_OUT: Duration = Duration::from_secs(10);

/// A 303, so that no form is posted again (RFC 9110, section 15.4.4), which no cache keeps and which names no referrer.
pub(crate) fn redirect(location: &str) -> Response {
    let location =
        HeaderValue::try_from(location).expect("a URL and a checked path are visible ASCII");
    let headers = [
        (LOCATION, location),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Appends cookies to a response, which no cache may keep from then on.
pub(crate) fn set(response: &mut Response, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The path of ours that starts a login.
pub(crate) fn link(site: &Site, provider: Option<&str>, next: Option<&ReturnPath>) -> String {
    let provider = provider.filter(|name| {
        site.config
            .providers
            .iter()
            .any(|provider| provider.name == *name)
    });
    let mut link = site.path("/auth/login");
    if let Some(name) = provider {
        link.push('/');
        link.push_str(name);
    }
    with_next(&link, next)
}

/// `path` with the return path as its query.
pub(crate) fn with_next(path: &str, next: Option<&ReturnPath>) -> String {
    match next {
        Some(next) => format!("{path}?{}", query(next.as_str())),
        None => path.to_owned(),
    }
}

/// The query that says where a login leads.
pub(crate) fn query(next: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair(NEXT, next)
        .finish()
}

/// The one parameter that `/auth/login` takes.
pub(crate) fn next_of(query: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == NEXT)
        .map(|(_, next)| next.into_owned())
}

const NEXT: &str = "next";

#[cfg(fuzzing)]
pub(crate) fn fuzz_callback(query: &str) {
    let _ = callback::Callback::parse(query);
    let _ = next_of(query);
}
