//! Session records beside the cookie: the cookie says who a user is, and the record says whether
//! the session is still active.

use std::sync::{Arc, Once};

use tokio::sync::Notify;

use self::{
    cache::{Cache, Entry},
    data::{FIRST_VERSION, SealedData},
    lookups::{Lookups, Purpose},
    outage::Outage,
    refreshes::Refreshes,
    removals::Removals,
    store::Store,
};
pub(crate) use self::{
    data::{MAX_STORED_CLAIMS, SessionClaims, SessionTokens, StoredTokens},
    id::SessionId,
    provider_logout::ProviderLogoutError,
    record::{Group, SessionFacts, SessionRecord},
    refreshes::{Publisher, RefreshError, RefreshScope, Refreshed},
    store::StoreError,
    user_agent::shorten,
};
use crate::{clock::Clock, config::SessionConfig, cookie::SigningKey, task};

mod cache;
mod data;
mod end;
mod id;
mod lookups;
mod marks;
mod memory;
mod outage;
mod provider_logout;
mod record;
#[cfg(feature = "redis")]
mod redis;
mod refreshes;
mod removals;
mod seal;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod user_agent;

/// The sessions of an app. Cloning is cheap, and clones share the store and the cache.
#[derive(Clone)]
pub(crate) struct SessionRegistry {
    shared: Arc<Shared>,
    clock: Clock,
    /// The keys of the cookies. Others are derived from them.
    keys: Arc<[SigningKey]>,
}

struct Shared {
    config: SessionConfig,
    store: Store,
    cache: Cache,
    lookups: Lookups,
    outage: Outage,
    removals: Removals,
    refreshes: Refreshes,
    /// Completed once the store has been asked for the first time.
    started: Once,
    /// Notified when a session ends in this process.
    ended: Notify,
}

/// The state of a session, as far as this process knows.
#[derive(Clone)]
pub(crate) enum SessionState {
    /// With the claims that replace those of the cookie, if there are any.
    Active(Option<Arc<SessionClaims>>),
    Ended,
    /// The store does not answer, and the last check is too old.
    Unknown,
}

/// A session to store.
pub(crate) struct NewSession {
    pub(crate) id: SessionId,
    pub(crate) facts: SessionFacts,
    pub(crate) tokens: Option<SessionTokens>,
    /// The text of the identity, unless all of it is in the cookie.
    pub(crate) claims: Option<String>,
}

/// Seconds for which the result of a check is used. A session that ends on one replica ends on the
/// others within this time.
pub(crate) const SESSION_CACHE_TTL: u64 = 5;

/// Seconds for which the result of a check is used while the store does not answer. A restart of
/// Redis takes less.
const SESSION_GRACE_TTL: u64 = 60;

/// Seconds between two updates of `last_seen` without an idle timeout, where it is only displayed.
const LAST_SEEN_INTERVAL: u64 = 5 * 60;

impl SessionRegistry {
    pub(crate) fn new(config: SessionConfig, clock: Clock, keys: &[SigningKey]) -> Self {
        let shared = Shared {
            store: Store::new(&config),
            config,
            cache: Cache::new(),
            lookups: Lookups::default(),
            outage: Outage::default(),
            removals: Removals::default(),
            refreshes: Refreshes::default(),
            started: Once::new(),
            ended: Notify::new(),
        };
        Self {
            shared: Arc::new(shared),
            clock,
            keys: keys.into(),
        }
    }

