//! The identity cookie: reading, writing, renewal, removal.

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use axum::http::HeaderValue;
use serde_json::{Map, Value};

use crate::{
    config::CookieFormat,
    cookie::{Cookies, Verified},
    sessions::{SessionId, SessionRegistry},
    state::{CLIENT, RULE_INPUTS, SESSION, Settings},
};

pub use self::tokens::Tokens;
pub(crate) use self::{
    admission::{AdmissionError, admit},
    bearer::{known_token, remember_token},
    cookie_budget::{COOKIE_HEADER_BUDGET, IdentityCookies, TooLarge, set_bytes, spare_bytes},
    retained_claims::RetainedClaims,
    token_refusal::TokenRefusal,
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
mod renewal;
mod retained_claims;
#[cfg(feature = "streamlit-cookies")]
mod streamlit;
mod token_refusal;
mod tokens;

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
    /// Signed with an earlier secret, or not in the format to write, so that it must be signed
    /// again.
    needs_refresh: bool,
    /// Index of its provider in the configuration.
    client: usize,
    /// Has a fingerprint, so that this crate wrote it after the hook, or the hook has accepted it.
    is_accepted: bool,
    /// The rule inputs of the [record](admission_record). Without a record, they are in `json`.
    stored_inputs: Option<Box<Map<String, Value>>>,
    /// The session that was found active. `None` without a session store.
    session: Option<(SessionId, SessionRegistry)>,
    /// The text of the cookie if `json` contains the claims that the hook returned.
    original_json: Option<String>,
    /// The hook has just accepted the identity, or a secret has changed, so that a record must be
    /// written.
    is_record_due: bool,
    /// From a bearer token. No cookie belongs to it.
    pub(crate) is_bearer: bool,
}

impl Identity {
    /// Reads the identity that the browser sent, and checks that it belongs to a configured
    /// provider. [`admit`] decides whether its user has access.
    ///
    /// # Errors
    ///
    /// [`AdmissionError`] with the reason, as for [`admit`].
    pub(crate) fn read(
        settings: &Settings,
        cookies: &Cookies,
        now: u64,
    ) -> Result<Self, AdmissionError> {
        let native = cookies
            .verified(
                &settings.keys,
                &settings.identity_name,
                now,
                settings.config.cookie_max_age,
            )
            .or_else(|error| renewal::verify_identity(settings, cookies, now, error))
            .map_err(AdmissionError::from)
            .and_then(|verified| Self::from_verified(settings, verified))
            .map(|identity| identity.check_renewal(settings, cookies, now));
        #[cfg(feature = "streamlit-cookies")]
        let native = streamlit::newest(settings, cookies, now, native);
        let mut identity = native?;
        admission_record::apply(settings, cookies, now, &mut identity)?;
        let expose = settings.config.expose_tokens;
        if expose.id || expose.access {
            identity.tokens = identity
                .stored_tokens(settings, cookies, now)
                .exposed(expose);
        }
        Ok(identity)
    }

    /// Creates the identity for a verified text, without tokens.
    fn from_verified(settings: &Settings, verified: Verified) -> Result<Self, AdmissionError> {
        let Verified {
            text,
            time,
            key,
            format,
        } = verified;
        let by_envelope = settings
            .envelopes
            .iter()
            .position(|envelope| envelope.matches(&text));
        let client = match by_envelope {
            Some(client) => client,
            None if settings.envelopes[0].is_native(&text) => {
                return Err(AdmissionError::UnknownClient);
            }
            None => claim_binding::provider_of(settings, &text)?,
        };
        Ok(Self {
            json: text,
            claims: OnceLock::new(),
            tokens: Tokens::default(),
            time,
            max_age: settings.config.cookie_max_age,
            format,
            needs_refresh: key > 0,
            client,
            is_accepted: by_envelope.is_some(),
            stored_inputs: None,
            session: None,
            original_json: None,
            is_record_due: false,
            is_bearer: false,
        })
    }

    /// Clears `needs_refresh` if the browser has a renewal with the current secret.
    fn check_renewal(mut self, settings: &Settings, cookies: &Cookies, now: u64) -> Self {
        self.needs_refresh = self.needs_refresh && !renewal::is_current(settings, cookies, now);
        self
    }

    pub(crate) fn provider(&self) -> &str {
        self.get_str("provider").unwrap_or_default()
    }

    /// Returns a claim that is a string.
    pub(crate) fn get_str(&self, claim: &str) -> Option<&str> {
        match json::get_str(&self.json, claim) {
            Some(value) if !HIDDEN_CLAIMS.contains(&claim) => Some(value),
            _ => self.claims().get(claim).and_then(Value::as_str),
        }
    }

    /// Returns `is_logged_in`, the claims and `provider`, in the order of `st.user`.
    ///
    /// Source: Streamlit 1.67, `user_info.UserInfoProxy`, which also hides `origin`.
    pub(crate) fn claims(&self) -> &Map<String, Value> {
        self.claims.get_or_init(|| json::claims(&self.json))
    }

    /// Returns the session that the cookie belongs to, active or not.
    pub(crate) fn session_id(&self, settings: &Settings) -> Option<SessionId> {
        payload::session(&settings.envelopes[self.client], self.signed_text())
    }

    /// Returns the id of the session that was found active.
    pub(crate) fn active_session(&self) -> Option<String> {
        let (id, _) = self.session.as_ref()?;
        Some(id.encode())
    }

