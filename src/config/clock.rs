//! The time, which tests set.

use std::{sync::Arc, time::SystemTime};

/// Tells the time; tests put their own in its place.
#[derive(Clone, Default)]
pub(crate) struct Clock(Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>);

impl Clock {
    #[cfg_attr(
        not(feature = "dev"),
        expect(dead_code, reason = "only tests replace the clock")
    )]
    pub(crate) fn new(clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(clock)))
    }

    /// Seconds since the Unix epoch.
    pub(crate) fn now(&self) -> u64 {
        let time = self
            .0
            .as_ref()
            .map_or_else(SystemTime::now, |clock| clock());
        // A clock before 1970 reads as 1970: no cookie verifies, which is the safe side.
        time.duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }
}
