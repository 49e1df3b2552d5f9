//! The results of recent checks, in the memory of the process.

use std::{
    collections::HashMap,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{SessionClaims, SessionId, SessionState};

/// The results of recent checks, at most [`MAX_ENTRIES`] of them, with claims of at most
/// [`MAX_CLAIMS`].
///
/// Each shard has two generations. When the newer one is full, the older one is dropped. So the
/// cache never searches for an entry to drop. Entries in use survive, because a check inserts them
/// again.
pub(super) struct Cache {
    shards: [Mutex<Shard>; SHARDS],
    epoch: AtomicU64,
}

/// Number of shards. Each has a lock, so that the threads of a runtime rarely wait for each other.
const SHARDS: usize = 16;

/// An entry takes 64 bytes. A full cache without claims takes at most 20 MiB.
const MAX_ENTRIES: usize = 128 * 1024;

/// Maximum number of entries in one generation.
const MAX_GENERATION: usize = MAX_ENTRIES / SHARDS / 2;

/// In bytes, 64 MiB: the claims of about 8,000 users with 2 KiB each. The sessions of other users
/// are checked more often.
const MAX_CLAIMS: usize = 64 * 1024 * 1024;

/// Maximum size of the claims of one generation, in bytes.
const MAX_GENERATION_CLAIMS: usize = MAX_CLAIMS / SHARDS / 2;

#[derive(Default)]
struct Shard {
    newer: HashMap<SessionId, Entry>,
    older: HashMap<SessionId, Entry>,
    /// Size of the claims that were added to `newer`, in bytes.
    claims: usize,
}

/// The result of a check. Times are in seconds since the Unix epoch.
#[derive(Clone)]
pub(super) struct Entry {
    /// The time at which the store answered.
    pub(super) checked: u64,
    /// The time at which the session ends if it is not used again. `None` if it has ended.
    pub(super) ends: Option<u64>,
    /// The time from which the next use has to be stored.
    pub(super) touch_at: u64,
    /// The claims that replace those of the cookie.
    pub(super) claims: Option<Arc<SessionClaims>>,
}

impl Cache {
    pub(super) fn new() -> Self {
        Self {
            shards: Default::default(),
            epoch: AtomicU64::new(0),
        }
    }

    /// Returns a number that changes when all sessions end.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Ends all sessions that were checked before.
    pub(super) fn end_all(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        for shard in &self.shards {
            *lock(shard) = Shard::default();
        }
    }

    pub(super) fn get(&self, id: &SessionId) -> Option<Entry> {
        let shard = self.shard(id);
        shard.newer.get(id).or_else(|| shard.older.get(id)).cloned()
    }

    /// Stores the result of a check that began in `epoch`, and returns the valid one.
    ///
    /// An ended session never becomes active again, because a check may have read the record just
    /// before its removal.
    pub(super) fn insert(&self, id: SessionId, entry: Entry, epoch: u64) -> Entry {
        let mut shard = self.shard(&id);
        let known = shard.newer.get(&id).or_else(|| shard.older.get(&id));
        let has_ended = epoch != self.epoch() || known.is_some_and(|known| known.ends.is_none());
        let newer_claims = known
            .and_then(|known| known.claims.clone())
            .filter(|known| {
                entry
                    .claims
                    .as_ref()
                    .is_some_and(|claims| known.version() > claims.version())
            });
        let entry = Entry {
            ends: entry.ends.filter(|_| !has_ended),
            claims: newer_claims.or(entry.claims).filter(|_| !has_ended),
            ..entry
        };
        shard.insert(id, entry.clone());
        entry
    }

    /// Replaces the claims of a session that is known to be active.
    pub(super) fn set_claims(&self, id: &SessionId, claims: Arc<SessionClaims>) {
        let mut shard = self.shard(id);
        let known = shard.newer.get(id).or_else(|| shard.older.get(id)).cloned();
        if let Some(known) = known.filter(|known| known.ends.is_some()) {
            let claims = Some(claims);
            shard.insert(*id, Entry { claims, ..known });
        }
    }

    fn shard(&self, id: &SessionId) -> MutexGuard<'_, Shard> {
        lock(&self.shards[id.shard(SHARDS)])
    }
}

impl Shard {
    fn insert(&mut self, id: SessionId, entry: Entry) {
        let claims = entry.claims.as_ref().map_or(0, |claims| claims.memory());
        let is_full =
            self.newer.len() >= MAX_GENERATION || self.claims + claims > MAX_GENERATION_CLAIMS;
        if is_full {
            self.older = mem::take(&mut self.newer);
            self.claims = 0;
        }
        self.claims += claims;
        let replaced = self.newer.insert(id, entry);
        let replaced = replaced.and_then(|entry| entry.claims);
        self.claims -= replaced.map_or(0, |claims| claims.memory());
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Entry {
    pub(super) fn ended(now: u64) -> Self {
        Self {
            checked: now,
            ends: None,
            touch_at: u64::MAX,
            claims: None,
        }
    }

    pub(super) fn state(&self, now: u64) -> SessionState {
        match self.ends {
            Some(ends) if now < ends => SessionState::Active(self.claims.clone()),
            _ => SessionState::Ended,
        }
    }
}
