//! Waits for effects that no event announces.

use std::time::{Duration, Instant};

/// Waits until `condition` returns true, and fails after [`DEADLINE`]. `what` names the effect.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition().await {
        assert!(Instant::now() < deadline, "not within {DEADLINE:?}: {what}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Lets other tasks of this thread run until `condition` returns true, and fails after [`DEADLINE`].
/// Also works while the clock of the runtime stands still.
pub async fn yield_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {DEADLINE:?}: {what}");
        tokio::task::yield_now().await;
    }
}

/// Far longer than any of these effects takes, even on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

const POLL_INTERVAL: Duration = Duration::from_millis(20);
