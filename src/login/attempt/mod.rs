//! Login attempts: logins in progress, each stored in a short-lived cookie.

use std::borrow::Cow;

use axum::http::HeaderValue;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth2::CsrfToken;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use self::limits::{MAX_ATTEMPTS_BYTES, oldest_names};
pub(crate) use self::limits::{clear_all, is_full};
use super::{redirect_loop, return_path::ReturnPath};
use crate::{
    config::ProviderConfig,
    cookie::{Cookies, MAX_COOKIE_BYTES, SigningKey, VerifyError, header_bytes, sign, verify},
    identity,
    pages::ErrorCode,
    provider::AuthenticationRequirements,
    state::Settings,
};

mod limits;

/// The data that a callback needs from the start of its login.
///
/// The nonce and the PKCE verifier are derived from `state` and the secret, so that the browser
/// never has them.
pub(crate) struct LoginAttempt {
    pub(crate) state: String,
    pub(crate) provider: String,
    /// The fingerprint of the client that the attempt was started for.
    client: String,
    pub(crate) next: Option<ReturnPath>,
    pub(super) terms: AttemptTerms,
    /// The time at which the attempt was started, in seconds since the Unix epoch.
    pub(super) started: u64,
    /// The key that signed the attempt and from which the nonce and the verifier are derived.
    key: SigningKey,
}

/// The conditions that a login has to meet when it finishes, fixed at its start.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct AttemptTerms {
    /// The requirements that the ID token has to meet.
    #[serde(default, skip_serializing_if = "AuthenticationRequirements::is_empty")]
    pub(super) requirements: AuthenticationRequirements,
    /// The fingerprint of the only user who may log in. `None` admits any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    /// The user may stay logged out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_silent: bool,
}

impl AttemptTerms {
    /// Returns true if the request may have the default `prompt`.
    pub(super) fn has_default_prompt(&self) -> bool {
        self.user.is_none() && !self.is_silent
    }
}

/// The reason why there is no attempt to finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptError {
    Missing,
    /// The cookie is not signed with a key of this app.
    Unreadable,
    /// The browser sent no cookies at all.
    NoCookies,
    Expired,
    /// The cookie was signed in the future, because the clocks of two replicas differ.
    ClocksDiffer,
    /// The `state` does not have the format of this app.
    InvalidState,
}

impl AttemptError {
    pub(super) fn code(self) -> ErrorCode {
        match self {
            Self::Missing => ErrorCode::AttemptMissing,
            Self::Unreadable => ErrorCode::AttemptUnreadable,
            Self::NoCookies => ErrorCode::NoCookies,
            Self::Expired => ErrorCode::AttemptExpired,
            Self::ClocksDiffer => ErrorCode::ClocksDiffer,
            Self::InvalidState => ErrorCode::StateMalformed,
        }
    }
}

impl LoginAttempt {
    /// Creates an attempt with a random `state`.
    pub(crate) fn new(
        settings: &Settings,
        provider: &ProviderConfig,
        next: Option<ReturnPath>,
        terms: AttemptTerms,
    ) -> Self {
        let state = CsrfToken::new_random_len(STATE_BYTES).into_secret();
        Self {
            state,
            provider: provider.name.clone(),
            client: provider.fingerprint(),
            next,
            terms,
            started: settings.now(),
            key: settings.keys[0].clone(),
        }
    }

    /// Finds the attempt that `state` belongs to, if this browser started it.
    pub(crate) fn find(
        settings: &Settings,
        cookies: &Cookies,
        state: &str,
        now: u64,
    ) -> Result<Self, AttemptError> {
        let name = cookie_name(settings, state).ok_or(AttemptError::InvalidState)?;
        let mut error = match cookies.pairs().next() {
            Some(_) => AttemptError::Missing,
            None => AttemptError::NoCookies,
        };
        for (_, value) in cookies
            .pairs()
            .filter(|(sent, _)| *sent == name.as_bytes())
            .take(2)
        {
            match verify(&settings.keys, &name, value, now, ATTEMPT_MAX_AGE) {
                Ok(verified) => {
                    let Ok(stored) = serde_json::from_str::<AttemptCookie<'_>>(&verified.text)
                    else {
                        continue;
                    };
                    if stored.state.as_bytes().ct_eq(state.as_bytes()).into() {
                        let next = stored
                            .next
                            .and_then(|next| ReturnPath::parse(settings, &next));
                        let key = settings.keys[verified.key].clone();
                        return Ok(Self {
                            state: stored.state.into_owned(),
                            provider: stored.provider.into_owned(),
                            client: stored.client.into_owned(),
                            next,
                            terms: stored.terms,
                            started: verified.time,
                            key,
                        });
                    }
                }
                Err(VerifyError::Expired) => error = AttemptError::Expired,
                Err(VerifyError::ClocksDiffer) => error = AttemptError::ClocksDiffer,
                Err(_) => error = AttemptError::Unreadable,
            }
        }
        Err(error)
    }

