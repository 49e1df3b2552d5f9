//! A sign-in hook that takes longer than its timeout.

use std::{sync::Arc, time::Duration};

use axum_streamlit_auth::AuthLayer;
use tokio::{
    sync::Notify,
    time::{self, timeout},
};

/// Pauses the clock of the runtime when it runs, so that the timeout passes without waiting.
#[derive(Default)]
pub struct SlowHook(Arc<Notify>);

impl SlowHook {
    /// Returns the layer with this hook.
    #[must_use]
    pub fn on(&self, auth: AuthLayer) -> AuthLayer {
        let completed = Arc::clone(&self.0);
        auth.on_sign_in(move |claims| {
            let completed = Arc::clone(&completed);
            async move {
                time::pause();
                time::sleep(Duration::from_secs(100)).await;
                completed.notify_one();
                Ok(claims)
            }
        })
    }

    /// Asserts that the hook completes although no request waits for it, and resumes the clock.
    pub async fn assert_completes(&self) {
        let completed = timeout(Duration::from_secs(1000), self.0.notified()).await;
        assert!(completed.is_ok(), "the hook was cancelled");
        time::resume();
    }
}
