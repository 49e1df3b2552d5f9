//! The store in an SQLite file, for apps on one machine.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, Row, ffi::code_to_str, params};

use super::{Group, SessionFacts, SessionId, SessionRecord, StoreError, data::SealedData, marks};

mod data;

/// Records in an SQLite file. Processes on one machine may share it.
pub(super) struct SqliteStore(Arc<File>);

struct File {
    path: PathBuf,
    /// `None` until it is first needed, and after an error.
    connection: Mutex<Option<Connection>>,
}

/// Maximum time to wait for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS streamlit_auth_sessions (
        id BLOB PRIMARY KEY,
        subject BLOB NOT NULL,
        sid BLOB,
        facts TEXT NOT NULL,
        last_seen INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS streamlit_auth_sessions_subject
        ON streamlit_auth_sessions (subject);
    CREATE INDEX IF NOT EXISTS streamlit_auth_sessions_sid
        ON streamlit_auth_sessions (sid) WHERE sid IS NOT NULL;
    CREATE INDEX IF NOT EXISTS streamlit_auth_sessions_expires
        ON streamlit_auth_sessions (expires);
";

impl SqliteStore {
    pub(super) fn new(path: &Path) -> Self {
        Self(Arc::new(File {
            path: path.to_owned(),
            connection: Mutex::default(),
        }))
    }

    pub(super) async fn insert(
        &self,
        record: &SessionRecord,
        data: SealedData,
        now: u64,
    ) -> Result<(), StoreError> {
        let SessionRecord {
            id,
            facts,
            last_seen,
            claims_version: _,
        } = record.clone();
        self.run(move |connection| {
            connection.execute(
                "DELETE FROM streamlit_auth_sessions WHERE expires <= ?1",
                params![integer(now)],
            )?;
            let (subject, sid) = facts.group_keys();
            let transaction = connection.unchecked_transaction()?;
            data::insert(&transaction, id, &data)?;
            transaction.execute(
                "INSERT INTO streamlit_auth_sessions (id, subject, sid, facts, last_seen, expires)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    id.bytes(),
                    subject,
                    sid,
                    facts.to_json(),
                    integer(last_seen),
                    integer(facts.expires),
                ],
            )?;
            transaction.commit()
        })
        .await
    }

    pub(super) async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, facts, last_seen, claims_version
                 FROM streamlit_auth_sessions LEFT JOIN streamlit_auth_session_data USING (id)
                 WHERE id = ?1",
            )?;
            statement.query_row(params![id.bytes()], record).optional()
        })
        .await
        .map(Option::flatten)
    }

    pub(super) async fn touch(&self, id: SessionId, last_seen: u64) -> Result<(), StoreError> {
        self.run(move |connection| {
            connection.execute(
                "UPDATE streamlit_auth_sessions SET last_seen = max(last_seen, ?2) WHERE id = ?1",
                params![id.bytes(), integer(last_seen)],
            )
        })
        .await
        .map(drop)
    }

    pub(super) async fn remove(&self, id: SessionId) -> Result<(), StoreError> {
        self.run(move |connection| {
            connection.execute(
                "DELETE FROM streamlit_auth_sessions WHERE id = ?1",
                params![id.bytes()],
            )
        })
        .await
        .map(drop)
    }

    pub(super) async fn remove_all(&self) -> Result<(), StoreError> {
        self.run(|connection| connection.execute("DELETE FROM streamlit_auth_sessions", []))
            .await
            .map(drop)
    }

    pub(super) async fn list(&self, group: &Group<'_>) -> Result<Vec<SessionRecord>, StoreError> {
        let key = group.key();
        let query = match group {
            Group::Subject { .. } => {
                "SELECT id, facts, last_seen, 0 FROM streamlit_auth_sessions WHERE subject = ?1"
            }
            Group::Sid { .. } => {
                "SELECT id, facts, last_seen, 0 FROM streamlit_auth_sessions WHERE sid = ?1"
            }
        };
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(query)?;
            let records = statement.query_map(params![key], record)?;
            records.filter_map(Result::transpose).collect()
        })
        .await
    }

    /// Runs `query` on a thread that may block. After an error, the file is opened again.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = Arc::clone(&self.0);
        let result = tokio::task::spawn_blocking(move || {
            let connection = file.connection.lock();
            let mut connection = connection.unwrap_or_else(PoisonError::into_inner);
            let opened = match connection.take() {
                Some(opened) => opened,
                None => open(&file.path)?,
            };
            let result = query(&opened)?;
            *connection = Some(opened);
            Ok(result)
        });
        match result.await {
            Ok(result) => result.map_err(|error| store_error(&error)),
            Err(_) => Err(StoreError("SQLite: the query did not finish".to_owned())),
        }
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    create(path);
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Readers do not wait for a writer.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.execute_batch(SCHEMA)?;
    connection.execute_batch(marks::SCHEMA)?;
    connection.execute_batch(data::SCHEMA)?;
    Ok(connection)
}

/// Creates the file with access for its owner only, because the file identifies users. SQLite gives
/// the files that it adds the same permissions. If the file cannot be created, opening it reports
/// the reason.
fn create(path: &Path) {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// Reads a record. `None` if another version of this crate wrote it.
fn record(row: &Row<'_>) -> rusqlite::Result<Option<SessionRecord>> {
    let (id, facts): (Vec<u8>, String) = (row.get(0)?, row.get(1)?);
    let last_seen: i64 = row.get(2)?;
    let claims_version: Option<i64> = row.get(3)?;
    let record = || {
        Some(SessionRecord {
            id: SessionId::from_bytes(&id)?,
            facts: SessionFacts::from_json(&facts)?,
            last_seen: u64::try_from(last_seen).ok()?,
            claims_version: claims_version.unwrap_or_default().unsigned_abs(),
        })
    };
    Ok(record())
}

fn integer(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

const OTHER_TABLES: &str = "the file has tables of another version of this crate; use a new file";

/// Describes an error without the values of a query.
fn store_error(error: &rusqlite::Error) -> StoreError {
    let text = match error {
        rusqlite::Error::SqliteFailure(error, _) => code_to_str(error.extended_code),
        rusqlite::Error::SqlInputError { .. } => OTHER_TABLES,
        _ => "unexpected value in a row",
    };
    StoreError(format!("SQLite: {text}"))
}
