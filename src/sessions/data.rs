//! The data of a session beside its record: tokens, and claims that are not in the cookie. The
//! store holds both encrypted.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{SessionId, SessionRegistry, StoreError, seal::Sealed};

/// The tokens of a session. Does not implement `Debug`. Times are in seconds.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct SessionTokens {
    /// `None` if the provider issued none.
    pub(crate) access: Option<String>,
    /// The time at which the access token expires, since the Unix epoch. `None` if the provider did
    /// not specify it.
    pub(crate) expires: Option<u64>,
    /// The lifetime of the access token when it was issued.
    pub(crate) lifetime: Option<u64>,
    pub(crate) refresh: Option<String>,
    /// `nonce` of the login, which a refreshed ID token may repeat.
    pub(crate) nonce: Option<String>,
}

impl SessionTokens {
    /// Returns true unless the access token expires within [`MIN_VALIDITY`], or half of its
    /// lifetime if that is shorter.
    pub(crate) fn is_fresh(&self, now: u64) -> bool {
        let half = self.lifetime.map_or(MIN_VALIDITY, |lifetime| lifetime / 2);
        let until = now.saturating_add(MIN_VALIDITY.min(half));
        self.is_valid(now) && self.expires.is_none_or(|expires| until <= expires)
    }

    pub(crate) fn is_valid(&self, now: u64) -> bool {
        self.access.is_some() && self.expires.is_none_or(|expires| now < expires)
    }
}

/// Seconds for which an access token has to be valid, enough for a request to another service.
const MIN_VALIDITY: u64 = 30;

/// The tokens of a record, with the number of changes to them.
#[derive(Clone)]
pub(crate) struct StoredTokens {
    pub(crate) version: u64,
    /// `None` if the login stored none, or they cannot be decrypted.
    pub(crate) tokens: Option<SessionTokens>,
}

/// The claims of a session that replace those of its cookie.
pub(crate) struct SessionClaims {
    version: u64,
    /// The text of an identity.
    pub(crate) text: String,
    /// Parsed when an app first asks for more than one claim.
    pub(crate) parsed: OnceLock<Map<String, Value>>,
}

/// Maximum length of the text of an identity in a record, 256 KiB. Entra sends at most 200 groups.
pub(crate) const MAX_STORED_CLAIMS: usize = 256 * 1024;

impl SessionClaims {
    fn new(version: u64, text: String) -> Arc<Self> {
        Arc::new(Self {
            version,
            text,
            parsed: OnceLock::new(),
        })
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Returns the estimated memory, including the parsed claims.
    pub(super) fn memory(&self) -> usize {
        self.text.len() * 4
    }
}

/// The encrypted data of a record.
#[derive(Clone, Default)]
pub(super) struct SealedData {
    pub(super) tokens: Option<Vec<u8>>,
    pub(super) claims: Option<Vec<u8>>,
}

impl SealedData {
    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_none() && self.claims.is_none()
    }
}

/// The encrypted tokens of a record that exists.
pub(super) struct SealedTokens {
    pub(super) version: u64,
    pub(super) tokens: Option<Vec<u8>>,
}

/// The version of the data that a login stores.
pub(super) const FIRST_VERSION: u64 = 1;

impl SessionRegistry {
    pub(super) fn seal(
        &self,
        id: &SessionId,
        tokens: Option<&SessionTokens>,
        claims: Option<&str>,
    ) -> SealedData {
        let tokens = tokens.map(|tokens| {
            serde_json::to_string(tokens).expect("strings and numbers are valid JSON")
        });
        SealedData {
            tokens: tokens.map(|tokens| Sealed::Tokens.seal(&self.keys, id, &tokens)),
            claims: claims.map(|claims| Sealed::Claims.seal(&self.keys, id, claims)),
        }
    }

    /// Returns the tokens of a session. `None` if it has ended.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn tokens(&self, id: &SessionId) -> Result<Option<StoredTokens>, StoreError> {
        let found = self.report(self.shared.store.tokens(id).await)?;
        let found = found.filter(|_| !self.shared.removals.contains(id));
        Ok(found.map(|SealedTokens { version, tokens }| {
            let opened = tokens.and_then(|tokens| Sealed::Tokens.open(&self.keys, id, &tokens));
            StoredTokens {
                version,
                tokens: opened.and_then(|tokens| serde_json::from_str(&tokens).ok()),
            }
        }))
    }

    /// Replaces the tokens of a session, and its claims if there are new ones. Returns false if
    /// `version` has been replaced, or if the session has ended.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn replace(
        &self,
        id: &SessionId,
        version: u64,
        tokens: &SessionTokens,
        claims: Option<&str>,
    ) -> Result<bool, StoreError> {
        let data = self.seal(id, Some(tokens), claims);
        let replaced = self.shared.store.replace(id, version, data).await;
        let is_replaced = self.report(replaced)?;
        if let Some(text) = claims.filter(|_| is_replaced) {
            let claims = SessionClaims::new(version + 1, text.to_owned());
            self.shared.cache.set_claims(id, claims);
        }
        Ok(is_replaced)
    }

    /// Locks a session for a refresh by `owner`, for `ttl` seconds. Returns false if another owner
    /// has locked it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn lock(
        &self,
        id: &SessionId,
        owner: &str,
        ttl: u64,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.report(self.shared.store.lock(id, owner, now, ttl).await)
    }

    /// Releases a lock. Has no effect if `owner` does not have it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn unlock(&self, id: &SessionId, owner: &str) -> Result<(), StoreError> {
        self.report(self.shared.store.unlock(id, owner).await)
    }

    /// Returns the claims of `version`, or later ones. `None` if they are missing or cannot be
    /// decrypted.
    pub(super) async fn claims(
        &self,
        id: &SessionId,
        version: u64,
    ) -> Result<Option<Arc<SessionClaims>>, StoreError> {
        let known = self.shared.cache.get(id).and_then(|entry| entry.claims);
        if let Some(known) = known.filter(|known| known.version >= version) {
            return Ok(Some(known));
        }
        let found = self.report(self.shared.store.claims(id).await)?;
        Ok(found.and_then(|(version, sealed)| {
            let text = Sealed::Claims.open(&self.keys, id, &sealed)?;
            Some(SessionClaims::new(version, text))
        }))
    }

    /// Returns the claims that a login has just stored.
    pub(super) fn first_claims(text: String) -> Arc<SessionClaims> {
        SessionClaims::new(FIRST_VERSION, text)
    }
}
