//! Decides whether the identity of a request is accepted. No other module decides this.
//!
//! 1. The cookie: signature, age, origin, and claims that can be read. Or the bearer token,
//!    verified with the keys of its provider.
//! 2. The provider: the identity belongs to a configured client, under its name.
//! 3. The time of the login: not before `revoked_before`.
//! 4. The session: its record exists, if there is a session store. With `streamlit_logins =
//!    "accept"`, a login that a Streamlit app wrote needs none.
//! 5. The rules of `[auth.allow]`, applied to the claims that the provider sent.
//! 6. The app's hook, `AuthLayer::on_sign_in`, for an identity that this crate did not write.
//!
//! [`Identity::read`] and [`Identity::from_token`] check the first two, and [`admit`] and
//! [`Identity::admit_token`] check the others. All extractors and guards depend on them. A bearer
//! token has no session.

use std::{
    borrow::Cow,
    mem,
    sync::{Arc, OnceLock},
};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Identity, RetainedClaims, payload};
use crate::{
    cookie::{Cookies, VerifyError},
    state::{AuthState, HookError, Settings},
};

/// The reason why an identity is not accepted.
pub(crate) enum AdmissionError {
    /// The request comes from another origin.
    OtherOrigin,
    Cookie(VerifyError),
    /// The login is older than `revoked_before`.
    Revoked,
    /// A claim is nested too deeply or contains an unpaired surrogate.
    Unreadable,
    /// The identity does not belong to a configured client.
    UnknownClient,
    /// A rule of `[auth.allow]` rejects the claims.
    NotAllowed(String),
    /// The session store or the hook must be asked first, by [`Identity::accept`].
    Pending(Box<Identity>),
    Hook(HookError),
    /// The session has ended, or the identity was written without a session store.
    SessionEnded,
    /// The session store does not answer.
    SessionUnknown,
}

impl AdmissionError {
    /// Returns the `reason` for the log.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::OtherOrigin => "other_origin",
            Self::Cookie(error) => error.code(),
            Self::Revoked => "revoked",
            Self::Unreadable => "claims_unreadable",
            Self::UnknownClient => "provider_changed",
            Self::NotAllowed(_) | Self::Hook(HookError::Refused(_)) => "not_allowed",
            Self::Pending(_) => "pending",
            Self::Hook(HookError::TimedOut | HookError::Panicked) => "on_sign_in",
            Self::SessionEnded => "session_ended",
            Self::SessionUnknown => "session_store",
        }
    }

    /// Logs the error, unless the cookie is missing. An error that requires an operator is a
    /// warning, and all others are debug messages.
    pub(crate) fn log(&self) {
        let (reason, detail) = (self.code(), self.detail());
        match self {
            Self::Cookie(VerifyError::Missing) => {}
            Self::Cookie(VerifyError::ClocksDiffer)
            | Self::Hook(HookError::TimedOut | HookError::Panicked) => {
                tracing::warn!(reason, detail, "identity not accepted");
            }
            _ => tracing::debug!(reason, detail, "identity not accepted"),
        }
    }

    fn detail(&self) -> &str {
        match self {
            Self::Cookie(VerifyError::ClocksDiffer) => {
                "the cookie was signed in the future; the clocks of two instances differ by more than 60 s"
            }
            Self::NotAllowed(reason) => reason,
            Self::Hook(HookError::TimedOut) => "on_sign_in did not finish in time",
            Self::Hook(HookError::Panicked) => "on_sign_in panicked",
            _ => "",
        }
    }
}

impl From<VerifyError> for AdmissionError {
    fn from(error: VerifyError) -> Self {
        Self::Cookie(error)
    }
}

/// Returns the identity that the browser sent, if it is accepted.
///
/// # Errors
///
/// [`AdmissionError`] with the reason, which is [`VerifyError::Missing`] without a cookie.
pub(crate) fn admit(
    state: &Arc<AuthState>,
    cookies: &Cookies,
    now: u64,
) -> Result<Arc<Identity>, AdmissionError> {
    let settings = &state.settings;
    let mut identity = Identity::read(settings, cookies, now)?;
    if identity.time < settings.config.revoked_before {
        return Err(AdmissionError::Revoked);
    }
    if let Some(sessions) = &state.sessions
        && identity.needs_session(settings)
    {
        let id = identity.session_id(settings);
        let id = id.ok_or(AdmissionError::SessionEnded)?;
        match sessions.cached(&id) {
            Some(session) => identity.set_session(id, state, session)?,
            None => return Err(AdmissionError::Pending(Box::new(identity))),
        }
    }
    identity.check_rules(settings)?;
    if identity.is_hook_due(settings) {
        return Err(AdmissionError::Pending(Box::new(identity)));
    }
    Ok(Arc::new(identity))
}

