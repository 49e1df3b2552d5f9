//! Verifies logout tokens by the rules of OpenID Connect Back-Channel Logout 1.0, section 2.6.

use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::{
    Claims, FetchError, ProviderClient, ProviderRegistry,
    issuer::is_issuer_at,
    json::{member, string},
    jwks::JwkSet,
    jws::{Jws, JwsError},
    time::{LEEWAY, numeric_date},
};

/// A verified logout token: the sessions that a provider has ended.
pub(crate) struct LogoutToken {
    /// Names of the providers in the configuration that the token is for. Not empty.
    pub(crate) providers: Vec<String>,
    pub(crate) issuer: String,
    pub(crate) ended: EndedSessions,
    /// `jti`, which is unique at the issuer.
    pub(crate) id: String,
    /// Seconds since the Unix epoch, by the clock of the provider.
    pub(crate) issued_at: u64,
    /// Seconds since the Unix epoch, after which the token is not accepted.
    pub(crate) usable_until: u64,
}

/// The sessions that a logout token names.
pub(crate) enum EndedSessions {
    /// The session with this `sid`.
    Sid(String),
    /// All sessions of the user with this `sub`.
    Subject(String),
}

/// The reason why a logout token is not accepted. The texts contain no part of the token.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum LogoutTokenError {
    #[error(transparent)]
    Jws(#[from] JwsError),
    #[error("`iss` is not the issuer of a configured provider")]
    Issuer,
    #[error("`aud` does not contain the client ID of the provider")]
    Audience,
    #[error("`iat` is missing, in the future or more than {} minutes old; one of the clocks may be wrong",
        MAX_LOGOUT_TOKEN_AGE / 60
    )]
    IssuedAt,
    #[error("`exp` is not a time in the future; one of the clocks may be wrong")]
    Expired,
    #[error("`nbf` is in the future; one of the clocks may be wrong")]
    NotBefore,
    #[error("`sub` or `sid` is required, each a string that is not empty")]
    Session,
    #[error("`events` has no object named {BACKCHANNEL_LOGOUT}")]
    Event,
    #[error("`nonce` is not allowed in a logout token")]
    Nonce,
    #[error("`jti` is missing or not a string")]
    Id,
}

/// The reason why a logout token could not be verified.
#[derive(Clone, Debug, Error)]
pub(crate) enum LogoutError {
    #[error(transparent)]
    Token(#[from] LogoutTokenError),
    /// The provider or its keys are not available.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl From<JwsError> for LogoutError {
    fn from(error: JwsError) -> Self {
        Self::Token(error.into())
    }
}

/// The required member of `events`. Its value is an object.
const BACKCHANNEL_LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Maximum age in seconds. An earlier `exp` shortens it. Most providers use two minutes.
///
/// Source: ZITADEL, `DefaultBackChannelLogoutLifetime`, the longest known.
const MAX_LOGOUT_TOKEN_AGE: i64 = 15 * 60;

impl ProviderRegistry {
    /// Verifies a logout token for this app. `now` is in seconds since the Unix epoch.
    ///
    /// A provider is asked for its keys only if the claims of the token are as expected.
    ///
    /// # Errors
    ///
    /// The token is invalid, or the provider is not available.
    pub(crate) async fn verify_logout_token(
        &self,
        token: &str,
        now: u64,
    ) -> Result<LogoutToken, LogoutError> {
        let token = UnverifiedToken::parse(token)?;
        let is_issuer = |provider: &&ProviderClient| {
            let config = &provider.config;
            config.protocol.oauth2().is_none() && token.may_be_from(&config.server_metadata_url)
        };
        let mut issuers = self.iter().filter(is_issuer).peekable();
        issuers.peek().ok_or(LogoutTokenError::Issuer)?;
        let is_audience =
            |provider: &&ProviderClient| token.has_audience(&provider.config.client_id);
        let clients: Vec<_> = issuers.filter(is_audience).collect();
        if clients.is_empty() {
            return Err(LogoutTokenError::Audience.into());
        }
        let names = clients.iter().map(|client| client.config.name.clone());
        let checked = token.check_claims(names.collect(), now)?;
        for client in clients {
            match client.verify_logout_token(&token).await {
                // Another tenant at the same host may be the issuer.
                Err(LogoutError::Token(LogoutTokenError::Issuer)) => {}
                verified => return verified.map(|()| checked),
            }
        }
        Err(LogoutTokenError::Issuer.into())
    }
}

impl ProviderClient {
    /// Verifies the issuer and the signature of `token`.
    async fn verify_logout_token(&self, token: &UnverifiedToken<'_>) -> Result<(), LogoutError> {
        let metadata = self.metadata.get(|| self.clone().fetch_metadata()).await?;
        let (issuer, tid) = (token.issuer(), string(&token.claims, "tid"));
        if !metadata.issuer.matches(issuer, tid) {
            return Err(LogoutTokenError::Issuer.into());
        }
        let algorithm = token.jws.algorithm(&metadata.signing_algorithms)?;
        let verify = |keys: &JwkSet| token.jws.verify(&algorithm, keys);
        let needs_newer = |error: &JwsError| token.jws.may_need_newer_keys(*error);
        Ok(self.with_keys(&metadata, verify, needs_newer).await??)
    }
}

/// A logout token whose signature is not verified yet.
struct UnverifiedToken<'t> {
    jws: Jws<'t>,
    claims: Claims,
}

