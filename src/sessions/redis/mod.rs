//! The store in Redis or Valkey, for any number of machines.

use std::{
    error::Error,
    future::Future,
    sync::{LazyLock, OnceLock},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use redis::{
    Client, Cmd, FromRedisValue, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    cmd, pipe,
};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::{
    Group, SessionFacts, SessionId, SessionRecord, StoreError, data::SealedData, marks::MarkKey,
};
use crate::config::RedisUrl;

mod data;

/// Records in Redis. Every key begins with the app's address, so that apps can share a server.
///
/// - `…s:<id>`: a hash of `facts`, `seen` and the encrypted data, which expires with the session
/// - `…l:<id>`: the lock of a session's refresh
/// - `…g:<group>`: a sorted set of the ids of a group, by the time at which they expire
/// - `…m:<mark>`: the value of a mark
pub(super) struct RedisStore {
    url: RedisUrl,
    prefix: String,
    /// Connects when it is first needed, and again after an error.
    manager: OnceLock<ConnectionManager>,
}

/// Maximum time for one answer. A guard waits this long before it uses the last check or responds
/// with 503.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// Seconds for which a record is kept after its end, because the clocks of two instances may
/// differ.
const EXPIRY_TOLERANCE: u64 = 60;

/// Keys: the record, its groups. Arguments: facts, time of the login, seconds until the record
/// expires, seconds until the session ends even if it is in use, id, time of that end, then names
/// and values of further fields.
const INSERT: &str = "
    redis.call('HSET', KEYS[1], 'facts', ARGV[1], 'seen', ARGV[2])
    if #ARGV > 6 then
        redis.call('HSET', KEYS[1], unpack(ARGV, 7))
    end
    redis.call('EXPIRE', KEYS[1], ARGV[3])
    for i = 2, #KEYS do
        redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[2])
        redis.call('ZADD', KEYS[i], ARGV[6], ARGV[5])
        if redis.call('TTL', KEYS[i]) < tonumber(ARGV[4]) then
            redis.call('EXPIRE', KEYS[i], ARGV[4])
        end
    end
";

/// Keys: the record. Arguments: `last_seen`, seconds until the record expires. A record that was
/// removed is not created again.
const TOUCH: &str = "
    local seen = redis.call('HGET', KEYS[1], 'seen')
    if seen and tonumber(seen) < tonumber(ARGV[1]) then
        redis.call('HSET', KEYS[1], 'seen', ARGV[1])
        redis.call('EXPIRE', KEYS[1], ARGV[2])
    end
";

impl RedisStore {
    /// `namespace` is the address of the app.
    pub(super) fn new(url: &RedisUrl, namespace: &str) -> Self {
        Self {
            url: url.clone(),
            // The braces put all keys into one slot of a cluster.
            prefix: format!("{{axum-streamlit-auth:{namespace}}}:"),
            manager: OnceLock::new(),
        }
    }

    /// Stores a record, which expires at `ends` unless it is used.
    pub(super) async fn insert(
        &self,
        record: &SessionRecord,
        data: &SealedData,
        ends: u64,
    ) -> Result<(), StoreError> {
        let SessionRecord {
            id,
            facts,
            last_seen,
            claims_version: _,
        } = record;
        let groups: Vec<_> = facts.groups().map(|group| self.group_key(&group)).collect();
        let mut insert = cmd("EVAL");
        insert.arg(INSERT).arg(1 + groups.len());
        insert.arg(self.record_key(id)).arg(groups);
        insert.arg(facts.to_json()).arg(last_seen);
        insert.arg(ends.saturating_sub(*last_seen) + EXPIRY_TOLERANCE);
        insert.arg(facts.expires.saturating_sub(*last_seen) + EXPIRY_TOLERANCE);
        insert.arg(id.encode()).arg(facts.expires);
        insert.arg(data.first_fields());
        self.query(&insert).await
    }

    pub(super) async fn get(&self, id: &SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let found = self.query(&self.get_command(id)).await;
        Ok(record(*id, found?))
    }

    /// Raises `last_seen`, and keeps the record until `ends`.
    pub(super) async fn touch(
        &self,
        id: &SessionId,
        last_seen: u64,
        ends: u64,
    ) -> Result<(), StoreError> {
        let mut touch = cmd("EVAL");
        touch.arg(TOUCH).arg(1).arg(self.record_key(id));
        touch.arg(last_seen);
        touch.arg(ends.saturating_sub(last_seen) + EXPIRY_TOLERANCE);
        self.query(&touch).await
    }

