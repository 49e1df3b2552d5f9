//! Keeps track of a store that does not answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::store::StoreError;

/// The failures of a store since it last answered. Times are in seconds since the Unix epoch.
#[derive(Default)]
pub(super) struct Outage(Mutex<State>);

#[derive(Default)]
struct State {
    /// Failures since the last log event.
    failures: u64,
    /// The last failure. `None` if the store has answered since.
    failed_at: Option<u64>,
    logged_at: Option<u64>,
}

/// Seconds between two log events of one outage.
const LOG_INTERVAL: u64 = 60;

impl Outage {
    /// Returns true if the store has failed within the current second. In that case, it is not
    /// asked again, so that requests do not wait for a store that is down.
    pub(super) fn is_paused(&self, now: u64) -> bool {
        self.state().failed_at == Some(now)
    }

    /// Records a failure, and logs at most once in [`LOG_INTERVAL`].
    pub(super) fn failed(&self, error: &StoreError, now: u64) {
        let mut state = self.state();
        state.failures += 1;
        state.failed_at = Some(now);
        let is_due = |logged_at: u64| now.abs_diff(logged_at) >= LOG_INTERVAL;
        if state.logged_at.is_none_or(is_due) {
            let (reason, failures, detail) = ("session_store", state.failures, &error.0);
            tracing::error!(reason, failures, detail, "session store unavailable");
            state.logged_at = Some(now);
            state.failures = 0;
        }
    }

    /// Records an answer. Returns true if it ends an outage.
    pub(super) fn answered(&self) -> bool {
        let mut state = self.state();
        if state.failed_at.take().is_none() {
            return false;
        }
        tracing::info!("session store available again");
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
