//! The store in the memory of the process, for development and tests.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    Group, SessionId, SessionRecord,
    data::{FIRST_VERSION, SealedData, SealedTokens},
    marks::MemoryMarks,
};

/// Records that end with the process.
#[derive(Default)]
pub(super) struct MemoryStore(Mutex<Content>);

#[derive(Default)]
pub(super) struct Content {
    records: HashMap<SessionId, SessionRecord>,
    pub(super) marks: MemoryMarks,
    data: HashMap<SessionId, (u64, SealedData)>,
    /// The number of records after which expired ones are removed.
    purge_at: usize,
}

/// With fewer records, the store does not search for expired ones.
const MIN_PURGE: usize = 1024;

impl MemoryStore {
    pub(super) fn insert(&self, record: SessionRecord, data: SealedData, now: u64) {
        let mut guard = self.content();
        let content = &mut *guard;
        if content.records.len() >= content.purge_at.max(MIN_PURGE) {
            let is_alive = |record: &SessionRecord| now < record.facts.expires;
            content.records.retain(|_, record| is_alive(record));
            content.purge_at = content.records.len() * 2;
            let records = &content.records;
            content.data.retain(|id, _| records.contains_key(id));
        }
        if !data.is_empty() {
            content.data.insert(record.id, (FIRST_VERSION, data));
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
        let mut content = self.content();
        content.records.remove(id);
        content.data.remove(id);
    }

    pub(super) fn remove_all(&self) {
        let mut content = self.content();
        content.records.clear();
        content.data.clear();
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

    pub(super) fn tokens(&self, id: &SessionId) -> Option<SealedTokens> {
        let content = self.content();
        content.records.get(id)?;
        let (version, data) = content.data.get(id).cloned().unwrap_or_default();
        let tokens = data.tokens;
        Some(SealedTokens { version, tokens })
    }

    pub(super) fn claims(&self, id: &SessionId) -> Option<(u64, Vec<u8>)> {
        let content = self.content();
        let record = content.records.get(id)?;
        let (_, data) = content.data.get(id)?;
        Some((record.claims_version, data.claims.clone()?))
    }

    pub(super) fn replace(&self, id: &SessionId, version: u64, new: &SealedData) -> bool {
        let mut guard = self.content();
        let content = &mut *guard;
        let stored = content.records.get_mut(id).zip(content.data.get_mut(id));
        let Some((record, (current, data))) = stored.filter(|(_, (stored, _))| *stored == version)
        else {
            return false;
        };
        *current += 1;
        data.tokens.clone_from(&new.tokens);
        if new.claims.is_some() {
            data.claims.clone_from(&new.claims);
            record.claims_version = *current;
        }
        true
    }

    pub(super) fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
