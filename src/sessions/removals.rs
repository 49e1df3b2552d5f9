//! Sessions that ended while the store did not answer.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{SessionId, SessionRegistry};
use crate::task;

/// Sessions that ended here, and whose records could not be removed yet.
#[derive(Default)]
pub(super) struct Removals(Mutex<HashSet<SessionId>>);

/// Maximum number of logouts that are remembered during one outage.
const MAX_REMOVALS: usize = 16 * 1024;

impl Removals {
    pub(super) fn add(&self, id: SessionId) {
        let mut removals = self.all();
        if removals.len() < MAX_REMOVALS {
            removals.insert(id);
        }
    }

    pub(super) fn contains(&self, id: &SessionId) -> bool {
        self.all().contains(id)
    }

    fn all(&self) -> MutexGuard<'_, HashSet<SessionId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionRegistry {
    /// Removes the records of sessions that ended during an outage, in a separate task.
    pub(super) fn retry_removals(&self) {
        let removals: Vec<_> = self.shared.removals.all().iter().copied().collect();
        if removals.is_empty() {
            return;
        }
        let sessions = self.clone();
        task::spawn(async move {
            for id in removals {
                // A failure starts another outage. The end of that outage starts another attempt.
                if sessions
                    .report(sessions.shared.store.remove(&id).await)
                    .is_err()
                {
                    return;
                }
                sessions.shared.removals.all().remove(&id);
            }
        });
    }
}
