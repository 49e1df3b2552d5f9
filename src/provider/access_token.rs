//! Checks access tokens by the rules of RFC 9068, section 4, and RFC 8725.
//!
//! The same keys sign access tokens and ID tokens. [`AccessToken::check_kind`] distinguishes them.

use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::{
    Claims, Issuer,
    algorithm::Algorithm,
    entra,
    issuer::is_issuer_at,
    json::member,
    jwks::JwkSet,
    jws::{Jws, JwsError},
    time::{LEEWAY, numeric_date},
};
use crate::config::{AccessTokens, ProviderConfig};

/// An access token whose signature is not verified yet.
pub(super) struct AccessToken<'t> {
    jws: Jws<'t>,
    algorithm: Algorithm,
    claims: Claims,
}

/// The reason why an access token is not accepted. The texts contain no part of the token.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum AccessTokenError {
    #[error("not a JWT; the provider may have issued an opaque token")]
    Opaque,
    #[error(transparent)]
    Jws(#[from] JwsError),
    #[error("an ID token, a refresh token or a logout token")]
    OtherKind,
    #[error("no claim marks it as an access token, such as `scope` or `client_id`")]
    Unmarked,
    #[error("bound to a key or certificate of the client (`cnf`), which is not supported")]
    SenderConstrained,
    #[error("`iss` is not the issuer of a provider with bearer_audience")]
    Issuer,
    #[error("`aud` does not contain a bearer_audience of the provider")]
    Audience,
    #[error("`sub` is missing or not a string of 1 to 255 bytes")]
    Subject,
    #[error("`exp` is missing or in the past")]
    Expired,
    #[error("`iat` is in the future; one of the clocks may be wrong")]
    IssuedAt,
    #[error("`nbf` is in the future; one of the clocks may be wrong")]
    NotBefore,
}

impl<'t> AccessToken<'t> {
    /// Decodes `token`.
    ///
    /// # Errors
    ///
    /// The token is not a signed JWT with a type and an algorithm that access tokens have.
    pub(super) fn parse(token: &'t str) -> Result<Self, AccessTokenError> {
        if !token.contains('.') {
            return Err(AccessTokenError::Opaque);
        }
        let jws = Jws::parse(token)?;
        jws.check_type(&[AT_JWT, MEDIA_TYPE, "jwt"])?;
        // A provider lists only the algorithms of its ID tokens.
        let algorithm = jws.algorithm(&[])?;
        let claims = jws.claims()?;
        Ok(Self {
            jws,
            algorithm,
            claims,
        })
    }

    /// Returns true if the provider with this discovery URL may have issued the token. Compares
    /// only strings.
    pub(super) fn may_be_from(&self, metadata_url: &Url) -> bool {
        let is_from =
            |iss| is_issuer_at(metadata_url, iss) || entra::is_v1_issuer_at(metadata_url, iss);
        self.text("iss").is_some_and(is_from)
    }

    /// Checks all claims but the issuer. `now` is in seconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// Returns the first check that fails.
    pub(super) fn check_claims(
        &self,
        config: &ProviderConfig,
        now: u64,
    ) -> Result<(), AccessTokenError> {
        self.check_audience(config)?;
        self.check_kind(config.access_tokens)?;
        // The same limit as in ID tokens (OpenID Connect Core 1.0, section 2).
        self.text("sub")
            .filter(|sub| (1..=255).contains(&sub.len()))
            .ok_or(AccessTokenError::Subject)?;
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        self.claim("exp")
            .and_then(numeric_date)
            .filter(|exp| exp.saturating_add(LEEWAY) > now)
            .ok_or(AccessTokenError::Expired)?;
        // Both are optional.
        let is_past = |name| {
            self.claim(name).is_none_or(|date| {
                numeric_date(date).is_some_and(|date| date <= now.saturating_add(LEEWAY))
            })
        };
        if !is_past("iat") {
            return Err(AccessTokenError::IssuedAt);
        }
        if !is_past("nbf") {
            return Err(AccessTokenError::NotBefore);
        }
        Ok(())
    }

    /// Checks the issuer against the discovery document.
    ///
    /// # Errors
    ///
    /// [`AccessTokenError::Issuer`].
    pub(super) fn check_issuer(&self, issuer: &Issuer) -> Result<(), AccessTokenError> {
        let (iss, tid) = (self.text("iss").unwrap_or_default(), self.text("tid"));
        let is_issuer = issuer.matches(iss, tid) || entra::is_v1_issuer(issuer, iss, tid);
        is_issuer.then_some(()).ok_or(AccessTokenError::Issuer)
    }

