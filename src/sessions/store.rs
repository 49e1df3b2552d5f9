//! The store of session records, by kind.

use super::{Group, SessionId, SessionRecord, memory::MemoryStore};
use crate::config::SessionStore;

/// A store of session records. All replicas of an app share it, unless it is in memory.
pub(super) enum Store {
    Memory(MemoryStore),
}

/// The store did not answer, or refused. The text contains no value of a record and no address.
#[derive(Clone, Debug)]
pub(crate) struct StoreError(pub(super) String);

impl Store {
    pub(super) fn new(configured: &SessionStore) -> Self {
        match configured {
            SessionStore::Memory => Self::Memory(MemoryStore::default()),
        }
    }

    /// Stores a new record until `ends`.
    pub(super) async fn insert(&self, record: &SessionRecord, now: u64) -> Result<(), StoreError> {
        match self {
            Self::Memory(store) => store.insert(record.clone(), now),
        }
        Ok(())
    }

    pub(super) async fn get(&self, id: &SessionId) -> Result<Option<SessionRecord>, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.get(id)),
        }
    }

    /// Raises `last_seen` of a record. Has no effect on a record that was removed meanwhile.
    pub(super) async fn touch(&self, id: &SessionId, last_seen: u64) -> Result<(), StoreError> {
        match self {
            Self::Memory(store) => store.touch(id, last_seen),
        }
        Ok(())
    }

    pub(super) async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        match self {
            Self::Memory(store) => store.remove(id),
        }
        Ok(())
    }

    pub(super) async fn remove_all(&self) -> Result<(), StoreError> {
        match self {
            Self::Memory(store) => store.remove_all(),
        }
        Ok(())
    }

    /// Returns the records of a group.
    pub(super) async fn list(&self, group: &Group<'_>) -> Result<Vec<SessionRecord>, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.list(group)),
        }
    }
}
