//! The results of recent checks, in the memory of the process.

use std::{
    collections::HashMap,
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{SessionId, SessionState};

/// The results of recent checks, at most [`MAX_ENTRIES`] of them.
///
/// Each shard has two generations. When the newer one is full, the older one is dropped. So no
/// entry has to be searched for, and entries in use survive, because a check inserts them again.
pub(super) struct Cache {
    shards: [Mutex<Shard>; SHARDS],
    epoch: AtomicU64,
}

/// Locks, so that the threads of a runtime rarely wait for each other.
const SHARDS: usize = 16;

/// An entry has 56 bytes, so that a full cache takes at most 16 MiB.
const MAX_ENTRIES: usize = 128 * 1024;

/// Entries of one generation.
const MAX_GENERATION: usize = MAX_ENTRIES / SHARDS / 2;

#[derive(Default)]
struct Shard {
    newer: HashMap<SessionId, Entry>,
    older: HashMap<SessionId, Entry>,
}

/// The result of a check. Times are in seconds since the Unix epoch.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The time at which the store answered.
    pub(super) checked: u64,
    /// The time at which the session ends if it is not used again. `None` if it has ended.
    pub(super) ends: Option<u64>,
    /// The time from which the next use has to be stored.
    pub(super) touch_at: u64,
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
        shard.newer.get(id).or_else(|| shard.older.get(id)).copied()
    }

    /// Stores the result of a check that began in `epoch`, and returns the valid one.
    ///
    /// An ended session never becomes active again, because a check may have read the record just
    /// before its removal.
    pub(super) fn insert(&self, id: SessionId, entry: Entry, epoch: u64) -> Entry {
        let mut shard = self.shard(&id);
        let known = shard.newer.get(&id).or_else(|| shard.older.get(&id));
        let has_ended = epoch != self.epoch() || known.is_some_and(|known| known.ends.is_none());
        let entry = Entry {
            ends: entry.ends.filter(|_| !has_ended),
            ..entry
        };
        if shard.newer.len() >= MAX_GENERATION {
            shard.older = mem::take(&mut shard.newer);
        }
        shard.newer.insert(id, entry);
        entry
    }

    fn shard(&self, id: &SessionId) -> MutexGuard<'_, Shard> {
        lock(&self.shards[id.shard(SHARDS)])
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
        }
    }

    pub(super) fn state(&self, now: u64) -> SessionState {
        match self.ends {
            Some(ends) if now < ends => SessionState::Active,
            _ => SessionState::Ended,
        }
    }
}
