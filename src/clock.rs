//! The source of time, which tests can replace.

use std::{sync::Arc, time::SystemTime};

/// The source of time. Tests can replace it.
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
        // A time before 1970 becomes 1970. Then no cookie verifies, which is safe.
        time.duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }
}