impl Identity {
    /// Asks the session store and the hook, where [`admit`] could not decide without them.
    pub(crate) async fn accept(mut self, state: &Arc<AuthState>) -> Result<Self, AdmissionError> {
        let settings = &state.settings;
        if let (Some(sessions), None) = (&state.sessions, &self.session)
            && self.needs_session(settings)
        {
            let id = self.session_id(settings);
            let id = id.ok_or(AdmissionError::SessionEnded)?;
            self.set_session(id, state, sessions.check(id).await)?;
            self.check_rules(settings)?;
        }
        if self.is_hook_due(settings) {
            return self.ask_hook(settings).await;
        }
        Ok(self)
    }

    /// Applies rule 3 and all later rules to the identity of a bearer token, which has no session.
    pub(super) async fn admit_token(self, settings: &Settings) -> Result<Self, AdmissionError> {
        if self.time < settings.config.revoked_before {
            return Err(AdmissionError::Revoked);
        }
        self.check_rules(settings)?;
        if self.is_hook_due(settings) {
            return self.ask_hook(settings).await;
        }
        Ok(self)
    }

    /// Returns false for a login of a Streamlit app that is accepted without a session.
    fn needs_session(&self, settings: &Settings) -> bool {
        #[cfg(feature = "streamlit-cookies")]
        if settings.config.accepts_streamlit_logins {
            return !super::streamlit::is_login_of_streamlit(self);
        }
        let _ = settings;
        true
    }

    /// Applies the rules of `[auth.allow]`.
    fn check_rules(&self, settings: &Settings) -> Result<(), AdmissionError> {
        let provider = &settings.config.providers[self.client];
        if !settings.config.has_rules(provider) {
            return Ok(());
        }
        let sent = self.rule_inputs(settings);
        let allowed = settings.config.check_allowed(provider, &sent);
        allowed.map_err(|denied| AdmissionError::NotAllowed(denied.to_string()))
    }

    fn is_hook_due(&self, settings: &Settings) -> bool {
        settings.hooks.on_sign_in.is_some() && !self.is_accepted
    }

    /// Returns the claims that rules and guards apply to, with the values that the provider sent.
    pub(crate) fn rule_inputs(&self, settings: &Settings) -> Cow<'_, Map<String, Value>> {
        let inputs = match &self.stored {
            Some(stored) => stored.rule_inputs.clone(),
            None => payload::rule_inputs(&settings.envelopes[self.client], self.text()),
        };
        if inputs.is_empty() {
            return Cow::Borrowed(self.claims());
        }
        let mut claims = self.claims().clone();
        for (name, value) in inputs {
            match value {
                Value::Null => claims.shift_remove(&name),
                value => claims.insert(name, value),
            };
        }
        Cow::Owned(claims)
    }

    /// Asks the hook to accept an identity that this crate did not write. Returns the identity with
    /// the claims that the hook returned. The next response stores them in a cookie, so that the
    /// hook is not asked again.
    async fn ask_hook(mut self, settings: &Settings) -> Result<Self, AdmissionError> {
        let Some(hook) = &settings.hooks.on_sign_in else {
            return Ok(self);
        };
        let mut sent = self.claims().clone();
        sent.shift_remove("is_logged_in");
        sent.insert("provider".to_owned(), self.provider().into());
        let id = self.id();
        let returned = hook
            .ask_once(&id, sent.clone(), settings.now())
            .await
            .map_err(AdmissionError::Hook)?;
        sent.shift_remove("provider");
        let retained = RetainedClaims::returned(settings, &sent, returned)
            .map_err(|_| AdmissionError::Unreadable)?;
        self.replace_claims(settings, &retained);
        Ok(self)
    }

    /// Returns a unique identifier of this identity.
    pub(super) fn id(&self) -> [u8; 32] {
        id_of(self.signed_text(), self.time)
    }

    /// Returns the text of the cookie.
    pub(super) fn signed_text(&self) -> &str {
        self.original_json.as_deref().unwrap_or(&self.json)
    }

    /// Replaces the claims of the cookie with those that the hook returned. The cookie itself is
    /// not changed, so that a logout in the app that wrote it also ends this login.
    fn replace_claims(&mut self, settings: &Settings, retained: &RetainedClaims) {
        let json = payload::payload(&settings.envelopes[self.client], retained, None);
        let signed = mem::replace(&mut self.json, json);
        self.original_json.get_or_insert(signed.into());
        self.claims = OnceLock::new();
        self.is_accepted = true;
        self.is_record_due = !self.is_bearer;
    }
}

/// Returns a hash of the text and time of an identity.
pub(super) fn id_of(text: &str, time: u64) -> [u8; 32] {
    let hash = Sha256::new().chain_update(time.to_be_bytes());
    hash.chain_update(text).finalize().into()
}
