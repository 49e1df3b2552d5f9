//! Refreshes of tokens in this process: one at a time for each session, and none for a while after
//! a failure.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use tracing::Instrument;

use super::{SessionId, SessionRegistry, SessionTokens, Shared, StoreError};
use crate::task;

/// The refreshes in progress, and recent failures.
#[derive(Default)]
pub(super) struct Refreshes {
    in_progress: Mutex<HashMap<SessionId, watch::Receiver<Option<Refreshed>>>>,
    paused: Mutex<HashMap<RefreshScope, u64>>,
}

/// The outcome of a refresh.
pub(crate) type Refreshed = Result<SessionTokens, RefreshError>;

/// The reason why there are no new tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshError {
    /// The session ended in the meantime.
    Ended,
    /// The provider no longer accepts the refresh token, or the user's new claims are not allowed.
    /// The session has ended.
    Refused,
    /// The provider did not respond, or did not accept the client.
    Provider,
    Store,
}

impl From<StoreError> for RefreshError {
    fn from(_: StoreError) -> Self {
        Self::Store
    }
}

/// The refreshes that a failure prevents for a while.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum RefreshScope {
    Session(SessionId),
    /// All sessions of the provider with this name.
    Provider(String),
}

/// Seconds without a refresh after a failure. A provider that is down has time to recover, and
/// users do not wait for a timeout at each request.
const PAUSE: u64 = 10;

/// Maximum number of failures that are remembered.
const MAX_PAUSED: usize = 16 * 1024;

/// Publishes the outcome of a refresh before the refresh has finished.
#[derive(Clone)]
pub(crate) struct Publisher(watch::Sender<Option<Refreshed>>);

impl Publisher {
    /// Only the first outcome has an effect.
    pub(crate) fn publish(&self, outcome: &Refreshed) {
        self.0.send_if_modified(|published| {
            let is_first = published.is_none();
            if is_first {
                *published = Some(outcome.clone());
            }
            is_first
        });
    }
}

impl Refreshes {
    fn in_progress(
        &self,
    ) -> MutexGuard<'_, HashMap<SessionId, watch::Receiver<Option<Refreshed>>>> {
        self.in_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn paused(&self) -> MutexGuard<'_, HashMap<RefreshScope, u64>> {
        self.paused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refresh in progress. Dropping it removes it from the list, even after a panic.
struct InProgress(Arc<Shared>, SessionId);

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.refreshes.in_progress().remove(&self.1);
    }
}

impl SessionRegistry {
    /// Returns the outcome of the refresh in progress, or else starts `refresh` in a separate task,
    /// which continues if the client disconnects.
    pub(crate) async fn refresh_once<F>(
        &self,
        id: SessionId,
        refresh: impl FnOnce(Publisher) -> F,
    ) -> Refreshed
    where
        F: Future<Output = Refreshed> + Send + 'static,
    {
        let mut outcome = {
            let mut in_progress = self.shared.refreshes.in_progress();
            let outcome = in_progress.entry(id).or_insert_with(|| {
                let (sender, receiver) = watch::channel(None);
                let publisher = Publisher(sender);
                let guard = InProgress(Arc::clone(&self.shared), id);
                let refreshing = refresh(publisher.clone());
                let run = async move {
                    let outcome = refreshing.await;
                    drop(guard);
                    publisher.publish(&outcome);
                };
                task::spawn(run.in_current_span());
                receiver
            });
            outcome.clone()
        };
        let outcome = outcome.wait_for(Option::is_some).await;
        // The task ends without an outcome if the runtime shuts down.
        let outcome = outcome.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or(Err(RefreshError::Provider))
    }

    /// Prevents refreshes for [`PAUSE`].
    pub(crate) fn pause_refreshes(&self, scope: RefreshScope) {
        let now = self.clock.now();
        let mut paused = self.shared.refreshes.paused();
        if paused.len() >= MAX_PAUSED {
            paused.retain(|_, until| now < *until);
        }
        if paused.len() < MAX_PAUSED {
            paused.insert(scope, now.saturating_add(PAUSE));
        }
    }

    /// Returns true if a refresh has failed within [`PAUSE`].
    pub(crate) fn are_refreshes_paused(&self, scope: &RefreshScope) -> bool {
        let until = self.shared.refreshes.paused().get(scope).copied();
        until.is_some_and(|until| self.clock.now() < until)
    }
}
