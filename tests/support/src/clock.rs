//! A clock that tests control.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum_streamlit_auth::AuthLayer;

/// A clock that keeps its time until a test sets or advances it.
#[derive(Clone)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    /// A clock at `seconds` since 1970.
    pub fn at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds)))
    }

    /// A clock at the current system time.
    pub fn at_system_time() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self::at(now.expect("after 1970").as_secs())
    }

    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// A layer that uses this clock.
    pub fn layer(&self, toml: &str) -> AuthLayer {
        let clock = self.clone();
        AuthLayer::from_toml(toml)
            .expect("a valid configuration")
            .with_clock(move || UNIX_EPOCH + Duration::from_secs(clock.now()))
    }
}