    /// Returns the same sessions with another clock.
    pub(crate) fn with_clock(&self, clock: Clock) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            clock,
            keys: Arc::clone(&self.keys),
        }
    }

    /// Returns the same sessions with other keys.
    pub(crate) fn with_keys(&self, keys: &[SigningKey]) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            clock: self.clock.clone(),
            keys: keys.into(),
        }
    }

    /// Returns true if the sessions are configured in this way.
    pub(crate) fn has_config(&self, config: &SessionConfig) -> bool {
        self.shared.config == *config
    }

    /// Asks the store about a session that does not exist.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        let answer = self.shared.store.get(&SessionId::random()).await;
        self.report(answer).map(drop)
    }

    /// Asks the store once, in a separate task, so that an unavailable store is logged at startup.
    pub(crate) fn ping_once(&self) {
        let sessions = self.clone();
        self.shared.started.call_once(|| {
            if tokio::runtime::Handle::try_current().is_ok() {
                task::spawn(async move { drop(sessions.ping().await) });
            }
        });
    }

    /// Stores the record of a new session with its tokens and the claims that are not in the
    /// cookie.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn start(&self, session: NewSession) -> Result<(), StoreError> {
        let (record, data) = self.record(&session);
        let ends = record.ends(self.shared.config.idle);
        let now = self.clock.now();
        let inserted = self.shared.store.insert(&record, data, now, ends).await;
        self.report(inserted)?;
        self.end_if_ended_by_provider(&record).await?;
        let claims = session.claims.map(Self::first_claims);
        self.remember(&record, claims, self.shared.cache.epoch());
        Ok(())
    }

    /// Returns the record of a new session with its encrypted data.
    fn record(&self, session: &NewSession) -> (SessionRecord, SealedData) {
        let NewSession {
            id,
            facts,
            tokens,
            claims,
        } = session;
        let record = SessionRecord {
            id: *id,
            last_seen: facts.created,
            facts: facts.clone(),
            claims_version: claims.as_ref().map_or(0, |_| FIRST_VERSION),
        };
        (record, self.seal(id, tokens.as_ref(), claims.as_deref()))
    }

    /// Stores the record of a test user, without waiting.
    ///
    /// # Panics
    ///
    /// If the store is not in memory.
    #[cfg(feature = "dev")]
    pub(crate) fn start_test(&self, session: NewSession) {
        let (record, data) = self.record(&session);
        match &self.shared.store {
            Store::Memory(store) => {
                store.insert(record, data, self.clock.now());
            }
            #[cfg(any(feature = "redis", feature = "sqlite"))]
            _ => panic!("a `TestUser` needs session_store = \"memory\""),
        }
    }

    /// Returns the state of a session for a request. `None` if the store has to be asked, because
    /// the last check is older than [`SESSION_CACHE_TTL`], or this use has to be stored.
    pub(crate) fn cached(&self, id: &SessionId) -> Option<SessionState> {
        let now = self.clock.now();
        let entry = self.cached_within(id, SESSION_CACHE_TTL, now)?;
        (now < entry.touch_at).then(|| entry.state(now))
    }

    /// Returns the state of a session for a request. Concurrent requests ask the store once.
    pub(crate) async fn check(&self, id: SessionId) -> SessionState {
        match self.cached(&id) {
            Some(state) => state,
            None => self.look_up_once(id, Purpose::Use).await,
        }
    }

    fn cached_within(&self, id: &SessionId, ttl: u64, now: u64) -> Option<Entry> {
        let entry = self.shared.cache.get(id)?;
        (now.abs_diff(entry.checked) < ttl).then_some(entry)
    }

    /// Caches a record that the store held in `epoch`.
    fn remember(
        &self,
        record: &SessionRecord,
        claims: Option<Arc<SessionClaims>>,
        epoch: u64,
    ) -> Entry {
        let entry = Entry {
            checked: self.clock.now(),
            ends: Some(record.ends(self.shared.config.idle)),
            touch_at: record.last_seen.saturating_add(self.touch_interval()),
            claims,
        };
        self.shared.cache.insert(record.id, entry, epoch)
    }

    /// Returns the seconds between two updates of `last_seen`.
    fn touch_interval(&self) -> u64 {
        let idle = self.shared.config.idle;
        idle.map_or(LAST_SEEN_INTERVAL, |idle| idle / 10)
    }

    /// Records an answer or a failure of the store.
    fn report<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match &result {
            Err(error) => self.shared.outage.failed(error, self.clock.now()),
            Ok(_) if self.shared.outage.answered() => self.retry_removals(),
            Ok(_) => {}
        }
        result
    }
}