    pub(super) async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        let mut remove = cmd("DEL");
        remove.arg(self.record_key(id));
        self.query(&remove).await
    }

    pub(super) async fn remove_all(&self) -> Result<(), StoreError> {
        for kind in ["s:", "g:", "l:"] {
            let pattern = escape_glob(&self.prefix) + kind + "*";
            let mut cursor = 0_u64;
            loop {
                let mut scan = cmd("SCAN");
                scan.arg(cursor).arg("MATCH").arg(&pattern);
                scan.arg("COUNT").arg(SCAN_COUNT);
                let (next, keys): (u64, Vec<String>) = self.query(&scan).await?;
                if !keys.is_empty() {
                    self.query::<()>(cmd("UNLINK").arg(keys)).await?;
                }
                cursor = next;
                if cursor == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    pub(super) async fn list(&self, group: &Group<'_>) -> Result<Vec<SessionRecord>, StoreError> {
        let key = self.group_key(group);
        let ids: Vec<String> = self.query(cmd("ZRANGE").arg(&key).arg(0).arg(-1)).await?;
        let ids: Vec<_> = ids.iter().filter_map(|id| SessionId::decode(id)).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut gets = pipe();
        for id in &ids {
            gets.add_command(self.get_command(id));
        }
        let mut manager = self.manager()?;
        let found: Vec<Found> = in_time(gets.query_async(&mut manager)).await?;
        let found = ids.into_iter().zip(found);
        Ok(found.filter_map(|(id, found)| record(id, found)).collect())
    }

    fn get_command(&self, id: &SessionId) -> Cmd {
        let mut get = cmd("HMGET");
        get.arg(self.record_key(id));
        get.arg("facts").arg("seen").arg("claims_version");
        get
    }

    fn record_key(&self, id: &SessionId) -> String {
        format!("{}s:{}", self.prefix, id.encode())
    }

    pub(super) fn mark_key(&self, mark: &MarkKey) -> String {
        let mark = BASE64_URL_SAFE_NO_PAD.encode(mark.bytes());
        format!("{}m:{mark}", self.prefix)
    }

    fn group_key(&self, group: &Group<'_>) -> String {
        let group = BASE64_URL_SAFE_NO_PAD.encode(group.key());
        format!("{}g:{group}", self.prefix)
    }

    /// Sends a command, and once more if the connection was lost. All commands have the same effect
    /// if they are repeated.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let mut manager = self.manager()?;
        in_time(async {
            match command.query_async(&mut manager).await {
                Err(error) if error.is_connection_dropped() => {
                    command.query_async(&mut manager).await
                }
                result => result,
            }
        })
        .await
    }

    fn manager(&self) -> Result<ConnectionManager, StoreError> {
        if let Some(manager) = self.manager.get() {
            return Ok(manager.clone());
        }
        let connect = || -> RedisResult<_> {
            let url = self.url.0.expose_secret();
            if url.starts_with("rediss:") {
                LazyLock::force(&CRYPTO_PROVIDER);
            }
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(STORE_TIMEOUT))
                .set_response_timeout(Some(STORE_TIMEOUT))
                .set_number_of_retries(1);
            ConnectionManager::new_lazy_with_config(Client::open(url)?, config)
        };
        let manager = connect().map_err(|error| store_error(&error))?;
        Ok(self.manager.get_or_init(|| manager).clone())
    }
}

/// `facts`, `seen` and `claims_version` of a record, if it exists.
type Found = (Option<String>, Option<u64>, Option<u64>);

/// Keys of one step of a scan.
const SCAN_COUNT: u32 = 1000;

/// The `redis` crate uses the process-wide default crypto provider. The app may have installed one.
static CRYPTO_PROVIDER: LazyLock<()> = LazyLock::new(|| {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
});

/// Returns the record. `None` if it does not exist, or another version of this crate wrote it.
fn record(id: SessionId, (facts, seen, claims_version): Found) -> Option<SessionRecord> {
    Some(SessionRecord {
        id,
        facts: SessionFacts::from_json(&facts?)?,
        last_seen: seen?,
        claims_version: claims_version.unwrap_or_default(),
    })
}

/// Escapes the special characters of a pattern, such as the brackets of an IPv6 address.
fn escape_glob(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if "*?[]^\\".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Waits for an answer, at most [`STORE_TIMEOUT`].
async fn in_time<T>(answer: impl Future<Output = RedisResult<T>>) -> Result<T, StoreError> {
    match timeout(STORE_TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(|error| store_error(&error)),
        Err(_) => Err(StoreError("Redis: no response in time".to_owned())),
    }
}

/// Describes an error without its detail, in which the server may quote a command. The detail of an
/// I/O error comes from the system or from TLS.
fn store_error(error: &RedisError) -> StoreError {
    let cause = error.source().filter(|_| error.is_io_error());
    let cause = cause.map(|cause| format!(": {cause}"));
    let detail = cause.or_else(|| Some(format!(", {}", error.code()?)));
    StoreError(format!(
        "Redis: {}{}",
        error.category(),
        detail.unwrap_or_default()
    ))
}
