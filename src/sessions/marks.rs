//! Marks beside the records: numbers that only increase, and that expire. They tell all replicas
//! about logouts at a provider.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

#[cfg(feature = "redis")]
use super::redis::RedisStore;
#[cfg(feature = "sqlite")]
use super::sqlite::SqliteStore;
use super::{Group, StoreError, memory::MemoryStore, store::Store};

/// The key of a mark: a hash, so that a store has keys of equal length without personal data.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct MarkKey([u8; 32]);

impl MarkKey {
    /// Returns the key for the logout of a group by the provider with this name.
    pub(super) fn logout(provider: &str, group: &Group<'_>) -> Self {
        Self::of(b'l', provider, &group.key())
    }

    /// Returns the key for a logout token, which is used once.
    pub(super) fn used_token(issuer: &str, id: &str) -> Self {
        Self::of(b'j', issuer, id.as_bytes())
    }

    fn of(kind: u8, owner: &str, value: &[u8]) -> Self {
        // Names and issuers contain no zero byte, so that the parts cannot be confused.
        let hash = Sha256::new().chain_update([kind]).chain_update(owner);
        Self(hash.chain_update([0]).chain_update(value).finalize().into())
    }

    #[cfg(any(feature = "redis", feature = "sqlite"))]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A mark to store. Times are in seconds since the Unix epoch.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) key: MarkKey,
    pub(super) value: u64,
    pub(super) expires: u64,
}

impl Store {
    /// Returns the values of marks, in the order of their keys. `None` for one that does not exist.
    pub(super) async fn marks(
        &self,
        keys: &[MarkKey],
        now: u64,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.marks(keys, now)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.marks(keys.to_vec(), now).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.marks(keys).await,
        }
    }

    /// Stores a mark, unless it exists with this value or a higher one. Returns true if it was
    /// stored.
    pub(super) async fn raise_mark(&self, mark: Mark, now: u64) -> Result<bool, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.raise_mark(mark, now)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.raise_mark(mark, now).await,
            #[cfg(feature = "redis")]
            Self::Redis(store) => store.raise_mark(mark, now).await,
        }
    }
}

/// The marks of a store in memory, at most [`MAX_MARKS`].
#[derive(Default)]
pub(super) struct MemoryMarks(HashMap<MarkKey, Mark>);

/// Maximum number of logouts within the lifetime of a mark. A mark takes 48 bytes. All marks
/// together take at most 2 MiB.
const MAX_MARKS: usize = 32 * 1024;

impl MemoryStore {
    fn marks(&self, keys: &[MarkKey], now: u64) -> Vec<Option<u64>> {
        let marks = &self.content().marks.0;
        let value = |key| {
            let mark: &Mark = marks.get(key)?;
            (now < mark.expires).then_some(mark.value)
        };
        keys.iter().map(value).collect()
    }

    /// A mark beyond [`MAX_MARKS`] is not stored. In that case, a logout ends only the sessions
    /// that exist.
    fn raise_mark(&self, mark: Mark, now: u64) -> bool {
        let marks = &mut self.content().marks.0;
        let known = marks.get(&mark.key).filter(|known| now < known.expires);
        if known.is_some_and(|known| known.value >= mark.value) {
            return false;
        }
        if marks.len() >= MAX_MARKS {
            marks.retain(|_, mark| now < mark.expires);
        }
        if marks.len() < MAX_MARKS {
            marks.insert(mark.key, mark);
        }
        true
    }
}

#[cfg(feature = "sqlite")]
pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS streamlit_auth_marks (
        key BLOB PRIMARY KEY,
        value INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) WITHOUT ROWID;
";

#[cfg(feature = "sqlite")]
impl SqliteStore {
    async fn marks(&self, keys: Vec<MarkKey>, now: u64) -> Result<Vec<Option<u64>>, StoreError> {
        use rusqlite::OptionalExtension;
        self.run(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT value FROM streamlit_auth_marks WHERE key = ?1 AND expires > ?2",
            )?;
            let mut value = |key: &MarkKey| {
                let parameters = rusqlite::params![key.bytes(), integer(now)];
                let value = select.query_row(parameters, |row| row.get::<_, i64>(0));
                Ok(value
                    .optional()?
                    .and_then(|value| u64::try_from(value).ok()))
            };
            keys.iter().map(&mut value).collect()
        })
        .await
    }

    async fn raise_mark(&self, mark: Mark, now: u64) -> Result<bool, StoreError> {
        self.run(move |connection| {
            connection.execute(
                "DELETE FROM streamlit_auth_marks WHERE expires <= ?1",
                rusqlite::params![integer(now)],
            )?;
            let changed = connection.execute(
                "INSERT INTO streamlit_auth_marks (key, value, expires) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires
                 WHERE excluded.value > value",
                rusqlite::params![mark.key.bytes(), integer(mark.value), integer(mark.expires)],
            )?;
            Ok(changed == 1)
        })
        .await
    }
}

#[cfg(feature = "sqlite")]
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Keys: the mark. Arguments: value, seconds until it expires.
#[cfg(feature = "redis")]
const RAISE: &str = "
    local value = redis.call('GET', KEYS[1])
    if value and tonumber(value) >= tonumber(ARGV[1]) then
        return 0
    end
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
    return 1
";

#[cfg(feature = "redis")]
impl RedisStore {
    async fn marks(&self, keys: &[MarkKey]) -> Result<Vec<Option<u64>>, StoreError> {
        let mut get = redis::cmd("MGET");
        for key in keys {
            get.arg(self.mark_key(key));
        }
        self.query(&get).await
    }

    /// Redis removes the mark when it expires.
    async fn raise_mark(&self, mark: Mark, now: u64) -> Result<bool, StoreError> {
        let mut raise = redis::cmd("EVAL");
        raise.arg(RAISE).arg(1).arg(self.mark_key(&mark.key));
        raise.arg(mark.value);
        raise.arg(mark.expires.saturating_sub(now).max(1));
        let raised: u8 = self.query(&raise).await?;
        Ok(raised == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(number: usize, expires: u64) -> Mark {
        Mark {
            key: MarkKey::used_token("https://issuer.example", &number.to_string()),
            value: 1,
            expires,
        }
    }

    #[test]
    fn number_of_marks_in_memory_is_bounded() {
        let store = MemoryStore::default();
        let count = || store.content().marks.0.len();
        for number in 0..MAX_MARKS + 10 {
            assert!(store.raise_mark(mark(number, 100), 0));
        }
        assert_eq!(count(), MAX_MARKS);
        let first = mark(0, 100);
        assert!(!store.raise_mark(first, 99));
        assert_eq!(store.marks(&[first.key], 99), [Some(1)]);
        assert_eq!(store.marks(&[first.key], 100), [None]);

        assert!(store.raise_mark(mark(0, 200), 100));
        assert_eq!(count(), 1);
    }

    #[test]
    fn mark_values_never_decrease() {
        let store = MemoryStore::default();
        let key = mark(0, 0).key;
        for (value, stored, expected) in [(5, true, 5), (4, false, 5), (5, false, 5), (6, true, 6)]
        {
            let mark = Mark {
                value,
                ..mark(0, 10)
            };
            assert_eq!(store.raise_mark(mark, 0), stored);
            assert_eq!(store.marks(&[key], 0), [Some(expected)]);
        }
    }
}
