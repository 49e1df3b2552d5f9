//! The ID token: every check of OpenID Connect Core 1.0, section 3.1.3.7, and of RFC 8725.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::{
    algorithm::Algorithm,
    json::member,
    jwk::Unusable,
    keys::{Keys, Verdict},
    metadata::Issuer,
};

pub(crate) type Claims = Map<String, Value>;

/// What an ID token has to agree with.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a Issuer,
    pub(crate) client_id: &'a str,
    pub(crate) trusted_audiences: &'a [String],
    /// Accepts further audiences in a token whose `azp` is this client.
    pub(crate) shared_audience: bool,
    pub(crate) nonce: &'a str,
    /// `None` if the token response had none, so that there is nothing for `at_hash` to bind.
    pub(crate) access_token: Option<&'a str>,
    /// The provider's `id_token_signing_alg_values_supported`; empty if it has no such list.
    pub(crate) algorithms: &'a [String],
    /// Seconds since the Unix epoch.
    pub(crate) now: u64,
}

/// Why an ID token is refused. The texts hold nothing of the token but audiences, which are not secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum IdTokenError {
    #[error("it is no signed JWT")]
    Malformed,
    #[error("it is encrypted, which is not supported")]
    Encrypted,
    #[error("its header has a `typ` or `crit` that is not an ID token's")]
    Header,
    #[error("its algorithm is not an asymmetric one that the provider lists")]
    Algorithm,
    #[error("its signature is wrong")]
    Signature,
    #[error("the provider publishes no key for it")]
    UnknownKey,
    #[error("the provider's key for it cannot be used: {0}")]
    UnusableKey(Unusable),
    #[error("its `iss` is not the provider")]
    Issuer,
    #[error("its `sub` is absent or no text of 1 to 255 bytes")]
    Subject,
    #[error("its `aud` does not name this client")]
    Audience,
    #[error("its `aud` also names {0:?}, which `trusted_audiences` does not list")]
    FurtherAudiences(Vec<String>),
    #[error("its `azp` is another client")]
    AuthorizedParty,
    #[error("its `exp` is absent or past; are both clocks right?")]
    Expired,
    #[error("its `iat` is absent, in the future or long past; are both clocks right?")]
    IssuedAt,
    #[error("its `nbf` is in the future; are both clocks right?")]
    NotBefore,
    #[error("its `nonce` is not that of this login")]
    Nonce,
    #[error("its `at_hash` does not fit the access token")]
    AccessTokenHash,
}

/// Returns the claims of `token`, if it is one that this login may believe.
///
/// # Errors
///
/// The first check that fails; [`IdTokenError::UnknownKey`] means that newer keys may help.
pub(crate) fn verify(
    token: &str,
    keys: &Keys,
    expected: &Expected<'_>,
) -> Result<Claims, IdTokenError> {
    let (message, signature) = token.rsplit_once('.').ok_or(IdTokenError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(IdTokenError::Malformed)?;
    if payload.contains('.') {
        return Err(IdTokenError::Encrypted);
    }
    let header = object(header)?;
    let algorithm = algorithm(&header, expected.algorithms)?;
    let signature = BASE64_URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| IdTokenError::Malformed)?;
    let kid = match member(&header, "kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.as_str()),
        Some(_) => return Err(IdTokenError::Header),
    };
    match keys.verify(kid, &algorithm, message.as_bytes(), &signature) {
        Verdict::Good => {}
        Verdict::Bad => return Err(IdTokenError::Signature),
        Verdict::Unknown => return Err(IdTokenError::UnknownKey),
        Verdict::Unusable(reason) => return Err(IdTokenError::UnusableKey(reason)),
    }
    let claims = object(payload)?;
    check(&claims, &algorithm, expected)?;
    Ok(claims)
}

/// Clocks may differ by this many seconds.
pub(crate) const LEEWAY: i64 = 60;

/// An ID token that was made for this login is younger, in seconds.
const OLDEST: i64 = 10 * 60;

fn algorithm(header: &Claims, listed: &[String]) -> Result<Algorithm, IdTokenError> {
    // `crit` names extensions that must be understood, and there are none here (RFC 7515, section 4.1.11).
    let is_jwt = member(header, "typ").is_none_or(|typ| {
        typ.as_str().is_some_and(|typ| {
            typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("application/jwt")
        })
    });
    if header.contains_key("crit") || !is_jwt {
        return Err(IdTokenError::Header);
    }
    let name = header
        .get("alg")
        .and_then(Value::as_str)
        .ok_or(IdTokenError::Algorithm)?;
    let algorithm = Algorithm::named(name).ok_or(IdTokenError::Algorithm)?;
    let is_same =
        |listed: &String| Algorithm::named(listed).is_some_and(|listed| listed.is_same(&algorithm));
    let is_listed = listed.is_empty() || listed.iter().any(is_same);
    if is_listed {
        Ok(algorithm)
    } else {
        Err(IdTokenError::Algorithm)
    }
}

/// A claim that is `null` counts as absent.
fn check(
    claims: &Claims,
    algorithm: &Algorithm,
    expected: &Expected<'_>,
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
        .and_then(seconds)
        .filter(|exp| exp.saturating_add(LEEWAY) > now)
        .ok_or(IdTokenError::Expired)?;
    claim("iat")
        .and_then(seconds)
        .filter(|iat| *iat <= now.saturating_add(LEEWAY) && *iat >= now - OLDEST)
        .ok_or(IdTokenError::IssuedAt)?;
    if let Some(nbf) = claim("nbf") {
        seconds(nbf)
            .filter(|nbf| *nbf <= now.saturating_add(LEEWAY))
            .ok_or(IdTokenError::NotBefore)?;
    }
    let nonce = text("nonce").ok_or(IdTokenError::Nonce)?;
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err(IdTokenError::Nonce);
    }
    match (claim("at_hash"), expected.access_token) {
        (Some(at_hash), Some(token)) => access_token_hash(at_hash, algorithm, token),
        _ => Ok(()),
    }
}

/// Rules 3 to 5: this client is an audience, and every other audience is one that the configuration trusts.
///
/// ZITADEL lists the project and all its clients, so its preset trusts what is beside this client in a token that names it as `azp`.
/// Source: zitadel/oidc, `NewIDTokenClaims`.
fn audience(
    aud: Option<&Value>,
    azp: Option<&Value>,
    expected: &Expected<'_>,
) -> Result<(), IdTokenError> {
    let audiences = match aud {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many
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
    let given = at_hash
        .as_str()
        .and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
    let own = algorithm.half_hash(access_token);
    if given.is_some_and(|given| given.ct_eq(&own).into()) {
        Ok(())
    } else {
        Err(IdTokenError::AccessTokenHash)
    }
}

/// Seconds since the Unix epoch; fractions are cut (RFC 7519, section 2, NumericDate).
fn seconds(value: &Value) -> Option<i64> {
    /// Whole numbers up to here are exact in a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        let float = value
            .as_f64()
            .filter(|float| (0.0..EXACT).contains(float))?;
        // The range was checked; the fraction is cut on purpose.
        Some(float as i64)
    })
}

fn object(part: &str) -> Result<Claims, IdTokenError> {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| IdTokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| IdTokenError::Malformed)
}
