//! The store in the memory of the process, for development and tests.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Group, SessionId, SessionRecord, marks::MemoryMarks};

/// Records that end with the process.
#[derive(Default)]
pub(super) struct MemoryStore(Mutex<Content>);

#[derive(Default)]
pub(super) struct Content {
    records: HashMap<SessionId, SessionRecord>,
    pub(super) marks: MemoryMarks,
    /// The number of records after which expired ones are removed.
    purge_at: usize,
}

/// Fewer records are not searched for expired ones.
const MIN_PURGE: usize = 1024;

impl MemoryStore {
    pub(super) fn insert(&self, record: SessionRecord, now: u64) {
        let mut content = self.content();
        if content.records.len() >= content.purge_at.max(MIN_PURGE) {
            let is_alive = |record: &SessionRecord| now < record.facts.expires;
            content.records.retain(|_, record| is_alive(record));
            content.purge_at = content.records.len() * 2;
        }
        content.records.insert(record.id, record);
    }

    pub(super) fn get(&self, id: &SessionId) -> Option<SessionRecord> {
        self.content().records.get(id).cloned()
    }

    pub(super) fn touch(&self, id: &SessionId, last_seen: u64) {
        if let Some(record) = self.content().records.get_mut(id) {
            record.last_seen = record.last_seen.max(last_seen);
        }
    }

    pub(super) fn remove(&self, id: &SessionId) {
        self.content().records.remove(id);
    }

    pub(super) fn remove_all(&self) {
        self.content().records.clear();
    }

    pub(super) fn list(&self, group: &Group<'_>) -> Vec<SessionRecord> {
        let key = group.key();
        let belongs = |record: &&SessionRecord| {
            let mut groups = record.facts.groups();
            groups.any(|group| group.key() == key)
        };
        let content = self.content();
        content.records.values().filter(belongs).cloned().collect()
    }

    pub(super) fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
