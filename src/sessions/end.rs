//! Lists and ends sessions, and waits for their end.

use std::{cmp::Reverse, time::Duration};

use super::{
    Group, SESSION_CACHE_TTL, SessionId, SessionRecord, SessionRegistry, SessionState, StoreError,
    cache::Entry, lookups::Purpose,
};

impl SessionRegistry {
    /// Ends a session. In this process it ends immediately, even if the store does not answer. In
    /// that case, the record is removed as soon as the store answers again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn end(&self, id: SessionId) -> Result<(), StoreError> {
        let cache = &self.shared.cache;
        cache.insert(id, Entry::ended(self.clock.now()), cache.epoch());
        self.shared.ended.notify_waiters();
        let removed = self.shared.store.remove(&id).await;
        if removed.is_err() {
            self.shared.removals.add(id);
        }
        self.report(removed)
    }

    /// Ends all sessions of a group, and returns their number.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer. Some sessions may have ended.
    pub(crate) async fn end_group(&self, group: &Group<'_>) -> Result<usize, StoreError> {
        let records = self.list(group).await?;
        for record in &records {
            self.end(record.id).await?;
        }
        Ok(records.len())
    }

    /// Ends all sessions of the app.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer. Some sessions may have ended.
    pub(crate) async fn end_all(&self) -> Result<(), StoreError> {
        let removed = self.shared.store.remove_all().await;
        self.report(removed)?;
        self.shared.cache.end_all();
        self.shared.ended.notify_waiters();
        Ok(())
    }

    /// Returns the active sessions of a group, the latest login first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn list(&self, group: &Group<'_>) -> Result<Vec<SessionRecord>, StoreError> {
        let listed = self.shared.store.list(group).await;
        let mut records = self.report(listed)?;
        let (now, idle) = (self.clock.now(), self.shared.config.idle);
        records
            .retain(|record| now < record.ends(idle) && !self.shared.removals.contains(&record.id));
        records.sort_by_key(|record| Reverse(record.facts.created));
        Ok(records)
    }

    /// Waits until a session ends or expires. Waiting does not extend the session.
    pub(crate) async fn ended(&self, id: SessionId) {
        loop {
            let ended = self.shared.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            let now = self.clock.now();
            let state = match self.cached_within(&id, SESSION_CACHE_TTL, now) {
                Some(entry) => entry.state(now),
                None => self.look_up_once(id, Purpose::Watch).await,
            };
            if matches!(state, SessionState::Ended) {
                return;
            }
            let _ = tokio::time::timeout(ENDED_POLL_INTERVAL, ended).await;
        }
    }
}

/// A session that ends on another replica is found by asking the store.
const ENDED_POLL_INTERVAL: Duration = Duration::from_secs(SESSION_CACHE_TTL);
