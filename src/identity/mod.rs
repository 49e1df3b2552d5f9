//! Identities: a user's claims, from the identity cookie or a bearer token.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use serde_json::{Map, Value};

use crate::{
    config::CookieFormat,
    sessions::{SessionClaims, SessionId},
    state::{CLIENT, RULE_INPUTS, SESSION, Settings},
};

use self::admission_record::Stored;
pub use self::tokens::Tokens;
pub(crate) use self::{
    admission::{AdmissionError, admit},
    bearer::{known_token, remember_token},
    cookie_budget::{COOKIE_HEADER_BUDGET, IdentityCookies, TooLarge, set_bytes, spare_bytes},
    read::was_sent,
    retained_claims::RetainedClaims,
    session::ActiveSession,
    token_refusal::TokenRefusal,
    write::{clear, encode, text, write},
};

mod admission;
mod admission_record;
mod bearer;
mod claim_binding;
mod cookie_budget;
#[cfg(all(test, feature = "streamlit-cookies"))]
mod golden;
mod json;
mod payload;
mod read;
mod renewal;
mod retained_claims;
mod session;
#[cfg(feature = "streamlit-cookies")]
mod streamlit;
mod token_refusal;
mod tokens;
mod write;

/// A verified identity. The claims are parsed only when an app asks for more than one.
pub(crate) struct Identity {
    /// A JSON object: `origin`, `is_logged_in`, the claims, `provider`. See
    /// [`Envelope`](crate::state::Envelope). Streamlit puts the claims first.
    json: String,
    claims: OnceLock<Map<String, Value>>,
    pub(crate) tokens: Tokens,
    /// The time at which the login finished, in seconds since the Unix epoch.
    pub(crate) time: u64,
    /// Seconds from `time` until the identity expires.
    max_age: u64,
    format: CookieFormat,
    /// Signed with an earlier secret, or not in the configured format, so it must be signed again.
    needs_refresh: bool,
    /// Index of its provider in the configuration.
    client: usize,
    /// True if the hook has accepted the identity, or if it has a fingerprint. A fingerprint means
    /// that this crate wrote the identity after the hook ran.
    is_accepted: bool,
    /// From the [record](admission_record). Without a record, these are in `json`.
    stored: Option<Box<Stored>>,
    /// The session that was found active. `None` without a session store.
    session: Option<ActiveSession>,
    /// The text and claims of the session's record. They replace `json` and `claims`.
    recorded: Option<Arc<SessionClaims>>,
    /// The text of the cookie if `json` contains the claims that the hook returned.
    original_json: Option<Box<str>>,
    /// The hook has just accepted the identity, or a secret has changed, so a record must be
    /// written.
    is_record_due: bool,
    /// From a bearer token. No cookie belongs to it.
    pub(crate) is_bearer: bool,
}

impl Identity {
    pub(crate) fn provider(&self) -> &str {
        self.get_str("provider").unwrap_or_default()
    }

    /// Returns a claim that is a string.
    pub(crate) fn get_str(&self, claim: &str) -> Option<&str> {
        match json::get_str(self.text(), claim) {
            Some(value) if !HIDDEN_CLAIMS.contains(&claim) => Some(value),
            _ => self.claims().get(claim).and_then(Value::as_str),
        }
    }

    /// Returns `is_logged_in`, the claims and `provider`, in the order of `st.user`.
    ///
    /// Source: Streamlit 1.67, `user_info.UserInfoProxy`, which also hides `origin`.
    pub(crate) fn claims(&self) -> &Map<String, Value> {
        let (parsed, text) = match &self.recorded {
            None => (&self.claims, &self.json),
            Some(recorded) => (&recorded.parsed, &recorded.text),
        };
        parsed.get_or_init(|| json::claims(text))
    }

    /// Returns the text with the claims that are valid now.
    fn text(&self) -> &str {
        match &self.recorded {
            None => &self.json,
            Some(recorded) => &recorded.text,
        }
    }

    /// Returns the session that the cookie belongs to, active or not.
    pub(crate) fn session_id(&self, settings: &Settings) -> Option<SessionId> {
        let envelope = &settings.envelopes[self.client];
        let in_text = || payload::session(envelope, self.signed_text());
        let stored = self.stored.as_ref().and_then(|stored| stored.session);
        stored.or_else(in_text)
    }

    /// Waits until the session ends or expires.
    pub(crate) async fn ended(&self) {
        match &self.session {
            Some(session) => Self::session_ended(session).await,
            None => {
                let remaining = self.expires_at().duration_since(SystemTime::now());
                tokio::time::sleep(remaining.unwrap_or_default()).await;
            }
        }
    }

    pub(crate) fn expires_at(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.expiry())
    }

    /// Returns the time at which the identity expires, in seconds since the Unix epoch.
    pub(crate) fn expiry(&self) -> u64 {
        self.time.saturating_add(self.max_age)
    }
}

/// Keys that this crate writes. A claim with one of these names is dropped.
const RESERVED_CLAIMS: [&str; 7] = [
    "origin",
    "is_logged_in",
    "provider",
    "tokens",
    CLIENT,
    RULE_INPUTS,
    SESSION,
];

/// Keys of the stored text that are not claims. Streamlit also stores a claim `tokens` and hides
/// it.
pub(crate) const HIDDEN_CLAIMS: [&str; 6] = [
    "origin",
    "is_logged_in",
    "tokens",
    CLIENT,
    RULE_INPUTS,
    SESSION,
];
