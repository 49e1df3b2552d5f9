//! Remembers verified bearer tokens, so that a token is not verified again when a client sends it
//! again.

use std::{
    any::Any,
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

/// The identities of valid bearer tokens, by the hash of the token. Their type is in a module above
/// this one, so that the cache does not name it. Invalid tokens are not remembered, so that they
/// cannot use memory.
///
/// There are two generations. A full generation becomes the previous one, and the one before it is
/// dropped. A token that is used moves to the current generation. So the least recently used tokens
/// are dropped first.
#[derive(Default)]
pub(crate) struct TokenCache(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    current: HashMap<TokenHash, CachedToken>,
    previous: HashMap<TokenHash, CachedToken>,
}

type AnyIdentity = Arc<dyn Any + Send + Sync>;

struct CachedToken {
    identity: AnyIdentity,
    /// In seconds since the Unix epoch.
    usable_until: u64,
}

/// The SHA-256 hash of a token. The cache holds no token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// Maximum number of tokens in one generation. At most twice as many are remembered, each with its
/// claims.
const MAX_GENERATION: usize = 1024;

/// Seconds after which a token is verified again, even if it is still valid. The keys of a provider
/// are also fetched once an hour, so that the tokens of a withdrawn key are no longer accepted.
const CACHED_TOKEN_TTL: u64 = 60 * 60;

impl TokenCache {
    /// Returns the identity of a token that was verified before and has not expired.
    pub(crate) fn get(&self, hash: &TokenHash, now: u64) -> Option<AnyIdentity> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = generations.current.get(hash) {
            return cached.usable_at(now);
        }
        let cached = generations.previous.remove(hash)?;
        let identity = cached.usable_at(now);
        if identity.is_some() {
            generations.insert(*hash, cached);
        }
        identity
    }

    /// Remembers the identity of a token that expires at `expiry`.
    pub(crate) fn insert(&self, hash: TokenHash, identity: AnyIdentity, expiry: u64, now: u64) {
        let usable_until = expiry.min(now.saturating_add(CACHED_TOKEN_TTL));
        let cached = CachedToken {
            identity,
            usable_until,
        };
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.insert(hash, cached);
    }
}

impl Generations {
    fn insert(&mut self, hash: TokenHash, cached: CachedToken) {
        if self.current.len() >= MAX_GENERATION {
            let next = HashMap::with_capacity(MAX_GENERATION);
            self.previous = mem::replace(&mut self.current, next);
        }
        self.current.insert(hash, cached);
    }
}

impl CachedToken {
    fn usable_at(&self, now: u64) -> Option<AnyIdentity> {
        (now < self.usable_until).then(|| Arc::clone(&self.identity))
    }
}
