//! Ends the sessions that a provider has ended (OpenID Connect Back-Channel Logout 1.0).

use thiserror::Error;

use super::{
    Group, SessionRecord, SessionRegistry, StoreError,
    marks::{Mark, MarkKey},
};
use crate::provider::{EndedSessions, LogoutToken};

/// The reason why a verified logout token ended no session.
#[derive(Debug, Error)]
pub(crate) enum ProviderLogoutError {
    #[error("`jti` was used before")]
    Replayed,
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Seconds after a logout during which a login that began before the logout may finish. Longer than
/// the requests to a provider and the hook take.
const LOGIN_TTL: u64 = 10 * 60;

/// Seconds by which the clocks of the servers of one provider may differ.
const CLOCK_TOLERANCE: u64 = 5;

impl SessionRegistry {
    /// Ends the sessions that a logout token names, and returns their number. The sessions of other
    /// clients at the same provider stay active.
    ///
    /// # Errors
    ///
    /// The token was used before, or the store does not answer. In the second case the provider may
    /// send the token again.
    pub(crate) async fn end_by_provider(
        &self,
        token: &LogoutToken,
    ) -> Result<usize, ProviderLogoutError> {
        let used = MarkKey::used_token(&token.issuer, &token.id);
        if self.marks(&[used]).await? != [None] {
            return Err(ProviderLogoutError::Replayed);
        }
        let group = token.group();
        // The mark is stored before the list is read, so that each login is either in the list or
        // finds the mark.
        for provider in &token.providers {
            let key = MarkKey::logout(provider, &group);
            let expires = self.clock.now().saturating_add(LOGIN_TTL);
            self.raise_mark(key, token.issued_at, expires).await?;
        }
        let mut ended = 0;
        for record in self.list(&group).await? {
            if token.ends(&record) {
                self.end(record.id).await?;
                ended += 1;
            }
        }
        // The token is marked as used after the sessions have ended, so that the request can be
        // repeated after a failure. Of two concurrent requests, one is refused here.
        if !self.raise_mark(used, 1, token.usable_until).await? {
            return Err(ProviderLogoutError::Replayed);
        }
        Ok(ended)
    }

    /// Ends a session that has just started, if the provider ended it during the login.
    ///
    /// A later login has another `sid`, or a later `iat`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(super) async fn end_if_ended_by_provider(
        &self,
        record: &SessionRecord,
    ) -> Result<(), StoreError> {
        let facts = &record.facts;
        let groups: Vec<_> = facts.groups().collect();
        let key = |group| MarkKey::logout(&facts.provider, group);
        let keys: Vec<_> = groups.iter().map(key).collect();
        let marks = self.marks(&keys).await?;
        let is_ended = groups.iter().zip(marks).any(|(group, mark)| {
            mark.is_some_and(|ended_at| match group {
                Group::Sid { .. } => facts.issued_at <= ended_at.saturating_add(CLOCK_TOLERANCE),
                Group::Subject { .. } => facts.issued_at < ended_at,
            })
        });
        if is_ended {
            self.end(record.id).await?;
            let provider = &facts.provider;
            tracing::info!(provider, sessions = 1, "sessions ended by provider");
        }
        Ok(())
    }

    async fn marks(&self, keys: &[MarkKey]) -> Result<Vec<Option<u64>>, StoreError> {
        self.report(self.shared.store.marks(keys, self.clock.now()).await)
    }

    async fn raise_mark(&self, key: MarkKey, value: u64, expires: u64) -> Result<bool, StoreError> {
        let mark = Mark {
            key,
            value,
            expires,
        };
        let raised = self.shared.store.raise_mark(mark, self.clock.now()).await;
        self.report(raised)
    }
}

impl LogoutToken {
    fn group(&self) -> Group<'_> {
        let issuer = &self.issuer;
        match &self.ended {
            EndedSessions::Sid(sid) => Group::Sid { issuer, sid },
            EndedSessions::Subject(subject) => Group::Subject { issuer, subject },
        }
    }

    /// Returns true if the token ends a session of its group.
    ///
    /// A user who logs in again while the token is on its way has a session with another `sid`, or
    /// with a later `iat`.
    fn ends(&self, record: &SessionRecord) -> bool {
        let is_before = match self.ended {
            EndedSessions::Sid(_) => true,
            EndedSessions::Subject(_) => {
                record.facts.issued_at <= self.issued_at.saturating_add(CLOCK_TOLERANCE)
            }
        };
        is_before && self.providers.contains(&record.facts.provider)
    }
}
