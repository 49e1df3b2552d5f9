//! What was fetched from a provider: how long it counts, and how long a failure does.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Outage, keys::Keys};

/// A value with the time it was fetched, or the failure to fetch it.
pub(super) struct Cache<T> {
    value: Option<(Instant, Arc<T>)>,
    failure: Option<(Instant, Outage)>,
}

#[derive(Default)]
pub(super) struct KeyCache {
    pub(super) keys: Cache<Keys>,
    /// When an unknown key last made us ask again, and there was an answer.
    refetched: Option<Instant>,
}

impl<T> Cache<T> {
    /// What can be answered without the network.
    pub(super) fn usable(&self) -> Option<Result<Arc<T>, Outage>> {
        let value = self.value.as_ref();
        if let Some((_, value)) = value.filter(|(fetched, _)| fetched.elapsed() < FRESH) {
            return Some(Ok(Arc::clone(value)));
        }
        let reason = self.recent_failure()?;
        Some(self.stale().ok_or_else(|| reason.clone()))
    }

    pub(super) fn store(&mut self, fetched: Result<T, Outage>) -> Result<Arc<T>, Outage> {
        match fetched {
            Ok(value) => {
                let value = Arc::new(value);
                *self = Self {
                    value: Some((Instant::now(), Arc::clone(&value))),
                    failure: None,
                };
                Ok(value)
            }
            Err(reason) => {
                self.failure = Some((Instant::now(), reason.clone()));
                self.stale().ok_or(reason)
            }
        }
    }

    fn recent_failure(&self) -> Option<&Outage> {
        let failure = self.failure.as_ref();
        let recent = failure.filter(|(failed, _)| failed.elapsed() < FAILED);
        recent.map(|(_, reason)| reason)
    }

    fn stale(&self) -> Option<Arc<T>> {
        self.value
            .as_ref()
            .filter(|(fetched, _)| fetched.elapsed() < STALE)
            .map(|(_, value)| Arc::clone(value))
    }
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self {
            value: None,
            failure: None,
        }
    }
}

impl KeyCache {
    /// Whether an unknown key may make us ask again.
    pub(super) fn may_refetch(&self) -> bool {
        self.refetched
            .is_none_or(|last| last.elapsed() >= BETWEEN_REFETCHES)
            && self.keys.recent_failure().is_none()
    }

    /// A question that has no answer, or whose visitor leaves before it, is none: a new key must not be refused for a minute.
    pub(super) fn store(
        &mut self,
        fetched: Result<Keys, Outage>,
        is_refetch: bool,
    ) -> Result<Arc<Keys>, Outage> {
        if is_refetch && fetched.is_ok() {
            self.refetched = Some(Instant::now());
        }
        self.keys.store(fetched)
    }
}

/// Used without asking again.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// Used while the provider cannot be asked.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// Long enough to spare a provider that is down a crowd, short enough that nobody has to wait when it is back.
const FAILED: Duration = Duration::from_secs(1);

/// Anybody can send a token with a made-up key; the provider is not asked more often for that.
const BETWEEN_REFETCHES: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::provider::OutageKind;

    const HOUR: u64 = 60 * 60;

    fn outage() -> Outage {
        Outage::new(OutageKind::Unreachable, "down")
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_is_fresh_for_an_hour_and_stands_in_for_an_outage_for_a_day() {
        let mut cache = Cache::default();
        assert!(cache.usable().is_none());
        cache.store(Ok("value")).unwrap();

        advance(Duration::from_secs(HOUR - 1)).await;
        assert_eq!(*cache.usable().unwrap().unwrap(), "value");
        advance(Duration::from_secs(1)).await;
        assert!(cache.usable().is_none());

        advance(Duration::from_secs(23 * HOUR - 1)).await;
        assert_eq!(*cache.store(Err(outage())).unwrap(), "value");
        assert_eq!(*cache.usable().unwrap().unwrap(), "value");
        advance(Duration::from_secs(1)).await;
        assert!(cache.store(Err(outage())).is_err());
        assert!(cache.usable().unwrap().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_counts_for_a_second() {
        let mut cache = Cache::<()>::default();
        cache.store(Err(outage())).unwrap_err();

        advance(Duration::from_millis(999)).await;
        assert!(cache.usable().unwrap().is_err());
        advance(Duration::from_millis(1)).await;
        assert!(cache.usable().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_to_an_unknown_key_counts_for_a_minute_and_no_answer_for_a_second() {
        let mut cache = KeyCache::default();
        assert!(cache.may_refetch());
        cache.store(Ok(Keys::default()), false).unwrap();
        assert!(cache.may_refetch());
        cache.store(Err(outage()), true).unwrap();
        assert!(!cache.may_refetch());
        advance(Duration::from_secs(1)).await;
        assert!(cache.may_refetch());

        cache.store(Ok(Keys::default()), true).unwrap();
        advance(Duration::from_secs(59)).await;
        assert!(!cache.may_refetch());
        advance(Duration::from_secs(1)).await;
        assert!(cache.may_refetch());
    }
}
