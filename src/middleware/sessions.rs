//! The sessions of an app, which can be listed and ended: [`AuthLayer::sessions`].

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use super::AuthLayer;
use crate::{
    extract::User,
    sessions::{Group, SessionId, SessionRecord, SessionRegistry, StoreError},
    state::Handle,
};

impl AuthLayer {
    /// Returns the sessions of this app, which can be listed and ended. They need `session_store`
    /// in the configuration.
    ///
    /// A page of signed-in devices lists the sessions of its user, and ends the one that the user
    /// selected:
    ///
    /// ```
    /// use axum_streamlit_auth::{AuthLayer, SessionError, User};
    ///
    /// async fn sign_out_device(auth: &AuthLayer, user: &User, id: &str) -> Result<(), SessionError> {
    ///     // Searching the user's own list rejects the sessions of other users.
    ///     let sessions = auth.sessions().of(user).await?;
    ///     match sessions.iter().find(|session| session.id() == id) {
    ///         Some(session) => auth.sessions().end(session.id()).await,
    ///         None => Ok(()),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        Sessions {
            state: self.state.clone(),
        }
    }
}

/// The sessions of an app. [`AuthLayer::sessions`] returns them.
///
/// A session that this process ends is invalid immediately. Other processes that share the store
/// notice it within five seconds.
#[derive(Clone)]
pub struct Sessions {
    state: Handle,
}

impl Sessions {
    /// Returns the active sessions of the user, the latest login first. Empty if the user is not
    /// logged in.
    ///
    /// # Errors
    ///
    /// [`SessionError`] without a session store, or if it does not answer.
    pub async fn of(&self, user: &User) -> Result<Vec<Session>, SessionError> {
        match (user.get_str("iss"), user.subject()) {
            (Some(issuer), Some(subject)) => self.list(issuer, subject).await,
            _ => self.registry().map(|_| Vec::new()),
        }
    }

    /// Returns the active sessions of a user, the latest login first. `issuer` and `subject` are
    /// the claims `iss` and `sub`.
    ///
    /// # Errors
    ///
    /// [`SessionError`] without a session store, or if it does not answer.
    pub async fn list(&self, issuer: &str, subject: &str) -> Result<Vec<Session>, SessionError> {
        let group = Group::Subject { issuer, subject };
        let records = self.registry()?.list(&group).await?;
        Ok(records.into_iter().map(Session::new).collect())
    }

    /// Ends the session with this [`id`](Session::id). Has no effect if there is none.
    ///
    /// # Errors
    ///
    /// [`SessionError`] without a session store, or if it does not answer. In the second case the
    /// session has ended in this process, and the record is removed when the store answers again.
    pub async fn end(&self, id: &str) -> Result<(), SessionError> {
        let registry = self.registry()?;
        match SessionId::decode(id) {
            Some(id) => Ok(registry.end(id).await?),
            None => Ok(()),
        }
    }

    /// Ends all sessions of a user, and returns their number.
    ///
    /// # Errors
    ///
    /// [`SessionError`] without a session store, or if it does not answer. Some sessions may have
    /// ended.
    pub async fn end_user(&self, issuer: &str, subject: &str) -> Result<usize, SessionError> {
        let group = Group::Subject { issuer, subject };
        Ok(self.registry()?.end_group(&group).await?)
    }

    /// Ends all sessions of the app, for example after a leak of `cookie_secret`.
    ///
    /// # Errors
    ///
    /// [`SessionError`] without a session store, or if it does not answer. Some sessions may have
    /// ended.
    pub async fn end_all(&self) -> Result<(), SessionError> {
        Ok(self.registry()?.end_all().await?)
    }

    fn registry(&self) -> Result<SessionRegistry, SessionError> {
        let sessions = self.state.current().sessions.clone();
        sessions.ok_or(SessionError::NotConfigured)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

/// An active session: one login of a user in one browser.
///
/// `Debug` shows neither the user nor the identifier.
#[derive(Clone)]
pub struct Session {
    id: String,
    record: SessionRecord,
}

impl Session {
    fn new(record: SessionRecord) -> Self {
        Self {
            id: record.id.encode(),
            record,
        }
    }

    /// Returns the identifier, 22 characters of base64url. It may appear in a page or a URL,
    /// because it logs no user in.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the claim `iss` of the user.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.record.facts.issuer
    }

    /// Returns the claim `sub` of the user.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.record.facts.subject
    }

    /// Returns the name of the provider in the configuration.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.record.facts.provider
    }

    /// Returns the browser and the system, such as `Firefox on Linux`. `None` if the login request
    /// did not name them.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.record.facts.user_agent.as_deref()
    }

    /// Returns the time of the login.
    #[must_use]
    pub fn created(&self) -> SystemTime {
        time(self.record.facts.created)
    }

    /// Returns the time of the last request that asked for the user. It may lag behind by up to a
    /// tenth of `session_idle`, or by up to five minutes without an idle timeout.
    #[must_use]
    pub fn last_seen(&self) -> SystemTime {
        time(self.record.last_seen)
    }

    /// Returns the time at which the session ends, even if it is in use.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        time(self.record.facts.expires)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("provider", &self.provider())
            .field("created", &self.created())
            .finish_non_exhaustive()
    }
}

/// The reason why sessions cannot be listed or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The configuration has no `session_store`.
    NotConfigured,
    /// The session store does not answer. The log has the reason.
    Unavailable,
}

impl From<StoreError> for SessionError {
    fn from(_: StoreError) -> Self {
        Self::Unavailable
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConfigured => "the configuration has no `session_store`",
            Self::Unavailable => "the session store does not answer",
        })
    }
}

impl std::error::Error for SessionError {}

fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
