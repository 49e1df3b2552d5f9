//! The encrypted data of sessions, in a table of its own, so that checks of a session do not read
//! it.

use rusqlite::{Connection, OptionalExtension, params};

use super::{SqliteStore, integer};
use crate::sessions::{
    SessionId, StoreError,
    data::{FIRST_VERSION, SealedData, SealedTokens},
};

/// A file of an earlier version of this crate gets the table when it is opened. The trigger also
/// applies to processes that still run the earlier version.
pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS streamlit_auth_session_data (
        id BLOB PRIMARY KEY,
        version INTEGER NOT NULL,
        tokens BLOB,
        claims BLOB,
        claims_version INTEGER NOT NULL DEFAULT 0,
        lock_owner TEXT,
        locked_until INTEGER NOT NULL DEFAULT 0
    );
    CREATE TRIGGER IF NOT EXISTS streamlit_auth_session_data_end
        AFTER DELETE ON streamlit_auth_sessions BEGIN
            DELETE FROM streamlit_auth_session_data WHERE id = OLD.id;
        END;
";

pub(super) fn insert(
    connection: &Connection,
    id: SessionId,
    data: &SealedData,
) -> rusqlite::Result<()> {
    if data.is_empty() {
        return Ok(());
    }
    connection.execute(
        "INSERT INTO streamlit_auth_session_data (id, version, tokens, claims, claims_version)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            id.bytes(),
            integer(FIRST_VERSION),
            data.tokens,
            data.claims,
            integer(if data.claims.is_some() {
                FIRST_VERSION
            } else {
                0
            }),
        ],
    )?;
    Ok(())
}

impl SqliteStore {
    pub(in crate::sessions) async fn tokens(
        &self,
        id: SessionId,
    ) -> Result<Option<SealedTokens>, StoreError> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT coalesce(version, 0), tokens
                 FROM streamlit_auth_sessions LEFT JOIN streamlit_auth_session_data USING (id)
                 WHERE id = ?1",
            )?;
            let tokens = statement.query_row(params![id.bytes()], |row| {
                let version: i64 = row.get(0)?;
                Ok(SealedTokens {
                    version: version.unsigned_abs(),
                    tokens: row.get(1)?,
                })
            });
            tokens.optional()
        })
        .await
    }

    pub(in crate::sessions) async fn claims(
        &self,
        id: SessionId,
    ) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT claims_version, claims FROM streamlit_auth_session_data
                 WHERE id = ?1 AND claims IS NOT NULL",
            )?;
            let claims = statement.query_row(params![id.bytes()], |row| {
                let version: i64 = row.get(0)?;
                Ok((version.unsigned_abs(), row.get(1)?))
            });
            claims.optional()
        })
        .await
    }

    pub(in crate::sessions) async fn replace(
        &self,
        id: SessionId,
        version: u64,
        data: SealedData,
    ) -> Result<bool, StoreError> {
        self.run(move |connection| {
            connection.execute(
                "UPDATE streamlit_auth_session_data
                 SET version = ?3, tokens = ?4, claims = coalesce(?5, claims),
                     claims_version = iif(?5 IS NULL, claims_version, ?3)
                 WHERE id = ?1 AND version = ?2",
                params![
                    id.bytes(),
                    integer(version),
                    integer(version + 1),
                    data.tokens,
                    data.claims,
                ],
            )
        })
        .await
        .map(|changed| changed == 1)
    }

    pub(in crate::sessions) async fn lock(
        &self,
        id: SessionId,
        owner: String,
        now: u64,
        ttl: u64,
    ) -> Result<bool, StoreError> {
        self.run(move |connection| {
            connection.execute(
                "UPDATE streamlit_auth_session_data SET lock_owner = ?2, locked_until = ?4
                 WHERE id = ?1 AND (lock_owner IS NULL OR lock_owner = ?2 OR locked_until <= ?3)",
                params![id.bytes(), owner, integer(now), integer(now + ttl)],
            )
        })
        .await
        .map(|changed| changed == 1)
    }

    pub(in crate::sessions) async fn unlock(
        &self,
        id: SessionId,
        owner: String,
    ) -> Result<(), StoreError> {
        self.run(move |connection| {
            connection.execute(
                "UPDATE streamlit_auth_session_data SET lock_owner = NULL
                 WHERE id = ?1 AND lock_owner = ?2",
                params![id.bytes(), owner],
            )
        })
        .await
        .map(drop)
    }
}
