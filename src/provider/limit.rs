//! How often what a client sends may cause a fetch.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket of [`MAX_BURST`] refetches, filled by one each [`REFILL_INTERVAL`].
///
/// Kept as the time at which the bucket is full again (the generic cell rate algorithm, ITU-T I.371, annex A).
#[derive(Default)]
pub(super) struct RefetchLimit {
    full_at: Option<Instant>,
}

impl RefetchLimit {
    /// Takes a token, if there is one.
    pub(super) fn take(&mut self) -> bool {
        let now = Instant::now();
        let full_at = self.full_at.map_or(now, |full_at| full_at.max(now));
        let has_token = full_at - now <= REFILL_INTERVAL * (MAX_BURST - 1);
        if has_token {
            self.full_at = Some(full_at + REFILL_INTERVAL);
        }
        has_token
    }

    /// Puts the last token back.
    pub(super) fn give_back(&mut self) {
        self.full_at = self
            .full_at
            .and_then(|full_at| full_at.checked_sub(REFILL_INTERVAL));
    }
}

/// A provider that replaces several keys at once, or answers from several servers, needs a few refetches.
const MAX_BURST: u32 = 5;

/// Five refetches a minute at most in the long run, whatever clients send.
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
