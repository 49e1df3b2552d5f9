//! Limits fetches that client requests can cause.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket of [`MAX_BURST`] refetches, refilled with one per [`REFILL_INTERVAL`].
///
/// The state is the time at which the bucket is full again (generic cell rate algorithm, ITU-T
/// I.371, annex A).
#[derive(Default)]
pub(super) struct RefetchLimit {
    full_at: Option<Instant>,
}

impl RefetchLimit {
    /// Takes a token. Returns false if the bucket is empty.
    pub(super) fn take(&mut self) -> bool {
        let now = Instant::now();
        let full_at = self.full_at.map_or(now, |full_at| full_at.max(now));
        let has_token = full_at - now <= REFILL_INTERVAL * (MAX_BURST - 1);
        if has_token {
            self.full_at = Some(full_at + REFILL_INTERVAL);
        }
        has_token
    }

    /// Puts back the token that was taken last.
    pub(super) fn give_back(&mut self) {
        self.full_at = self
            .full_at
            .and_then(|full_at| full_at.checked_sub(REFILL_INTERVAL));
    }
}

/// Enough for a provider that replaces several keys at once or whose servers return different
/// documents.
const MAX_BURST: u32 = 5;

/// Allows at most five refetches per minute in the long run, regardless of client requests.
const REFILL_INTERVAL: Duration = Duration::from_secs(12);

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bucket_empties_and_refills() {
        let mut limit = RefetchLimit::default();
        let taken = |limit: &mut RefetchLimit| (0..100).filter(|_| limit.take()).count();
        assert_eq!(taken(&mut limit), 5);
        limit.give_back();
        assert_eq!(taken(&mut limit), 1);

        advance(REFILL_INTERVAL - Duration::from_millis(1)).await;
        assert_eq!(taken(&mut limit), 0);
        advance(Duration::from_millis(1)).await;
        assert_eq!(taken(&mut limit), 1);
        advance(REFILL_INTERVAL * 100).await;
        assert_eq!(taken(&mut limit), 5);
    }
}
