//! Functions that the app sets on a layer: the clock and the sign-in hook.

use std::{sync::Arc, time::SystemTime};

use super::SignInHook;

/// Functions of the app. They survive a reload of the configuration.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) clock: Clock,
    pub(crate) on_sign_in: Option<SignInHook>,
    #[cfg(feature = "dev")]
    pub(crate) fault: crate::dev::InjectedFault,
}

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
