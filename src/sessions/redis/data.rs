//! The encrypted data of sessions, as further fields of the record: `tokens`, `claims`, `version`
//! and `claims_version`. A lock is a separate key, which Redis removes when it expires.

use redis::cmd;

use super::RedisStore;
use crate::sessions::{
    SessionId, StoreError,
    data::{FIRST_VERSION, SealedData, SealedTokens},
};

/// Keys: the record. Arguments: the expected version, then names and values. A record that was
/// removed is not created again.
const REPLACE: &str = "
    if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then
        return 0
    end
    redis.call('HSET', KEYS[1], unpack(ARGV, 2))
    return 1
";

/// Keys: the lock. Arguments: the owner, milliseconds. An owner may repeat the request.
const LOCK: &str = "
    if redis.call('GET', KEYS[1]) == ARGV[1] then
        return 1
    end
    if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
        return 1
    end
    return 0
";

/// Keys: the lock. Arguments: the owner.
const UNLOCK: &str = "
    if redis.call('GET', KEYS[1]) == ARGV[1] then
        redis.call('DEL', KEYS[1])
    end
";

impl SealedData {
    /// Returns the fields of a record at `version`.
    pub(super) fn fields(&self, version: u64) -> Vec<(&'static str, Vec<u8>)> {
        let number = || version.to_string().into_bytes();
        let mut fields = Vec::new();
        if !self.is_empty() {
            fields.push(("version", number()));
        }
        if let Some(tokens) = &self.tokens {
            fields.push(("tokens", tokens.clone()));
        }
        if let Some(claims) = &self.claims {
            fields.extend([("claims", claims.clone()), ("claims_version", number())]);
        }
        fields
    }

    pub(super) fn first_fields(&self) -> Vec<(&'static str, Vec<u8>)> {
        self.fields(FIRST_VERSION)
    }
}

impl RedisStore {
    pub(in crate::sessions) async fn tokens(
        &self,
        id: &SessionId,
    ) -> Result<Option<SealedTokens>, StoreError> {
        let mut get = cmd("HMGET");
        get.arg(self.record_key(id));
        get.arg("seen").arg("version").arg("tokens");
        let (seen, version, tokens): (Option<u64>, Option<u64>, _) = self.query(&get).await?;
        Ok(seen.map(|_| SealedTokens {
            version: version.unwrap_or_default(),
            tokens,
        }))
    }

    pub(in crate::sessions) async fn claims(
        &self,
        id: &SessionId,
    ) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let mut get = cmd("HMGET");
        get.arg(self.record_key(id))
            .arg("claims_version")
            .arg("claims");
        let (version, claims): (Option<u64>, Option<_>) = self.query(&get).await?;
        Ok(version.zip(claims))
    }

    pub(in crate::sessions) async fn replace(
        &self,
        id: &SessionId,
        version: u64,
        data: &SealedData,
    ) -> Result<bool, StoreError> {
        let mut replace = cmd("EVAL");
        replace.arg(REPLACE).arg(1).arg(self.record_key(id));
        replace.arg(version).arg(data.fields(version + 1));
        self.query(&replace).await
    }

    pub(in crate::sessions) async fn lock(
        &self,
        id: &SessionId,
        owner: &str,
        ttl: u64,
    ) -> Result<bool, StoreError> {
        let mut lock = cmd("EVAL");
        lock.arg(LOCK).arg(1).arg(self.lock_key(id));
        lock.arg(owner).arg(ttl * 1000);
        self.query(&lock).await
    }

    pub(in crate::sessions) async fn unlock(
        &self,
        id: &SessionId,
        owner: &str,
    ) -> Result<(), StoreError> {
        let mut unlock = cmd("EVAL");
        unlock.arg(UNLOCK).arg(1).arg(self.lock_key(id)).arg(owner);
        self.query(&unlock).await
    }

    fn lock_key(&self, id: &SessionId) -> String {
        format!("{}l:{}", self.prefix, id.encode())
    }
}
