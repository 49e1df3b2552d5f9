//! Reads the identity that the browser sent, and the tokens stored with it.

use std::sync::OnceLock;

#[cfg(feature = "streamlit-cookies")]
use super::streamlit;
use super::{AdmissionError, Identity, Tokens, admission_record, claim_binding, renewal};
use crate::{
    config::CookieFormat,
    cookie::{Cookies, Verified},
    state::Settings,
};

impl Identity {
    /// Reads the identity that the browser sent, and checks that it belongs to a configured
    /// provider. [`admit`](super::admit) decides whether its user has access.
    ///
    /// # Errors
    ///
    /// [`AdmissionError`] with the reason, as for [`admit`](super::admit).
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
            .and_then(|verified| {
                let mut identity = Self::from_verified(settings, verified)?;
                // The browser may have a renewal with the current secret.
                identity.needs_refresh =
                    identity.needs_refresh && !renewal::is_current(settings, cookies, now);
                Ok(identity)
            });
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
    pub(super) fn from_verified(
        settings: &Settings,
        verified: Verified,
    ) -> Result<Self, AdmissionError> {
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
            stored: None,
            session: None,
            recorded: None,
            original_json: None,
            is_record_due: false,
            is_bearer: false,
        })
    }

    /// Returns the stored tokens, exposed to the app or not. They are valid only together with the
    /// identity that they were stored with.
    pub(crate) fn stored_tokens(&self, settings: &Settings, cookies: &Cookies, now: u64) -> Tokens {
        self.stored_tokens_text(settings, cookies, now)
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Returns the object with the stored tokens.
    pub(super) fn stored_tokens_text(
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
}

/// Returns true if the browser sent an identity, valid or not.
pub(crate) fn was_sent(settings: &Settings, cookies: &Cookies) -> bool {
    let sent = |name: &str| cookies.values(name).next().is_some();
    let was_sent = sent(&settings.identity_name);
    #[cfg(feature = "streamlit-cookies")]
    let was_sent = was_sent || sent(crate::state::IDENTITY_COOKIE);
    was_sent
}
