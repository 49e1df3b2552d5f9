//! A fetched document: how long it is used, and who fetches it.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::Poll,
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::{Outage, limit::RefetchLimit};

/// A document of a provider, fetched by one task for all callers.
///
/// 1. A document younger than [`FRESH_TTL`] is returned as it is.
/// 2. A document younger than [`STALE_TTL`] is returned as it is, and a task fetches the next one.
/// 3. Without a usable document, callers wait for one fetch together. It is cancelled when the last of them leaves.
/// 4. A failed fetch is not repeated within [`FAILURE_TTL`].
///
/// Source: rules 1, 2 and 4 are RFC 9111, section 4.2.4, with RFC 5861, sections 3 and 4.
pub(super) struct Cache<T>(Mutex<State<T>>);

struct State<T> {
    value: Option<(Instant, Arc<T>)>,
    /// The last failure, unless a fetch has succeeded since.
    failure: Option<(Instant, Outage)>,
    /// The task owns the sender, so that a task that died with its runtime is not waited for.
    running: Option<Weak<Sender<T>>>,
    refetches: RefetchLimit,
}

type Outcome<T> = Result<Arc<T>, Outage>;
type Sender<T> = watch::Sender<Option<Outcome<T>>>;
type Receiver<T> = watch::Receiver<Option<Outcome<T>>>;

/// Why a document is fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// There is none.
    First,
    /// It is stale. No caller waits.
    Refresh,
    /// It does not fit what the provider sent.
    Refetch,
}

