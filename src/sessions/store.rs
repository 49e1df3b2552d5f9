//! The store of session records, by kind.

#[cfg(feature = "redis")]
use super::redis::RedisStore;
#[cfg(feature = "sqlite")]
use super::sqlite::SqliteStore;
use std::fmt;

use super::{
    Group, SessionId, SessionRecord,
    data::{SealedData, SealedTokens},
    memory::MemoryStore,
};
use crate::config::{SessionConfig, SessionStore};

/// A store of session records. All replicas of an app share it, unless it is in memory.
pub(super) enum Store {
    Memory(MemoryStore),
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteStore),
    #[cfg(feature = "redis")]
    Redis(RedisStore),
}

/// The store did not answer, or refused a request. The text contains no value of a record and no
/// address.
#[derive(Clone, Debug)]
pub(crate) struct StoreError(pub(super) String);

impl std::error::Error for StoreError {}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Store {
    pub(super) fn new(config: &SessionConfig) -> Self {
        match &config.store {
            SessionStore::Memory => Self::Memory(MemoryStore::default()),
            #[cfg(feature = "sqlite")]
            SessionStore::Sqlite(path) => Self::Sqlite(SqliteStore::new(path)),
            #[cfg(feature = "redis")]
            SessionStore::Redis(url) => Self::Redis(RedisStore::new(url, &config.namespace)),
        }
    }

    /// Stores a new record, which is kept until `ends` unless the session is used. `now` is the
    /// time of the login.
    pub(super) async fn insert(
        &self,
        record: &SessionRecord,
        data: SealedData,
        now: u64,
        ends: u64,
    ) -> Result<(), StoreError> {
        let _ = ends;
        match self {
            Self::Memory(store) => {
                store.insert(record.clone(), data, now);
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.insert(record, data, now).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.insert(record, &data, ends).await,
        }
    }

    pub(super) async fn get(&self, id: &SessionId) -> Result<Option<SessionRecord>, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.get(id)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.get(*id).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.get(id).await,
        }
    }

    /// Raises `last_seen` of a record, and keeps the record until `ends`. Has no effect on a record
    /// that was removed in the meantime.
    pub(super) async fn touch(
        &self,
        id: &SessionId,
        last_seen: u64,
        ends: u64,
    ) -> Result<(), StoreError> {
        let _ = ends;
        match self {
            Self::Memory(store) => {
                store.touch(id, last_seen);
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.touch(*id, last_seen).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.touch(id, last_seen, ends).await,
        }
    }

    pub(super) async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        match self {
            Self::Memory(store) => {
                store.remove(id);
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.remove(*id).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.remove(id).await,
        }
    }

    pub(super) async fn remove_all(&self) -> Result<(), StoreError> {
        match self {
            Self::Memory(store) => {
                store.remove_all();
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.remove_all().await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.remove_all().await,
        }
    }

    /// Returns the records of a group.
    pub(super) async fn list(&self, group: &Group<'_>) -> Result<Vec<SessionRecord>, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.list(group)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.list(group).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.list(group).await,
        }
    }

    /// Returns the tokens of a record. `None` if it does not exist.
    pub(super) async fn tokens(&self, id: &SessionId) -> Result<Option<SealedTokens>, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.tokens(id)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.tokens(*id).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.tokens(id).await,
        }
    }

    /// Returns the claims of a record with their version.
    pub(super) async fn claims(
        &self,
        id: &SessionId,
    ) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.claims(id)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.claims(*id).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.claims(id).await,
        }
    }

    /// Replaces the data of a record at `version` with its next version. Claims that are absent are
    /// kept. Returns false if the record is at another version or does not exist.
    pub(super) async fn replace(
        &self,
        id: &SessionId,
        version: u64,
        data: SealedData,
    ) -> Result<bool, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.replace(id, version, &data)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.replace(*id, version, data).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.replace(id, version, &data).await,
        }
    }

    /// Locks a record for `ttl` seconds. Returns false if another owner has locked it.
    pub(super) async fn lock(
        &self,
        id: &SessionId,
        owner: &str,
        now: u64,
        ttl: u64,
    ) -> Result<bool, StoreError> {
        let _ = (id, owner, now, ttl);
        match self {
            // No other process shares the store, and this process does not repeat a refresh.
            Self::Memory(_) => Ok(true),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.lock(*id, owner.to_owned(), now, ttl).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.lock(id, owner, ttl).await,
        }
    }

    pub(super) async fn unlock(&self, id: &SessionId, owner: &str) -> Result<(), StoreError> {
        let _ = (id, owner);
        match self {
            Self::Memory(_) => Ok(()),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.unlock(*id, owner.to_owned()).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.unlock(id, owner).await,
        }
    }
}
