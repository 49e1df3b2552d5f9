//! The identity of a bearer token.

use std::sync::{Arc, OnceLock};

use super::{AdmissionError, Identity, RetainedClaims, Tokens, payload};
use crate::{
    config::CookieFormat,
    provider::VerifiedToken,
    state::{AuthState, Settings, TokenHash},
};

/// Returns the identity of a token that was accepted before.
pub(crate) fn known_token(state: &AuthState, hash: &TokenHash, now: u64) -> Option<Arc<Identity>> {
    state.bearer_tokens.get(hash, now)?.downcast().ok()
}

/// Remembers the identity of an accepted token.
pub(crate) fn remember_token(
    state: &AuthState,
    hash: TokenHash,
    identity: &Arc<Identity>,
    now: u64,
) {
    let expiry = identity.expiry();
    state
        .bearer_tokens
        .insert(hash, Arc::<Identity>::clone(identity), expiry, now);
}

impl Identity {
    /// Returns the identity of a verified access token, if it is accepted. Runs the hook if there
    /// is one.
    ///
    /// All claims are retained, because no cookie has to hold them.
    ///
    /// # Errors
    ///
    /// [`AdmissionError`] with the reason.
    pub(crate) async fn from_token(
        settings: &Settings,
        token: VerifiedToken,
        now: u64,
    ) -> Result<Self, AdmissionError> {
        let (time, expires_at) = token.validity(now);
        let retained = RetainedClaims::all(token.claims).map_err(|_| AdmissionError::Unreadable)?;
        let identity = Self {
            json: payload::payload(&settings.envelopes[token.client], &retained, None),
            claims: OnceLock::new(),
            tokens: Tokens::default(),
            time,
            max_age: expires_at.saturating_sub(time),
            format: CookieFormat::Native,
            needs_refresh: false,
            client: token.client,
            is_accepted: false,
            stored: None,
            original_json: None,
            session: None,
            recorded: None,
            is_record_due: false,
            is_bearer: true,
        };
        identity.admit_token(settings).await
    }
}