impl<'t> UnverifiedToken<'t> {
    /// Decodes `token`. Its `typ` may also be missing or the generic type of a JWT, because not all
    /// providers send the `typ` of logout tokens.
    fn parse(token: &'t str) -> Result<Self, JwsError> {
        let jws = Jws::parse(token)?;
        jws.check_type(&["logout+jwt", "application/logout+jwt", "jwt"])?;
        jws.algorithm(&[])?;
        let claims = jws.claims()?;
        Ok(Self { jws, claims })
    }

    /// Returns `iss`, or an empty string.
    fn issuer(&self) -> &str {
        string(&self.claims, "iss").unwrap_or_default()
    }

    /// Returns true if the provider with this discovery URL may have issued the token. Compares
    /// only strings.
    fn may_be_from(&self, metadata_url: &Url) -> bool {
        is_issuer_at(metadata_url, self.issuer())
    }

    fn has_audience(&self, client_id: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(audience)) => audience == client_id,
            Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == client_id),
            _ => false,
        }
    }

    /// Checks all claims but the issuer and the audience.
    ///
    /// `exp` is optional, because the drafts of the specification do not have it. `nonce` is not
    /// allowed, so that no ID token is accepted as a logout token.
    fn check_claims(
        &self,
        providers: Vec<String>,
        now: u64,
    ) -> Result<LogoutToken, LogoutTokenError> {
        let claims = &self.claims;
        let date = |name: &str| member(claims, name).map(numeric_date);
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let issued_at = date("iat")
            .flatten()
            .filter(|iat| *iat <= now.saturating_add(LEEWAY) && *iat >= now - MAX_LOGOUT_TOKEN_AGE)
            .ok_or(LogoutTokenError::IssuedAt)?;
        let mut usable_until = issued_at.saturating_add(MAX_LOGOUT_TOKEN_AGE);
        if let Some(exp) = date("exp") {
            let end = exp.map(|exp| exp.saturating_add(LEEWAY));
            let end = end.filter(|end| *end > now);
            usable_until = usable_until.min(end.ok_or(LogoutTokenError::Expired)?);
        }
        let is_early = |nbf: Option<i64>| nbf.is_none_or(|nbf| nbf > now.saturating_add(LEEWAY));
        if date("nbf").is_some_and(is_early) {
            return Err(LogoutTokenError::NotBefore);
        }
        let ended = self.ended_sessions()?;
        let events = claims.get("events").and_then(Value::as_object);
        events
            .and_then(|events| events.get(BACKCHANNEL_LOGOUT)?.as_object())
            .ok_or(LogoutTokenError::Event)?;
        if claims.contains_key("nonce") {
            return Err(LogoutTokenError::Nonce);
        }
        let seconds = |date: i64| u64::try_from(date).unwrap_or_default();
        Ok(LogoutToken {
            providers,
            issuer: self.issuer().to_owned(),
            ended,
            id: string(claims, "jti")
                .ok_or(LogoutTokenError::Id)?
                .to_owned(),
            issued_at: seconds(issued_at),
            usable_until: seconds(usable_until),
        })
    }

    /// Returns the sessions that the token names. `sid` is more specific than `sub`.
    fn ended_sessions(&self) -> Result<EndedSessions, LogoutTokenError> {
        let text = |name: &str| match member(&self.claims, name) {
            None => Ok(None),
            Some(_) => string(&self.claims, name)
                .map(|text| Some(text.to_owned()))
                .ok_or(LogoutTokenError::Session),
        };
        match (text("sid")?, text("sub")?) {
            (Some(sid), _) => Ok(EndedSessions::Sid(sid)),
            (None, Some(subject)) => Ok(EndedSessions::Subject(subject)),
            (None, None) => Err(LogoutTokenError::Session),
        }
    }
}

#[cfg(fuzzing)]
pub(crate) fn fuzz_logout_token(token: &str, metadata_url: &Url, client_id: &str, now: u64) {
    if let Ok(token) = UnverifiedToken::parse(token) {
        let _ = (
            token.may_be_from(metadata_url),
            token.has_audience(client_id),
        );
        let _ = token.check_claims(Vec::new(), now);
    }
}