    /// Verifies the signature.
    ///
    /// # Errors
    ///
    /// Returns the reason why no key of `keys` verifies it.
    pub(super) fn verify(&self, keys: &JwkSet) -> Result<(), JwsError> {
        self.jws.verify(&self.algorithm, keys)
    }

    /// Returns true if newer keys may verify the token after `error`.
    pub(super) fn may_need_newer_keys(&self, error: JwsError) -> bool {
        self.jws.may_need_newer_keys(error)
    }

    pub(super) fn into_claims(self) -> Claims {
        self.claims
    }

    /// Checks that the token is an access token that any bearer may use:
    ///
    /// 1. No claim marks it as another kind of token: `typ` of Keycloak, `token_use` of Cognito,
    ///    hashes (OpenID Connect Core 1.0, section 3.3.2.11), `events` of a logout or security
    ///    event token (RFC 8417, section 2.2).
    /// 2. It is not bound to a key (RFC 7800, section 3.1). The sender would have to prove
    ///    possession of that key (RFC 9449, section 7.1; RFC 8705, section 3).
    /// 3. It has no `nonce`, which belongs to an ID token. authentik and Keycloak before 24 copy
    ///    the `nonce`.
    /// 4. The header (RFC 9068, section 2.1), `typ` of Keycloak or the [marks](AccessTokens::marks)
    ///    of the product show that it is an access token.
    fn check_kind(&self, access_tokens: AccessTokens) -> Result<(), AccessTokenError> {
        let typ = self.text("typ").unwrap_or_default();
        let token_use = self.text("token_use");
        let is_other = OTHER_TYPES
            .iter()
            .any(|other| typ.eq_ignore_ascii_case(other))
            || token_use.is_some_and(|token_use| token_use != "access")
            || OTHER_CLAIMS.iter().any(|name| self.has(name));
        if is_other {
            return Err(AccessTokenError::OtherKind);
        }
        if self.has("cnf") {
            return Err(AccessTokenError::SenderConstrained);
        }
        let is_typed =
            self.jws.is_typed(&[AT_JWT, MEDIA_TYPE]) || typ.eq_ignore_ascii_case("Bearer");
        if self.has("nonce") && !is_typed && access_tokens != AccessTokens::Authentik {
            return Err(AccessTokenError::OtherKind);
        }
        let is_complete = |mark: &&[&str]| mark.iter().all(|claim| self.has(claim));
        let is_marked = is_typed && access_tokens != AccessTokens::Entra
            || access_tokens.marks().iter().any(is_complete);
        is_marked.then_some(()).ok_or(AccessTokenError::Unmarked)
    }

    fn check_audience(&self, config: &ProviderConfig) -> Result<(), AccessTokenError> {
        let access_tokens = config.access_tokens;
        let is_expected = |audience: &str| {
            let mut audiences = config.bearer_audiences.iter();
            audiences.any(|expected| match access_tokens {
                AccessTokens::Entra => entra::is_same_audience(expected, audience),
                _ => expected == audience,
            })
        };
        let is_any_expected = match self.claim("aud") {
            Some(Value::String(audience)) => is_expected(audience),
            Some(Value::Array(audiences)) => {
                audiences.iter().filter_map(Value::as_str).any(is_expected)
            }
            None if access_tokens == AccessTokens::Cognito => {
                self.text("client_id").is_some_and(is_expected)
            }
            _ => false,
        };
        is_any_expected
            .then_some(())
            .ok_or(AccessTokenError::Audience)
    }

    fn has(&self, name: &str) -> bool {
        self.claim(name).is_some()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claim(name).and_then(Value::as_str)
    }

    /// Returns a claim. A `null` claim is treated as missing.
    fn claim(&self, name: &str) -> Option<&Value> {
        member(&self.claims, name)
    }
}

/// The `typ` of an access token in its header (RFC 9068, section 2.1).
const AT_JWT: &str = "at+jwt";
const MEDIA_TYPE: &str = "application/at+jwt";

/// The claim `typ` of other tokens.
///
/// Source: Keycloak, `TokenUtil`.
const OTHER_TYPES: [&str; 4] = ["ID", "Refresh", "Offline", "Logout"];

/// Claims that only other tokens have.
const OTHER_CLAIMS: [&str; 4] = ["at_hash", "c_hash", "s_hash", "events"];
