//! Verifies bearer tokens: finds the provider that issued an access token, and the key that signed
//! it.

use thiserror::Error;

use super::{
    AccessTokenError, Claims, FetchError, JwsError, ProviderClient, ProviderRegistry,
    access_token::AccessToken, jwks::JwkSet, time::numeric_date,
};

/// A verified access token.
pub(crate) struct VerifiedToken {
    /// The index of the provider in the configuration.
    pub(crate) client: usize,
    pub(crate) claims: Claims,
}

/// The reason why a bearer token could not be verified.
#[derive(Clone, Debug, Error)]
pub(crate) enum BearerError {
    #[error(transparent)]
    Token(#[from] AccessTokenError),
    /// The provider or its keys are not available.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl ProviderRegistry {
    /// Verifies an access token for this app. `now` is in seconds since the Unix epoch.
    ///
    /// A provider is asked for its keys only if the claims of the token are as expected.
    ///
    /// # Errors
    ///
    /// The token is invalid, or the provider is not available.
    pub(crate) async fn verify_bearer(
        &self,
        token: &str,
        now: u64,
    ) -> Result<VerifiedToken, BearerError> {
        let token = AccessToken::parse(token)?;
        let mut refusal = AccessTokenError::Issuer;
        for (client, provider) in self.all.iter().enumerate() {
            let config = &provider.config;
            if !config.accepts_bearer() || !token.may_be_from(&config.server_metadata_url) {
                continue;
            }
            let checked = match token.check_claims(config, now) {
                Ok(()) => provider.verify_access_token(&token).await,
                Err(error) => Err(error.into()),
            };
            match checked {
                Ok(()) => {
                    let claims = token.into_claims();
                    return Ok(VerifiedToken { client, claims });
                }
                // Another provider may have the same issuer, or another tenant at the same host.
                Err(BearerError::Token(
                    error @ (AccessTokenError::Audience | AccessTokenError::Issuer),
                )) => refusal = error,
                Err(error) => return Err(error),
            }
        }
        Err(refusal.into())
    }
}

impl ProviderClient {
    /// Verifies the issuer and the signature of `token`.
    ///
    /// If the key is unknown, the keys are fetched again, subject to the rate limit.
    async fn verify_access_token(&self, token: &AccessToken<'_>) -> Result<(), BearerError> {
        let metadata = self.metadata.get(|| self.clone().fetch_metadata()).await?;
        token.check_issuer(&metadata.issuer)?;
        let verify = |keys: &JwkSet| token.verify(keys);
        let needs_newer = |error: &JwsError| token.may_need_newer_keys(*error);
        let verified = self.with_keys(&metadata, verify, needs_newer).await?;
        Ok(verified.map_err(AccessTokenError::from)?)
    }
}

impl VerifiedToken {
    /// Returns `iat` and `exp` in seconds since the Unix epoch. Without `iat`, the first is `now`.
    pub(crate) fn validity(&self, now: u64) -> (u64, u64) {
        let date = |name| {
            let date = self.claims.get(name).and_then(numeric_date)?;
            u64::try_from(date).ok()
        };
        let issued_at = date("iat").unwrap_or(now);
        (issued_at, date("exp").unwrap_or(issued_at))
    }
}