    /// Returns true if the attempt was started for this client. Its code must not reach another one
    /// (RFC 9700, section 4.4).
    pub(crate) fn is_for(&self, provider: &ProviderConfig) -> bool {
        self.client == provider.fingerprint()
    }

    /// Returns the page to return to, or the home page.
    pub(super) fn return_path(&self, settings: &Settings) -> String {
        let next = self.next.as_ref();
        next.map_or_else(|| settings.home(), |next| next.as_str().to_owned())
    }

    pub(crate) fn nonce(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.key.derive("nonce", &self.state))
    }

    /// Returns 43 characters with 256 bits of entropy. That is the minimum length of RFC 7636,
    /// section 4.1.
    pub(crate) fn pkce_verifier(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.key.derive("pkce-verifier", &self.state))
    }

    /// Returns the cookie of this attempt, and removals of the oldest attempts if there are too
    /// many.
    ///
    /// A return path that does not fit into the cookie, or into the rest of `cookie_budget`, is
    /// omitted. A login that ends at the home page is better than no login.
    pub(crate) fn cookies(
        &self,
        settings: &Settings,
        sent: &Cookies,
        now: u64,
    ) -> Vec<HeaderValue> {
        let spare = identity::spare_bytes(settings, sent);
        let spare = spare
            .saturating_sub(redirect_loop::bytes(settings, sent))
            .min(MAX_ATTEMPTS_BYTES);
        let name = cookie_name(settings, &self.state).expect("a generated state is long enough");
        let signed = |next: Option<&ReturnPath>| {
            let value = sign(&self.key, &name, &self.to_json(next), now);
            (
                settings.attributes.set(&name, &value, ATTEMPT_MAX_AGE),
                value,
            )
        };
        let (mut cookie, mut value) = signed(self.next.as_ref());
        let bytes = |value: &str| header_bytes(name.as_bytes(), value.as_bytes());
        if self.next.is_some() && (cookie.len() > MAX_COOKIE_BYTES || bytes(&value) > spare) {
            tracing::debug!(bytes = cookie.len(), "return path too long");
            (cookie, value) = signed(None);
        }
        let removed = oldest_names(settings, sent, bytes(&value), spare);
        std::iter::once(cookie)
            .chain(removed.iter().map(|name| settings.attributes.clear(name)))
            .collect()
    }

    fn to_json(&self, next: Option<&ReturnPath>) -> String {
        let stored = AttemptCookie {
            state: self.state.as_str().into(),
            provider: self.provider.as_str().into(),
            client: self.client.as_str().into(),
            next: next.map(|next| next.as_str().into()),
            terms: self.terms.clone(),
        };
        serde_json::to_string(&stored).expect("strings can be serialized")
    }
}

/// Returns the removal of the attempt that `state` belongs to, whether it was finished or not.
pub(crate) fn clear(settings: &Settings, cookies: &Cookies, state: &str) -> Option<HeaderValue> {
    let name = cookie_name(settings, state)?;
    let is_sent = cookies.pairs().any(|(sent, _)| sent == name.as_bytes());
    is_sent.then(|| settings.attributes.clear(&name))
}

/// In seconds. 15 minutes are enough to look up a password and complete a second factor.
pub(super) const ATTEMPT_MAX_AGE: u64 = 15 * 60;

/// 256 bits, so that `state` cannot be guessed.
const STATE_BYTES: u32 = 32;

/// Characters of `state` in the cookie name. They are enough to avoid collisions and do not reveal
/// the rest.
const NAME_STATE_LEN: usize = 10;

const PREFIX: &str = "_streamlit_login_";

#[derive(Deserialize, Serialize)]
struct AttemptCookie<'a> {
    state: Cow<'a, str>,
    provider: Cow<'a, str>,
    /// Absent in attempts of earlier versions, which then match no client.
    #[serde(default)]
    client: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Cow<'a, str>>,
    #[serde(flatten)]
    terms: AttemptTerms,
}

/// Returns the name of the cookie. `None` if `state` does not have the format of this app.
fn cookie_name(settings: &Settings, state: &str) -> Option<String> {
    let suffix = state
        .get(..NAME_STATE_LEN)
        .filter(|_| is_base64_url(state))?;
    Some(settings.attributes.name(&format!("{PREFIX}{suffix}")))
}

/// Returns true if `state` has the format of this app.
pub(super) fn is_state(state: &str) -> bool {
    // Base64 of `STATE_BYTES`.
    state.len() == 43 && is_base64_url(state)
}

fn is_base64_url(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
