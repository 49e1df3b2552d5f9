//! `st.login()`: what starts a login, and what finishes it.

use std::{fmt, time::Duration};

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};
use oauth2::CsrfToken;

use self::attempt::Attempt;
pub(crate) use self::{
    finish::{finish, keep},
    return_path::ReturnPath,
    start::{authorization_url, start},
};
use crate::{
    identity::TooLarge,
    pages::{self, Cause, Details, Retry},
    provider::ProviderError,
    site::Site,
    user::AuthLayerMissing,
};

pub(crate) mod attempt;
mod callback;
mod finish;
#[cfg(feature = "streamlit")]
pub(crate) mod provider_token;
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

/// All network of one start or callback together; then the visitor gets an answer anyway.
pub(crate) const TIME_OUT: Duration = Duration::from_secs(10);

/// Why a login failed. The detail is for the log alone.
#[derive(Debug)]
pub(crate) struct Failure {
    cause: Cause,
    detail: String,
    largest: Vec<(String, usize)>,
    /// The app's own words for the visitor.
    sentence: Option<String>,
}

impl Failure {
    pub(crate) fn of(cause: Cause) -> Self {
        Self::with(cause, String::new())
    }

    pub(crate) fn with(cause: Cause, detail: String) -> Self {
        Self {
            cause,
            detail,
            largest: Vec::new(),
            sentence: None,
        }
    }

    /// The app's hook said no.
    fn refused(sentence: String) -> Self {
        Self {
            sentence: Some(sentence),
            ..Self::of(Cause::NotAllowed)
        }
    }

    pub(crate) fn timed_out() -> Self {
        Self::with(
            Cause::ProviderDown,
            format!("no answer within {} s", TIME_OUT.as_secs()),
        )
    }

    fn too_large(error: TooLarge) -> Self {
        let detail = format!(
            "the claims have {} bytes; the largest are {:?}",
            error.size, error.largest
        );
        Self {
            cause: Cause::TooLarge,
            detail,
            largest: error.largest,
            sentence: None,
        }
    }

    fn cause(&self) -> Cause {
        self.cause
    }

    /// The page for the visitor and the one line for the log, with the same reference on both.
    pub(crate) fn page(self, site: &Site, attempt: Option<&Attempt>) -> Response {
        let provider = attempt.map(|attempt| attempt.provider.as_str());
        let next = attempt
            .and_then(|attempt| attempt.next.as_ref())
            .map(|next| next.as_str().to_owned());
        self.answer(site, provider, next)
    }

    /// As [`page`](Self::page), for a login that did not get as far as an attempt.
    pub(crate) fn answer(
        self,
        site: &Site,
        provider: Option<&str>,
        next: Option<String>,
    ) -> Response {
        let reference: String = CsrfToken::new_random_len(6).into_secret();
        let (code, detail) = (self.cause.code(), OneLine(&self.detail));
        let known = provider.filter(|name| {
            site.config
                .providers
                .iter()
                .any(|provider| provider.name == *name)
        });
        let name = known.unwrap_or("unknown");
        // These two are for the people who run the app to act on.
        if matches!(self.cause, Cause::ProviderDown | Cause::TooLarge) {
            tracing::error!(target: crate::LOG, reason = code, provider = name, reference, %detail, "login not possible");
        } else {
            tracing::warn!(target: crate::LOG, reason = code, provider = name, reference, %detail, "login refused");
        }
        let action = site.path(&known.map_or("/auth/login".to_owned(), |name| {
            format!("/auth/login/{name}")
        }));
        let retry = (self.cause != Cause::UnknownProvider).then_some(Retry { action, next });
        let mut response = pages::error(
            site,
            self.cause,
            Details {
                retry,
                reference: Some(reference),
                largest: self.largest,
                sentence: self.sentence,
            },
        );
        if self.cause == Cause::ProviderDown {
            response
                .headers_mut()
                .insert("retry-after", HeaderValue::from_static("30"));
        }
        response
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        let cause = match &error {
            ProviderError::Down(_) => Cause::ProviderDown,
            ProviderError::Client(_) => Cause::ClientRefused,
            ProviderError::Code(_) => Cause::CodeRefused,
            ProviderError::Answer(_) => Cause::AnswerRefused,
            ProviderError::IdToken(_) => Cause::IdTokenRefused,
            ProviderError::UserInfo(_) => Cause::UserInfoRefused,
        };
        Self::with(cause, error.to_string())
    }
}

/// Text from elsewhere on one line of the log: escaped, and cut at 200 characters.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().take(200).try_for_each(|letter| {
            // Line and paragraph separators and direction marks are no control characters to `char::is_control`.
            let splits = letter.is_control()
                || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if splits {
                write!(f, "{}", letter.escape_unicode())
            } else {
                write!(f, "{letter}")
            }
        })
    }
}

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
    if let Some(next) = next {
        link.push('?');
        link.push_str(
            &url::form_urlencoded::Serializer::new(String::new())
                .append_pair(NEXT, next.as_str())
                .finish(),
        );
    }
    link
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
