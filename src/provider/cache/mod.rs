//! Caches one document of a provider.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::Poll,
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::{FetchError, refetch_limit::RefetchLimit};
use crate::task;

#[cfg(test)]
mod tests;

/// A document of a provider, fetched by one task for all callers.
///
/// 1. A document younger than [`FRESH_TTL`] is returned as it is.
/// 2. A document younger than [`STALE_TTL`] is returned as it is, and a task fetches the next one.
/// 3. Without a usable document, all callers wait for the same fetch. It is cancelled when the last
///    caller is dropped.
/// 4. A failed fetch is not repeated within [`FAILURE_TTL`].
///
/// Source: rules 1, 2 and 4 are RFC 9111, section 4.2.4, with RFC 5861, sections 3 and 4.
pub(super) struct Cache<T>(Mutex<State<T>>);

struct State<T> {
    value: Option<(Instant, Arc<T>)>,
    /// The last failure, unless a fetch has succeeded since.
    failure: Option<(Instant, FetchError)>,
    /// The running fetch. Its task owns the sender, so that callers do not wait for a task that
    /// ended with its runtime.
    running: Option<Weak<Sender<T>>>,
    refetches: RefetchLimit,
}

type Outcome<T> = Result<Arc<T>, FetchError>;
type Sender<T> = watch::Sender<Option<Outcome<T>>>;
type Receiver<T> = watch::Receiver<Option<Outcome<T>>>;

/// The reason why a document is fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The cache holds no usable document.
    First,
    /// The document is stale. No caller waits for this fetch.
    Refresh,
    /// The document does not match a response or token of the provider.
    Refetch,
}

impl<T: Send + Sync + 'static> Cache<T> {
    /// Returns the document. Waits for the network only if no usable document is cached.
    pub(super) async fn get<F>(self: &Arc<Self>, fetch: impl FnOnce() -> F) -> Outcome<T>
    where
        F: Future<Output = Result<T, FetchError>> + Send + 'static,
    {
        let receiver = {
            let mut state = self.lock();
            let failure = state.recent_failure(FAILURE_TTL).cloned();
            match (state.usable(), failure) {
                (Some((fetched, value)), failure) => {
                    let may_fetch = failure.is_none() && state.running().is_none();
                    if fetched.elapsed() >= FRESH_TTL && may_fetch {
                        self.start(&mut state, Purpose::Refresh, fetch());
                    }
                    return Ok(value);
                }
                (None, Some(failure)) => return Err(failure),
                (None, None) => match state.running() {
                    Some(running) => running.subscribe(),
                    None => self.start(&mut state, Purpose::First, fetch()),
                },
            }
        };
        outcome(receiver).await
    }

    /// Returns the cached document if `is_newer` accepts it, else fetches it again.
    ///
    /// Returns `None` if the new document is not accepted either. [`RefetchLimit`] limits the
    /// fetches, because client requests can cause them.
    pub(super) async fn newer<F>(
        self: &Arc<Self>,
        is_newer: impl Fn(&Arc<T>) -> bool,
        fetch: impl FnOnce() -> F,
    ) -> Option<Arc<T>>
    where
        F: Future<Output = Result<T, FetchError>> + Send + 'static,
    {
        let receiver = {
            let mut state = self.lock();
            let (_, cached) = state.usable()?;
            if is_newer(&cached) {
                return Some(cached);
            }
            match state.running() {
                Some(running) => running.subscribe(),
                None if state.recent_failure(FAILURE_TTL).is_some() => return None,
                None if !state.refetches.take() => return None,
                None => self.start(&mut state, Purpose::Refetch, fetch()),
            }
        };
        outcome(receiver).await.ok().filter(is_newer)
    }

    /// Returns true if the last fetch failed within `period`.
    pub(super) fn has_failed_within(&self, period: Duration) -> bool {
        self.lock().recent_failure(period).is_some()
    }

    /// Spawns the task that fetches the document.
    fn start<F>(self: &Arc<Self>, state: &mut State<T>, purpose: Purpose, fetch: F) -> Receiver<T>
    where
        F: Future<Output = Result<T, FetchError>> + Send + 'static,
    {
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        state.running = Some(Arc::downgrade(&sender));
        let cache = Arc::clone(self);
        task::spawn(async move {
            let fetched = match purpose {
                Purpose::Refresh => Some(fetch.await),
                Purpose::First | Purpose::Refetch => {
                    run_until(cache.abandoned(&sender), fetch).await
                }
            };
            if let Some(fetched) = fetched {
                sender.send_replace(Some(cache.store(purpose, fetched)));
            }
        });
        receiver
    }

    /// Completes when no caller waits for the fetch of `sender`.
    async fn abandoned(&self, sender: &Sender<T>) {
        loop {
            sender.closed().await;
            let mut state = self.lock();
            // A caller may have joined in the meantime.
            if sender.receiver_count() == 0 {
                state.running = None;
                return;
            }
        }
    }

    fn store(&self, purpose: Purpose, fetched: Result<T, FetchError>) -> Outcome<T> {
        let mut state = self.lock();
        state.running = None;
        match fetched {
            Ok(value) => {
                let value = Arc::new(value);
                state.value = Some((Instant::now(), Arc::clone(&value)));
                state.failure = None;
                Ok(value)
            }
            Err(reason) => {
                state.failure = Some((Instant::now(), reason.clone()));
                // Failed fetches are already limited by `FAILURE_TTL`. They do not use up the
                // refetch limit, because that would delay a key rotation.
                if purpose == Purpose::Refetch {
                    state.refetches.give_back();
                }
                Err(reason)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn usable(&self) -> Option<(Instant, Arc<T>)> {
        let value = self.value.as_ref();
        value
            .filter(|(fetched, _)| fetched.elapsed() < STALE_TTL)
            .cloned()
    }

    fn recent_failure(&self, period: Duration) -> Option<&FetchError> {
        let failure = self.failure.as_ref();
        let recent = failure.filter(|(failed, _)| failed.elapsed() < period);
        recent.map(|(_, reason)| reason)
    }

    fn running(&self) -> Option<Arc<Sender<T>>> {
        self.running.as_ref().and_then(Weak::upgrade)
    }
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Mutex::new(State {
            value: None,
            failure: None,
            running: None,
            refetches: RefetchLimit::default(),
        }))
    }
}

/// A document is fresh for an hour.
const FRESH_TTL: Duration = Duration::from_secs(60 * 60);

/// A document is used for up to a day while the provider does not respond.
const STALE_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Negative-cache TTL. Limits load on a failing provider without delaying recovery.
const FAILURE_TTL: Duration = Duration::from_secs(1);

/// Waits for the outcome of a running fetch.
async fn outcome<T>(mut receiver: Receiver<T>) -> Outcome<T> {
    let sent = receiver.wait_for(Option::is_some).await;
    let outcome = sent.ok().and_then(|sent| sent.clone());
    outcome.unwrap_or_else(|| Err(FetchError::interrupted()))
}

/// Returns the output of `work`, or `None` if `end` completes first.
async fn run_until<T>(end: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    let (mut end, mut work) = (pin!(end), pin!(work));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}
