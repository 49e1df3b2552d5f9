//! Asks the store about a session, once for all concurrent requests.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use tracing::Instrument;

use super::{
    SESSION_GRACE_TTL, SessionId, SessionRecord, SessionRegistry, SessionState, Shared,
    cache::Entry,
};
use crate::task;

/// The reason for a lookup.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A request uses the session.
    Use,
    /// The app waits for the end of the session.
    Watch,
}

/// The lookups in progress.
#[derive(Default)]
pub(super) struct Lookups(Mutex<HashMap<SessionId, Outcome>>);

type Outcome = watch::Receiver<Option<SessionState>>;

impl Lookups {
    fn all(&self) -> MutexGuard<'_, HashMap<SessionId, Outcome>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lookup in progress. Dropping it removes it from the list, even after a panic.
struct InProgress(Arc<Shared>, SessionId);

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.lookups.all().remove(&self.1);
    }
}

impl SessionRegistry {
    /// Asks the store in a separate task, which continues if the client disconnects.
    pub(super) async fn look_up_once(&self, id: SessionId, purpose: Purpose) -> SessionState {
        let mut outcome = {
            let mut lookups = self.shared.lookups.all();
            let outcome = lookups
                .entry(id)
                .or_insert_with(|| self.start_lookup(id, purpose));
            outcome.clone()
        };
        let state = outcome.wait_for(Option::is_some).await;
        // The task ends without an outcome if the runtime shuts down.
        let state = state.ok().and_then(|state| state.clone());
        state.unwrap_or(SessionState::Unknown)
    }

    fn start_lookup(&self, id: SessionId, purpose: Purpose) -> Outcome {
        let (sender, receiver) = watch::channel(None);
        let sessions = self.clone();
        let in_progress = InProgress(Arc::clone(&self.shared), id);
        let run = async move {
            let (state, used) = sessions.look_up(id, purpose).await;
            drop(in_progress);
            let _ = sender.send(Some(state));
            if let Some(record) = used {
                sessions.touch(&record).await;
            }
        };
        task::spawn(run.in_current_span());
        receiver
    }

    /// Asks the store. Also returns the record if its new `last_seen` has to be stored.
    async fn look_up(
        &self,
        id: SessionId,
        purpose: Purpose,
    ) -> (SessionState, Option<SessionRecord>) {
        let now = self.clock.now();
        let Shared {
            store,
            outage,
            removals,
            cache,
            config,
            ..
        } = &*self.shared;
        if outage.is_paused(now) {
            return (self.last_known(&id), None);
        }
        let epoch = cache.epoch();
        let Ok(found) = self.report(store.get(&id).await) else {
            return (self.last_known(&id), None);
        };
        let active =
            found.filter(|record| now < record.ends(config.idle) && !removals.contains(&id));
        let Some(mut record) = active else {
            cache.insert(id, Entry::ended(now), epoch);
            return (SessionState::Ended, None);
        };
        let is_due = purpose == Purpose::Use
            && now >= record.last_seen.saturating_add(self.touch_interval());
        if is_due {
            record.last_seen = now;
        }
        let claims = match record.claims_version {
            0 => None,
            version => match self.claims(&id, version).await {
                Ok(Some(claims)) => Some(claims),
                // Without these claims, the user would have claims other than those that were
                // admitted.
                Ok(None) => return (SessionState::Ended, None),
                Err(_) => return (self.last_known(&id), None),
            },
        };
        let state = self.remember(&record, claims, epoch).state(now);
        (state, is_due.then_some(record))
    }

    async fn touch(&self, record: &SessionRecord) {
        let ends = record.ends(self.shared.config.idle);
        let Shared { store, .. } = &*self.shared;
        let touched = store.touch(&record.id, record.last_seen, ends).await;
        let _ = self.report(touched);
    }

    /// Returns the state of a session while the store does not answer.
    fn last_known(&self, id: &SessionId) -> SessionState {
        let now = self.clock.now();
        let known = self.cached_within(id, SESSION_GRACE_TTL, now);
        known.map_or(SessionState::Unknown, |entry| entry.state(now))
    }
}