impl<T: Send + Sync + 'static> Cache<T> {
    /// Returns the document. Waits for the network only if there is no usable one.
    pub(super) async fn get<F>(self: &Arc<Self>, fetch: impl FnOnce() -> F) -> Outcome<T>
    where
        F: Future<Output = Result<T, Outage>> + Send + 'static,
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

    /// Returns a document for which `is_newer` holds: the known one, or one that is fetched now.
    ///
    /// Fetches are rate limited by [`RefetchLimit`], because what a client sends can cause them.
    pub(super) async fn newer<F>(
        self: &Arc<Self>,
        is_newer: impl Fn(&Arc<T>) -> bool,
        fetch: impl FnOnce() -> F,
    ) -> Option<Arc<T>>
    where
        F: Future<Output = Result<T, Outage>> + Send + 'static,
    {
        let receiver = {
            let mut state = self.lock();
            let (_, known) = state.usable()?;
            if is_newer(&known) {
                return Some(known);
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

    /// Returns true if the last fetch failed, and did so within `period`.
    pub(super) fn has_failed_within(&self, period: Duration) -> bool {
        self.lock().recent_failure(period).is_some()
    }

    fn start<F>(self: &Arc<Self>, state: &mut State<T>, purpose: Purpose, fetch: F) -> Receiver<T>
    where
        F: Future<Output = Result<T, Outage>> + Send + 'static,
    {
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        state.running = Some(Arc::downgrade(&sender));
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            let fetched = match purpose {
                Purpose::Refresh => Some(fetch.await),
                Purpose::First | Purpose::Refetch => {
                    until(cache.is_abandoned(&sender), fetch).await
                }
            };
            if let Some(fetched) = fetched {
                sender.send_replace(Some(cache.store(purpose, fetched)));
            }
        });
        receiver
    }

    /// Completes when no caller waits for the fetch of `sender` any more.
    async fn is_abandoned(&self, sender: &Sender<T>) {
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

    fn store(&self, purpose: Purpose, fetched: Result<T, Outage>) -> Outcome<T> {
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
                // `FAILURE_TTL` limits failing fetches. The next key must not wait for the limit as well.
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

    fn recent_failure(&self, period: Duration) -> Option<&Outage> {
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

/// A document is returned without a fetch for an hour.
const FRESH_TTL: Duration = Duration::from_secs(60 * 60);

/// A document is returned for a day while the provider does not answer.
const STALE_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Negative-cache TTL. Limits load on a failing provider without delaying recovery.
const FAILURE_TTL: Duration = Duration::from_secs(1);

async fn outcome<T>(mut receiver: Receiver<T>) -> Outcome<T> {
    let sent = receiver.wait_for(Option::is_some).await;
    let outcome = sent.ok().and_then(|sent| sent.clone());
    outcome.unwrap_or_else(|| Err(Outage::interrupted()))
}

/// Returns the output of `work`, or `None` if `end` completes first.
async fn until<T>(end: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    let (mut end, mut work) = (pin!(end), pin!(work));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, ready},
        sync::atomic::{AtomicUsize, Ordering},
    };

    use tokio::{
        task::yield_now,
        time::{advance, sleep},
    };

    use super::*;
    use crate::provider::{ConnectionError, OutageKind};

    const HOUR: u64 = 60 * 60;

    fn outage() -> Outage {
        Outage::new(OutageKind::Connection(ConnectionError::Unreachable), "down")
    }

    async fn pass(seconds: u64) {
        advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn stale_value_is_returned_while_fetch_hangs() {
        let cache = Arc::new(Cache::default());
        assert_eq!(*cache.get(|| ready(Ok(1))).await.unwrap(), 1);

        pass(HOUR - 1).await;
        assert_eq!(*cache.get(|| ready(Ok(2))).await.unwrap(), 1);
        yield_now().await;
        assert_eq!(*cache.get(|| ready(Ok(3))).await.unwrap(), 1);

        pass(1).await;
        assert_eq!(*cache.get(pending).await.unwrap(), 1);
        yield_now().await;
        pass(23 * HOUR - 1).await;
        assert_eq!(*cache.get(pending).await.unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn stale_value_is_replaced_by_its_refresh() {
        let cache = Arc::new(Cache::default());
        cache.get(|| ready(Ok(1))).await.unwrap();

        pass(HOUR).await;
        assert_eq!(*cache.get(|| ready(Ok(2))).await.unwrap(), 1);
        yield_now().await;
        assert_eq!(*cache.get(pending).await.unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn value_expires_after_a_day_of_failures() {
        let cache = Arc::new(Cache::default());
        cache.get(|| ready(Ok(1))).await.unwrap();

        pass(24 * HOUR - 1).await;
        assert_eq!(*cache.get(|| ready(Err(outage()))).await.unwrap(), 1);
        yield_now().await;
        assert!(cache.has_failed_within(FAILURE_TTL));

        pass(1).await;
        assert!(cache.get(|| ready(Err(outage()))).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn failure_is_returned_for_a_second() {
        let cache = Arc::new(Cache::default());
        cache.get(|| ready(Err(outage()))).await.unwrap_err();

        advance(Duration::from_millis(999)).await;
        cache.get(|| ready(Ok(1))).await.unwrap_err();
        advance(Duration::from_millis(1)).await;
        assert_eq!(*cache.get(|| ready(Ok(2))).await.unwrap(), 2);
        assert!(!cache.has_failed_within(FAILURE_TTL));
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_callers_share_one_fetch() {
        static FETCHES: AtomicUsize = AtomicUsize::new(0);
        let cache = Arc::new(Cache::default());
        let fetch = || async {
            FETCHES.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_secs(1)).await;
            Ok(1)
        };
        let callers = (0..100).map(|_| {
            let cache = Arc::clone(&cache);
            async move { cache.get(fetch).await }
        });
        let outcomes = callers.collect::<tokio::task::JoinSet<_>>();
        assert!(outcomes.join_all().await.iter().all(Result::is_ok));
        assert_eq!(FETCHES.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn fetch_is_cancelled_when_all_callers_leave() {
        let cache = Arc::new(Cache::default());
        let callers = [1, 2].map(|_| {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { cache.get(pending).await })
        });
        yield_now().await;
        let [first, second] = callers;
        first.abort();
        yield_now().await;
        assert!(cache.lock().running().is_some());
        second.abort();
        while cache.lock().running().is_some() {
            yield_now().await;
        }
        assert_eq!(*cache.get(|| ready(Ok(1))).await.unwrap(), 1);
    }

    #[test]
    fn fetch_restarts_after_its_runtime_ended() {
        let cache = Arc::new(Cache::default());
        let runtime = || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.enable_time().build().unwrap()
        };
        runtime().block_on(async {
            let caller = Arc::clone(&cache);
            tokio::spawn(async move { caller.get(pending).await });
            yield_now().await;
            assert!(cache.lock().running().is_some());
        });
        let value = runtime().block_on(cache.get(|| ready(Ok(1))));
        assert_eq!(*value.unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn refetch_is_limited_and_failures_are_free() {
        let cache = Arc::new(Cache::default());
        cache.get(|| ready(Ok(0))).await.unwrap();
        for _ in 0..20 {
            pass(1).await;
            let newer = cache.newer(|_| false, || ready(Err(outage()))).await;
            assert!(newer.is_none());
        }
        pass(1).await;
        let fetched = cache.newer(|value| **value == 1, || ready(Ok(1))).await;
        assert_eq!(fetched.as_deref(), Some(&1));

        let mut fetches = 0;
        for _ in 0..50 {
            let fetch = || {
                fetches += 1;
                ready(Ok(1))
            };
            assert!(cache.newer(|value| **value == 2, fetch).await.is_none());
        }
        assert!((1..=5).contains(&fetches), "{fetches}");
    }
}
