//! Fresh tokens: [`User::access_token`](crate::User::access_token).
//!
//! 1. The tokens of a session are in its record, encrypted. Only one request at a time refreshes
//!    them. In a process, concurrent requests share the outcome. Among replicas, a lock in the
//!    store ensures this.
//! 2. The lock has a time limit, so that a replica that was killed does not keep it. Therefore, new
//!    tokens replace only the tokens that they were obtained with.
//! 3. A refresh runs in a separate task. A client that disconnects neither keeps the lock nor loses
//!    a refresh token that the provider has already replaced.
//!
//! Source: RFC 6749, section 6; RFC 9700, section 4.14; OpenID Connect Core 1.0, section 12.

use std::sync::Arc;

use self::run::Refresh;
pub use self::token::{AccessToken, AccessTokenError};
use crate::{
    identity::Identity,
    sessions::{RefreshError, SessionRegistry, SessionTokens},
};

mod claims;
mod exchange;
mod run;
mod token;

/// Returns a valid access token of a user, and refreshes it if necessary.
///
/// # Errors
///
/// [`AccessTokenError`] with the reason.
pub(crate) async fn access_token(
    identity: Option<&Arc<Identity>>,
) -> Result<AccessToken, AccessTokenError> {
    let identity = identity.ok_or(AccessTokenError::NotLoggedIn)?;
    if identity.is_bearer {
        return Err(AccessTokenError::NotIssued);
    }
    let session = identity.active_session();
    let Some(refresh) = session.and_then(|session| Refresh::new(session, identity)) else {
        let exposed = identity.tokens.access().map(str::to_owned);
        let token = exposed.map(|token| AccessToken::new(token, None));
        return token.ok_or(AccessTokenError::NotConfigured);
    };
    let sessions = refresh.sessions.clone();
    let stored = sessions.tokens(&refresh.id).await;
    let stored = stored.map_err(RefreshError::from)?;
    let stored = stored.ok_or(AccessTokenError::SessionEnded)?;
    let tokens = stored.tokens.ok_or(AccessTokenError::NotIssued)?;
    fresh(&sessions, refresh, tokens).await
}

async fn fresh(
    sessions: &SessionRegistry,
    refresh: Refresh,
    tokens: SessionTokens,
) -> Result<AccessToken, AccessTokenError> {
    let now = refresh.now();
    let is_valid = tokens.is_valid(now);
    let old = AccessToken::of(tokens.clone()).filter(|_| is_valid);
    if let Some(old) = old.clone().filter(|_| tokens.is_fresh(now)) {
        return Ok(old);
    }
    if tokens.refresh.is_none() {
        let error = match tokens.access {
            Some(_) => AccessTokenError::Expired,
            None => AccessTokenError::NotIssued,
        };
        return old.ok_or(error);
    }
    let refreshed = sessions.refresh_once(refresh.id, |publisher| refresh.run(publisher));
    match (refreshed.await, old) {
        (Ok(tokens), _) => AccessToken::of(tokens).ok_or(AccessTokenError::NotIssued),
        (Err(RefreshError::Provider | RefreshError::Store), Some(old)) => Ok(old),
        (Err(error), _) => Err(error.into()),
    }
}
