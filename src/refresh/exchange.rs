//! The request to the provider, and the meaning of its response.

use tokio::time::timeout;

use crate::{
    login::{INTERACTION_ERRORS, LOGIN_TIMEOUT},
    provider::{ProviderClient, ProviderError, TokenErrorKind, TokenResponse},
};

/// The reason why the provider issued no new tokens.
pub(super) enum ExchangeError {
    /// The refresh token is not accepted, or the user has to log in again.
    Refused(String),
    /// This request failed. A later one may succeed.
    Failed(String),
    /// Requests of other sessions would fail as well.
    Unavailable(String),
}

/// Exchanges a refresh token. `now` is in seconds since the Unix epoch.
pub(super) async fn exchange(
    provider: &ProviderClient,
    refresh_token: &str,
    now: u64,
) -> Result<TokenResponse, ExchangeError> {
    let request = async {
        let metadata = provider.metadata().await?;
        let proof = provider.prove_client(&metadata, now).await?;
        provider.refresh(&metadata, refresh_token, &proof).await
    };
    match timeout(LOGIN_TIMEOUT, request).await {
        Ok(response) => response.map_err(ExchangeError::from),
        Err(_) => Err(ExchangeError::Unavailable("no response in time".to_owned())),
    }
}

impl From<ProviderError> for ExchangeError {
    /// Only an explicit refusal by the provider ends a session: `invalid_grant` (RFC 6749, section
    /// 5.2), or an error that requires the user to act, which Entra returns (Microsoft identity
    /// platform, "Handle errors").
    fn from(error: ProviderError) -> Self {
        let text = error.to_string();
        match error {
            ProviderError::Fetch(_) | ProviderError::ClientFile(_) => Self::Unavailable(text),
            ProviderError::Token(token) => match token.kind() {
                TokenErrorKind::Grant => Self::Refused(text),
                TokenErrorKind::Client => Self::Unavailable(text),
                _ if INTERACTION_ERRORS.contains(&token.code()) => Self::Refused(text),
                _ => Self::Failed(text),
            },
            _ => Self::Failed(text),
        }
    }
}