    /// Waits until the session ends or expires.
    pub(crate) async fn ended(&self) {
        match &self.session {
            Some((id, sessions)) => sessions.ended(*id).await,
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

    /// Returns the stored tokens, exposed to the app or not. They are valid only together with the
    /// identity that they were stored with.
    pub(crate) fn stored_tokens(&self, settings: &Settings, cookies: &Cookies, now: u64) -> Tokens {
        self.stored_tokens_text(settings, cookies, now)
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Returns the object with the stored tokens.
    fn stored_tokens_text(
        &self,
        settings: &Settings,
        cookies: &Cookies,
        now: u64,
    ) -> Option<String> {
        let verified = match self.format {
            CookieFormat::Native => {
                let max_age = settings.config.cookie_max_age;
                let tokens = cookies.verified(&settings.keys, &settings.tokens_name, now, max_age);
                let tokens = tokens
                    .ok()
                    .or_else(|| renewal::verify_tokens(settings, cookies, now));
                tokens.filter(|tokens| tokens.time == self.time)
            }
            #[cfg(feature = "streamlit-cookies")]
            _ => streamlit::tokens(settings, cookies, now, self.time),
        };
        verified.map(|tokens| tokens.text)
    }

    /// Returns the cookies that sign this identity with the current secret or convert it to the
    /// configured format. Empty unless that is necessary.
    ///
    /// They never change a native identity cookie, for the reasons given in [`renewal`]. In
    /// Streamlit's format, the identity cookie must be replaced. That happens only in the response
    /// to a navigation (`is_navigation`), because the browser discards this response if its window
    /// navigates elsewhere, for example to a logout. Two windows can still interfere with each
    /// other.
    pub(crate) fn refresh_cookies(
        &self,
        settings: &Settings,
        cookies: &Cookies,
        now: u64,
        is_navigation: bool,
    ) -> Vec<HeaderValue> {
        let mut refreshed = if self.is_record_due {
            admission_record::refresh_cookies(self, settings, cookies, now)
        } else {
            Vec::new()
        };
        if !self.needs_refresh {
            return refreshed;
        }
        #[cfg(feature = "streamlit-cookies")]
        if streamlit::is_target(settings, self) {
            let rewritten = is_navigation.then(|| {
                let tokens = self.stored_tokens_text(settings, cookies, now);
                let tokens =
                    tokens.map_or_else(Tokens::default, |text| Tokens::from_streamlit(&text));
                streamlit::refresh_cookies(self, settings, cookies, &tokens, now)
            });
            return rewritten.flatten().unwrap_or(refreshed);
        }
        let _ = is_navigation;
        refreshed.extend(renewal::cookie(settings, cookies, self.time, now));
        refreshed
    }
}

/// Returns the cookies of a new login at the provider with the index `client`: the identity with
/// its retained claims and its session, and the tokens. Logs the tokens that do not fit.
///
/// # Errors
///
/// [`TooLarge`] if the identity does not fit.
///
/// Source: Streamlit 1.67, `starlette_auth_routes._auth_callback`.
pub(crate) fn write(
    settings: &Settings,
    client: usize,
    retained: &RetainedClaims,
    session: Option<&SessionId>,
    tokens: &Tokens,
    before: &Cookies,
) -> Result<Vec<HeaderValue>, TooLarge> {
    let encoded = encode(settings, client, retained, session, tokens, before)?;
    encoded.log(settings, &settings.config.providers[client].name);
    Ok(encoded.cookies)
}

/// As [`write`], but without logging.
///
/// # Errors
///
/// [`TooLarge`] if the identity does not fit.
pub(crate) fn encode(
    settings: &Settings,
    client: usize,
    retained: &RetainedClaims,
    session: Option<&SessionId>,
    tokens: &Tokens,
    before: &Cookies,
) -> Result<IdentityCookies, TooLarge> {
    let now = settings.now();
    #[cfg(feature = "streamlit-cookies")]
    if settings.config.cookie_format != CookieFormat::Native {
        return streamlit::encode(settings, client, retained, tokens, now, before);
    }
    let json = payload::payload(&settings.envelopes[client], retained, session);
    cookie_budget::encode(settings, &json, tokens, now, before)
        .ok_or_else(|| cookie_budget::too_large(&retained.claims, json.len()))
}

/// Returns true if the browser sent an identity, valid or not.
pub(crate) fn was_sent(settings: &Settings, cookies: &Cookies) -> bool {
    let sent = |name: &str| cookies.values(name).next().is_some();
    let was_sent = sent(&settings.identity_name);
    #[cfg(feature = "streamlit-cookies")]
    let was_sent = was_sent || sent(crate::state::IDENTITY_COOKIE);
    was_sent
}

/// Returns removals of all cookies of an identity.
pub(crate) fn clear(settings: &Settings, cookies: &Cookies) -> Vec<HeaderValue> {
    let names = [
        &settings.identity_name,
        &settings.tokens_name,
        &settings.renewal_name,
    ];
    let mut cleared: Vec<_> = names
        .iter()
        .flat_map(|name| settings.attributes.clear_chunked(name, cookies))
        .collect();
    cleared.extend(admission_record::clear(settings, cookies));
    #[cfg(feature = "streamlit-cookies")]
    cleared.extend(streamlit::clear(settings, cookies));
    cleared
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
