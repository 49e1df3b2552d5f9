//! The session of an identity, and the claims in its record.

use std::sync::Arc;

use super::{AdmissionError, Identity};
use crate::{
    sessions::{SessionId, SessionState},
    state::AuthState,
};

/// A session that was found active.
pub(crate) struct ActiveSession {
    pub(crate) id: SessionId,
    pub(crate) state: Arc<AuthState>,
}

impl Identity {
    /// Adopts the state of the session, and the claims of its record.
    pub(super) fn set_session(
        &mut self,
        id: SessionId,
        state: &Arc<AuthState>,
        session: SessionState,
    ) -> Result<(), AdmissionError> {
        match session {
            SessionState::Active(claims) => {
                let envelope = &state.settings.envelopes[self.client];
                if claims
                    .as_ref()
                    .is_some_and(|claims| !envelope.matches(&claims.text))
                {
                    return Err(AdmissionError::UnknownClient);
                }
                self.recorded = claims;
                let state = Arc::clone(state);
                self.session = Some(ActiveSession { id, state });
                Ok(())
            }
            SessionState::Ended => Err(AdmissionError::SessionEnded),
            SessionState::Unknown => Err(AdmissionError::SessionUnknown),
        }
    }

    /// Returns the session that was found active.
    pub(crate) fn active_session(&self) -> Option<&ActiveSession> {
        self.session.as_ref()
    }

    /// Waits until the session ends or expires.
    pub(super) async fn session_ended(session: &ActiveSession) {
        // An identity has a session only with a store.
        if let Some(sessions) = &session.state.sessions {
            sessions.ended(session.id).await;
        }
    }
}
