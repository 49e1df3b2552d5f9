//! Signed JWTs in compact form, before and after their signature is verified.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{
    algorithm::Algorithm,
    json::member,
    jwk::UnusableKey,
    jwks::{JwkSet, SignatureCheck},
};

/// A signed JWT (RFC 7515, section 7.1). Only its header is decoded.
pub(super) struct Jws<'t> {
    header: Map<String, Value>,
    /// Header and payload, which the signature covers.
    message: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// The reason why a JWT is not accepted, whatever its claims are.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum JwsError {
    #[error("not a signed JWT")]
    Malformed,
    #[error("the token is encrypted, which is not supported")]
    Encrypted,
    #[error("the header has a `typ`, `crit` or `kid` that is not supported")]
    Header,
    #[error("`alg` is not an asymmetric algorithm that the provider lists")]
    Algorithm,
    #[error("the signature is invalid")]
    Signature,
    #[error("the provider does not publish the signing key")]
    UnknownKey,
    #[error("the provider's signing key cannot be used: {0}")]
    UnusableKey(UnusableKey),
}

impl JwsError {
    /// Returns true if newer keys of the provider may verify a token that it has just sent.
    ///
    /// An invalid signature can mean that the provider replaced a key under the same `kid`.
    pub(super) fn may_need_newer_keys(self) -> bool {
        matches!(
            self,
            Self::UnknownKey | Self::UnusableKey(_) | Self::Signature
        )
    }
}

impl<'t> Jws<'t> {
    /// Splits `token` into its parts and decodes the header.
    ///
    /// # Errors
    ///
    /// [`JwsError::Malformed`], or [`JwsError::Encrypted`] if `token` has five parts.
    pub(super) fn parse(token: &'t str) -> Result<Self, JwsError> {
        let (message, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(JwsError::Malformed)?;
        if payload.contains('.') {
            return Err(JwsError::Encrypted);
        }
        Ok(Self {
            header: decode_object(header)?,
            message,
            payload,
            signature,
        })
    }

    /// Checks that `typ` is missing or one of `types`, which are in lower case, and that there is
    /// no `crit`.
    ///
    /// `crit` lists extensions that the recipient must support (RFC 7515, section 4.1.11). None are
    /// supported.
    ///
    /// # Errors
    ///
    /// [`JwsError::Header`].
    pub(super) fn check_type(&self, types: &[&str]) -> Result<(), JwsError> {
        let is_expected = member(&self.header, "typ").is_none_or(|typ| {
            let is_typ = |typ: &str| types.iter().any(|known| typ.eq_ignore_ascii_case(known));
            typ.as_str().is_some_and(is_typ)
        });
        if self.header.contains_key("crit") || !is_expected {
            return Err(JwsError::Header);
        }
        Ok(())
    }

    /// Returns true if `typ` is one of `types`, which are in lower case.
    pub(super) fn is_typed(&self, types: &[&str]) -> bool {
        member(&self.header, "typ").is_some() && self.check_type(types).is_ok()
    }

    /// Returns true if, after `error`, newer keys may verify a token that anyone may have sent.
    ///
    /// Only a token that names its key causes a fetch.
    pub(super) fn may_need_newer_keys(&self, error: JwsError) -> bool {
        let has_kid = member(&self.header, "kid").is_some();
        has_kid && matches!(error, JwsError::UnknownKey | JwsError::UnusableKey(_))
    }

    /// Returns the algorithm of the signature.
    ///
    /// # Errors
    ///
    /// [`JwsError::Algorithm`] if it is not supported, or not in `listed`. If `listed` is empty,
    /// all supported algorithms are accepted.
    pub(super) fn algorithm(&self, listed: &[String]) -> Result<Algorithm, JwsError> {
        let name = self.header.get("alg").and_then(Value::as_str);
        let algorithm = name
            .and_then(Algorithm::from_name)
            .ok_or(JwsError::Algorithm)?;
        let is_same = |listed: &String| {
            Algorithm::from_name(listed).is_some_and(|listed| listed.is_same(&algorithm))
        };
        let is_listed = listed.is_empty() || listed.iter().any(is_same);
        is_listed.then_some(algorithm).ok_or(JwsError::Algorithm)
    }

    /// Verifies the signature.
    ///
    /// # Errors
    ///
    /// Returns the reason why no key of `keys` verifies it.
    pub(super) fn verify(&self, algorithm: &Algorithm, keys: &JwkSet) -> Result<(), JwsError> {
        let signature = BASE64_URL_SAFE_NO_PAD
            .decode(self.signature)
            .map_err(|_| JwsError::Malformed)?;
        let kid = match member(&self.header, "kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.as_str()),
            Some(_) => return Err(JwsError::Header),
        };
        match keys.verify(kid, algorithm, self.message.as_bytes(), &signature) {
            SignatureCheck::Valid => Ok(()),
            SignatureCheck::Invalid => Err(JwsError::Signature),
            SignatureCheck::NoMatchingKey => Err(JwsError::UnknownKey),
            SignatureCheck::Unusable(reason) => Err(JwsError::UnusableKey(reason)),
        }
    }

    /// Decodes the claims.
    ///
    /// # Errors
    ///
    /// [`JwsError::Malformed`] if they are not a JSON object.
    pub(super) fn claims(&self) -> Result<Map<String, Value>, JwsError> {
        decode_object(self.payload)
    }
}

/// Decodes one base64url part of a JWT as a JSON object.
fn decode_object(part: &str) -> Result<Map<String, Value>, JwsError> {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JwsError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| JwsError::Malformed)
}
