//! One refresh of the tokens of a session.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    claims::{ClaimsError, Login},
    exchange::{ExchangeError, exchange},
};
use crate::{
    identity::{ActiveSession, Identity},
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
    identity: Arc<Identity>,
}

/// The tokens after a refresh.
struct Renewed {
    tokens: SessionTokens,
    version: u64,
    /// The response that contained the tokens. `None` if they are not from this refresh.
    response: Option<TokenResponse>,
}

impl Renewed {
    fn elsewhere(tokens: SessionTokens) -> Self {
        Self {
            tokens,
            version: 0,
            response: None,
        }
    }
}

/// Seconds after which a lock expires if its owner does not release it: longer than the request to
/// the provider and the storing of its response take.
const LOCK_TTL: u64 = 30;

/// Time between two attempts to obtain the lock.
const LOCK_INTERVAL: Duration = Duration::from_millis(100);

/// Number of attempts to store new tokens. The time between two attempts doubles each time: 100 ms
/// to 6.4 s, 13 seconds in total.
const STORE_ATTEMPTS: u32 = 8;

impl Refresh {
    /// `None` if the configuration does not keep tokens.
    pub(super) fn new(session: &ActiveSession, identity: &Arc<Identity>) -> Option<Self> {
        let state = &session.state;
        if !state.settings.config.refresh {
            return None;
        }
        Some(Self {
            id: session.id,
            sessions: state.sessions.clone()?,
            state: Arc::clone(state),
            provider: state.providers.find(identity.provider())?.clone(),
            identity: Arc::clone(identity),
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
        // If the store does not answer, the lock expires by itself.
        let _ = self.sessions.unlock(&self.id, &self.owner).await;
        let refreshed = refreshed?;
        let response = refreshed.response.as_ref();
        if let Some(response) = response.filter(|response| response.id_token.is_some()) {
            self.update_claims(&refreshed, response).await?;
        }
        Ok(refreshed.tokens)
    }

    fn session_scope(&self) -> RefreshScope {
        RefreshScope::Session(self.id)
    }

    fn provider_scope(&self) -> RefreshScope {
        RefreshScope::Provider(self.provider.config.name.clone())
    }

    /// Obtains the lock. Returns the tokens if they were refreshed in the meantime.
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

    /// Refreshes the tokens while this refresh holds the lock.
    async fn refresh(&self, publisher: &Publisher) -> Result<Renewed, RefreshError> {
        let StoredTokens { version, tokens } = self.stored().await?;
        let old = tokens.ok_or(RefreshError::Ended)?;
        let Some(refresh_token) = old.refresh.as_deref().filter(|_| !old.is_fresh(self.now()))
        else {
            return Ok(Renewed::elsewhere(old));
        };
        match exchange(&self.provider, refresh_token, self.now()).await {
            Ok(response) => self.store(version, &old, response, publisher).await,
            Err(ExchangeError::Refused(detail)) => self.refused(version, &detail).await,
            Err(ExchangeError::Failed(detail)) => Err(self.failed(self.session_scope(), &detail)),
            Err(ExchangeError::Unavailable(detail)) => {
                Err(self.failed(self.provider_scope(), &detail))
            }
        }
    }

    /// Returns the tokens of a response. A refresh token that the provider did not replace stays
    /// valid (RFC 6749, section 6).
    fn renewed(&self, old: &SessionTokens, response: &TokenResponse) -> SessionTokens {
        let lifetime = response.expires_in;
        let refresh = response.refresh_token.as_ref().or(old.refresh.as_ref());
        SessionTokens {
            access: response.access_token.clone(),
            expires: lifetime.map(|lifetime| self.now().saturating_add(lifetime)),
            lifetime,
            refresh: refresh.cloned(),
            nonce: old.nonce.clone(),
        }
    }

    /// Stores new tokens. If the store does not answer, the attempt is repeated, because the
    /// provider may have replaced the refresh token. Requests do not wait for the repeated
    /// attempts.
    async fn store(
        &self,
        version: u64,
        old: &SessionTokens,
        response: TokenResponse,
        publisher: &Publisher,
    ) -> Result<Renewed, RefreshError> {
        let new = self.renewed(old, &response);
        for attempt in 0..STORE_ATTEMPTS {
            if let Some(failed) = attempt.checked_sub(1) {
                sleep(LOCK_INTERVAL * 2_u32.pow(failed)).await;
            }
            match self.sessions.replace(&self.id, version, &new, None).await {
                Ok(true) => {
                    return Ok(Renewed {
                        tokens: new,
                        version: version + 1,
                        response: Some(response),
                    });
                }
                // Another refresh was faster, or the session has ended.
                Ok(false) => {
                    let tokens = self.stored().await?.tokens;
                    return tokens.map(Renewed::elsewhere).ok_or(RefreshError::Ended);
                }
                Err(_) => publisher.publish(&Ok(new.clone())),
            }
        }
        let provider = &self.provider.config.name;
        tracing::error!(provider, reason = "session_store", "refreshed tokens lost");
        Ok(Renewed::elsewhere(new))
    }

    /// Replaces the claims of the session with those of the ID token. Ends the session if its user
    /// is no longer allowed.
    async fn update_claims(
        &self,
        renewed: &Renewed,
        response: &TokenResponse,
    ) -> Result<(), RefreshError> {
        let settings = &self.state.settings;
        let provider = &self.provider.config.name;
        let Renewed {
            tokens, version, ..
        } = renewed;
        let login = Login::new(&self.identity, settings, &self.provider);
        let nonce = tokens.nonce.as_deref();
        let claims = login.text(settings, &self.provider, nonce, response).await;
        let detail = match claims {
            Ok(text) => {
                let replaced = self
                    .sessions
                    .replace(&self.id, *version, tokens, Some(&text));
                match replaced.await {
                    Ok(true) => return Ok(()),
                    // A later refresh has later claims.
                    Ok(false) => return self.stored().await.map(drop),
                    Err(error) => error.to_string(),
                }
            }
            Err(ClaimsError::Refused(detail)) => {
                return Err(self.end("refreshed_claims_refused", &detail).await);
            }
            Err(ClaimsError::Unknown(detail)) => detail,
        };
        tracing::warn!(
            provider,
            reason = "refresh_failed",
            detail,
            "claims not refreshed"
        );
        Ok(())
    }

    /// Ends the session, unless the tokens were refreshed elsewhere in the meantime.
    async fn refused(&self, version: u64, detail: &str) -> Result<Renewed, RefreshError> {
        let stored = self.stored().await?;
        match stored.tokens.filter(|_| stored.version != version) {
            Some(tokens) => Ok(Renewed::elsewhere(tokens)),
            None => Err(self.end("refresh_refused", detail).await),
        }
    }

    async fn end(&self, reason: &str, detail: &str) -> RefreshError {
        let provider = &self.provider.config.name;
        tracing::info!(provider, reason, detail, "session ended");
        // If the store does not answer, the record is removed later.
        let _ = self.sessions.end(self.id).await;
        RefreshError::Refused
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
