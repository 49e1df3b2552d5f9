//! Verifies ID tokens by the rules of OpenID Connect Core 1.0, section 3.1.3.7, and RFC 8725.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::{
    algorithm::Algorithm,
    issuer::Issuer,
    json::member,
    jwks::JwkSet,
    jws::{Jws, JwsError},
    time::{LEEWAY, numeric_date},
};

pub(crate) type Claims = Map<String, Value>;

/// The values that an ID token is checked against.
pub(crate) struct IdTokenExpectations<'a> {
    pub(crate) issuer: &'a Issuer,
    pub(crate) client_id: &'a str,
    pub(crate) trusted_audiences: &'a [String],
    /// Accepts additional audiences in a token whose `azp` is this client.
    pub(crate) shared_audience: bool,
    pub(crate) nonce: &'a str,
    /// Accepts a token without `nonce`.
    pub(crate) nonce_is_optional: bool,
    /// `None` if the token response had none. In that case, `at_hash` is not checked.
    pub(crate) access_token: Option<&'a str>,
    /// The provider's `id_token_signing_alg_values_supported`; empty if it has no such list.
    pub(crate) algorithms: &'a [String],
    /// Seconds since the Unix epoch.
    pub(crate) now: u64,
}

/// The reason why an ID token is invalid. The only parts of the token in the texts are audiences,
/// which are not secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum IdTokenError {
    #[error(transparent)]
    Jws(#[from] JwsError),
    #[error("`iss` is not the issuer of the provider")]
    Issuer,
    #[error("`sub` is missing or not a string of 1 to 255 bytes")]
    Subject,
    #[error("`aud` does not contain this client")]
    Audience,
    #[error("`aud` also contains {0:?}, which `trusted_audiences` does not list")]
    FurtherAudiences(Vec<String>),
    #[error("`azp` is another client")]
    AuthorizedParty,
    #[error("`exp` is missing or in the past; one of the clocks may be wrong")]
    Expired,
    #[error("`iat` is missing, in the future or more than {} minutes old; one of the clocks may be wrong",
        MAX_ID_TOKEN_AGE / 60
    )]
    IssuedAt,
    #[error("`nbf` is in the future; one of the clocks may be wrong")]
    NotBefore,
    #[error("`nonce` does not match this login")]
    Nonce,
    #[error("`at_hash` does not match the access token")]
    AccessTokenHash,
}

/// Verifies `token` and returns its claims.
///
/// # Errors
///
/// Returns the first check that fails. After [`JwsError::UnknownKey`], newer keys may help.
pub(crate) fn verify(
    token: &str,
    keys: &JwkSet,
    expected: &IdTokenExpectations<'_>,
) -> Result<Claims, IdTokenError> {
    let jws = Jws::parse(token)?;
    jws.check_type(&["jwt", "application/jwt"])?;
    let algorithm = jws.algorithm(expected.algorithms)?;
    jws.verify(&algorithm, keys)?;
    let claims = jws.claims()?;
    check_claims(&claims, &algorithm, expected)?;
    Ok(claims)
}

/// Maximum age in seconds of an ID token that was issued for this login.
const MAX_ID_TOKEN_AGE: i64 = 10 * 60;

/// Checks the claims. A `null` claim is treated as missing.
fn check_claims(
    claims: &Claims,
    algorithm: &Algorithm,
    expected: &IdTokenExpectations<'_>,
) -> Result<(), IdTokenError> {
    let claim = |name: &str| member(claims, name);
    let text = |name: &str| claim(name).and_then(Value::as_str);
    let now = i64::try_from(expected.now).unwrap_or(i64::MAX);

    let iss = text("iss").ok_or(IdTokenError::Issuer)?;
    if !expected.issuer.matches(iss, text("tid")) {
        return Err(IdTokenError::Issuer);
    }
    // OpenID Connect Core 1.0, section 2: at most 255 characters.
    text("sub")
        .filter(|sub| (1..=255).contains(&sub.len()))
        .ok_or(IdTokenError::Subject)?;
    let azp = claim("azp");
    audience(claim("aud"), azp, expected)?;
    if azp.is_some_and(|azp| azp != expected.client_id) {
        return Err(IdTokenError::AuthorizedParty);
    }
    claim("exp")
        .and_then(numeric_date)
        .filter(|exp| exp.saturating_add(LEEWAY) > now)
        .ok_or(IdTokenError::Expired)?;
    claim("iat")
        .and_then(numeric_date)
        .filter(|iat| *iat <= now.saturating_add(LEEWAY) && *iat >= now - MAX_ID_TOKEN_AGE)
        .ok_or(IdTokenError::IssuedAt)?;
    if let Some(nbf) = claim("nbf") {
        numeric_date(nbf)
            .filter(|nbf| *nbf <= now.saturating_add(LEEWAY))
            .ok_or(IdTokenError::NotBefore)?;
    }
    if let (None, true) = (claim("nonce"), expected.nonce_is_optional) {
        return check_access_token(claim("at_hash"), algorithm, expected);
    }
    let nonce = text("nonce").ok_or(IdTokenError::Nonce)?;
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err(IdTokenError::Nonce);
    }
    check_access_token(claim("at_hash"), algorithm, expected)
}

fn check_access_token(
    at_hash: Option<&Value>,
    algorithm: &Algorithm,
    expected: &IdTokenExpectations<'_>,
) -> Result<(), IdTokenError> {
    match (at_hash, expected.access_token) {
        (Some(at_hash), Some(token)) => access_token_hash(at_hash, algorithm, token),
        _ => Ok(()),
    }
}

/// Checks rules 3 to 5: `aud` contains this client, and the configuration trusts every other
/// audience.
///
/// ZITADEL lists the project and all its clients. Its preset therefore accepts any further audience
/// in a token whose `azp` is this client.
///
/// Source: zitadel/oidc, `NewIDTokenClaims`.
fn audience(
    aud: Option<&Value>,
    azp: Option<&Value>,
    expected: &IdTokenExpectations<'_>,
) -> Result<(), IdTokenError> {
    let audiences = match aud {
        Some(Value::String(audience)) => vec![audience.as_str()],
        Some(Value::Array(audiences)) => audiences
            .iter()
            .map(Value::as_str)
            .collect::<Option<_>>()
            .ok_or(IdTokenError::Audience)?,
        _ => return Err(IdTokenError::Audience),
    };
    if !audiences.contains(&expected.client_id) {
        return Err(IdTokenError::Audience);
    }
    if expected.shared_audience && azp.is_some_and(|azp| azp == expected.client_id) {
        return Ok(());
    }
    let trusted = |audience: &str| {
        audience == expected.client_id
            || expected
                .trusted_audiences
                .iter()
                .any(|trusted| trusted == audience)
    };
    let further: Vec<String> = audiences
        .into_iter()
        .filter(|audience| !trusted(audience))
        .map(str::to_owned)
        .collect();
    if further.is_empty() {
        Ok(())
    } else {
        Err(IdTokenError::FurtherAudiences(further))
    }
}

fn access_token_hash(
    at_hash: &Value,
    algorithm: &Algorithm,
    access_token: &str,
) -> Result<(), IdTokenError> {
    let claimed = at_hash
        .as_str()
        .and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
    let expected = algorithm.at_hash(access_token);
    if claimed.is_some_and(|claimed| claimed.ct_eq(&expected).into()) {
        Ok(())
    } else {
        Err(IdTokenError::AccessTokenHash)
    }
}
