//! Tests of the cache rules with a paused clock.

use std::{
    future::{pending, ready},
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::{
    task::yield_now,
    time::{advance, sleep},
};

use super::*;
use crate::provider::{ConnectionError, FetchErrorKind};

const HOUR: u64 = 60 * 60;

fn unreachable() -> FetchError {
    FetchError::new(
        FetchErrorKind::Connection(ConnectionError::Unreachable),
        "down",
    )
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
    assert_eq!(*cache.get(|| ready(Err(unreachable()))).await.unwrap(), 1);
    yield_now().await;
    assert!(cache.has_failed_within(FAILURE_TTL));

    pass(1).await;
    assert!(cache.get(|| ready(Err(unreachable()))).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn failure_is_returned_for_a_second() {
    let cache = Arc::new(Cache::default());
    cache.get(|| ready(Err(unreachable()))).await.unwrap_err();

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
async fn fetch_is_cancelled_without_waiting_callers() {
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
async fn only_successful_refetches_use_up_the_limit() {
    let cache = Arc::new(Cache::default());
    cache.get(|| ready(Ok(0))).await.unwrap();
    for _ in 0..20 {
        pass(1).await;
        let newer = cache.newer(|_| false, || ready(Err(unreachable()))).await;
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
