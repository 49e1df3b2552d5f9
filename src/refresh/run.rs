//! One refresh of the tokens of a session.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::exchange::{ExchangeError, exchange};
use crate::{
    identity::ActiveSession,
    provider::{ProviderClient, TokenResponse},
    sessions::{
        Publisher, RefreshError, RefreshScope, Refreshed, SessionId, SessionRegistry,
        SessionTokens, StoredTokens,
    },
    state::AuthState,
};

/// A refresh of the tokens of a session.
pub(super) struct Refresh {
    pub(super) id: SessionId,
    pub(super) sessions: SessionRegistry,
    state: Arc<AuthState>,
    provider: ProviderClient,
    /// Identifies this refresh as the owner of the lock.
    owner: String,
}

/// Seconds for which a lock is kept if its owner does not release it: longer than the request to the
/// provider and the storing of its response.
const LOCK_TTL: u64 = 30;

/// Time between two attempts to obtain the lock.
const LOCK_INTERVAL: Duration = Duration::from_millis(100);

/// Attempts to store new tokens, with twice the time between them each time: 100 ms to 6.4 s, 13
/// seconds in total.
const STORE_ATTEMPTS: u32 = 8;

impl Refresh {
    /// `None` if the configuration does not keep tokens.
    pub(super) fn new(session: &ActiveSession, provider: &str) -> Option<Self> {
        let state = &session.state;
        if !state.settings.config.refresh {
            return None;
        }
        Some(Self {
            id: session.id,
            sessions: state.sessions.clone()?,
            state: Arc::clone(state),
            provider: state.providers.find(provider)?.clone(),
            owner: SessionId::random().encode(),
        })
    }

    /// Returns the time in seconds since the Unix epoch.
    pub(super) fn now(&self) -> u64 {
        self.state.settings.now()
    }

    /// Refreshes the tokens, or returns those that another replica has refreshed.
    pub(super) async fn run(self, publisher: Publisher) -> Refreshed {
        let scopes = [self.session_scope(), self.provider_scope()];
        if scopes
            .iter()
            .any(|scope| self.sessions.are_refreshes_paused(scope))
        {
            return Err(RefreshError::Provider);
        }
        if let Some(tokens) = self.lock().await? {
            return Ok(tokens);
        }
        let refreshed = self.refresh(&publisher).await;
        // If the store does not answer, the lock ends by itself.
        let _ = self.sessions.unlock(&self.id, &self.owner).await;
        refreshed
    }

    fn session_scope(&self) -> RefreshScope {
        RefreshScope::Session(self.id)
    }

    fn provider_scope(&self) -> RefreshScope {
        RefreshScope::Provider(self.provider.config.name.clone())
    }

    /// Obtains the lock. Returns the tokens if they were refreshed meanwhile.
    async fn lock(&self) -> Result<Option<SessionTokens>, RefreshError> {
        let deadline = Instant::now() + Duration::from_secs(LOCK_TTL);
        while !self.sessions.lock(&self.id, &self.owner, LOCK_TTL).await? {
            if Instant::now() >= deadline {
                return Err(RefreshError::Provider);
            }
            sleep(LOCK_INTERVAL).await;
            let tokens = self.stored().await?.tokens;
            if let Some(fresh) = tokens.filter(|tokens| tokens.is_fresh(self.now())) {
                return Ok(Some(fresh));
            }
        }
        Ok(None)
    }

    async fn stored(&self) -> Result<StoredTokens, RefreshError> {
        let stored = self.sessions.tokens(&self.id).await?;
        stored.ok_or(RefreshError::Ended)
    }

    /// Refreshes the tokens while this refresh has the lock.
    async fn refresh(&self, publisher: &Publisher) -> Refreshed {
        let StoredTokens { version, tokens } = self.stored().await?;
        let old = tokens.ok_or(RefreshError::Ended)?;
        let Some(refresh_token) = old.refresh.as_deref().filter(|_| !old.is_fresh(self.now()))
        else {
            return Ok(old);
        };
        match exchange(&self.provider, refresh_token, self.now()).await {
            Ok(response) => {
                let new = self.renewed(&old, response);
                self.store(version, new, publisher).await
            }
            Err(ExchangeError::Refused(detail)) => self.refused(version, &detail).await,
            Err(ExchangeError::Failed(detail)) => Err(self.failed(self.session_scope(), &detail)),
            Err(ExchangeError::Unavailable(detail)) => {
                Err(self.failed(self.provider_scope(), &detail))
            }
        }
    }

    /// Returns the tokens of a response. A refresh token that the provider did not replace stays
    /// valid (RFC 6749, section 6).
    fn renewed(&self, old: &SessionTokens, response: TokenResponse) -> SessionTokens {
        let lifetime = response.expires_in;
        SessionTokens {
            access: response.access_token,
            expires: lifetime.map(|lifetime| self.now().saturating_add(lifetime)),
            lifetime,
            refresh: response.refresh_token.or_else(|| old.refresh.clone()),
            nonce: old.nonce.clone(),
        }
    }

    /// Stores new tokens. While the store does not answer, it is asked again, because the provider
    /// may have replaced the refresh token. Requests do not wait for that.
    async fn store(&self, version: u64, new: SessionTokens, publisher: &Publisher) -> Refreshed {
        let refreshed = Ok(new.clone());
        for attempt in 0..STORE_ATTEMPTS {
            match self.sessions.replace(&self.id, version, &new, None).await {
                Ok(true) => return refreshed,
                // Another refresh was faster, or the session has ended.
                Ok(false) => return self.stored().await?.tokens.ok_or(RefreshError::Ended),
                Err(_) => publisher.publish(&refreshed),
            }
            sleep(LOCK_INTERVAL * 2_u32.pow(attempt)).await;
        }
        let provider = &self.provider.config.name;
        tracing::error!(provider, reason = "session_store", "refreshed tokens lost");
        refreshed
    }

    /// Ends the session, unless the tokens were refreshed elsewhere meanwhile.
    async fn refused(&self, version: u64, detail: &str) -> Refreshed {
        let stored = self.stored().await?;
        if let Some(tokens) = stored.tokens.filter(|_| stored.version != version) {
            return Ok(tokens);
        }
        let provider = &self.provider.config.name;
        tracing::info!(
            provider,
            reason = "refresh_refused",
            detail,
            "session ended"
        );
        // If the store does not answer, the record is removed later.
        let _ = self.sessions.end(self.id).await;
        Err(RefreshError::Refused)
    }

    fn failed(&self, scope: RefreshScope, detail: &str) -> RefreshError {
        let provider = &self.provider.config.name;
        tracing::warn!(
            provider,
            reason = "refresh_failed",
            detail,
            "tokens not refreshed"
        );
        self.sessions.pause_refreshes(scope);
        RefreshError::Provider
    }
}
