//! The JWK set of a provider.

use serde_json::Value;

use super::{
    algorithm::Algorithm,
    json::object,
    jwk::{Jwk, UnusableKey},
};

/// The keys of a JWK set (RFC 7517).
#[derive(Default)]
pub(crate) struct JwkSet {
    usable: Vec<Jwk>,
    /// The `kid` of each unusable key and the reason.
    unusable: Vec<(Option<String>, UnusableKey)>,
}

/// The result of checking a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureCheck {
    Valid,
    /// The key with this `kid` did not create the signature.
    Invalid,
    /// No key matches. The provider may have a newer one.
    NoMatchingKey,
    /// The key is published but cannot be used.
    Unusable(UnusableKey),
}

impl JwkSet {
    /// Parses a JWK set. Unusable keys do not make the set invalid.
    ///
    /// Returns `None` if `body` is not a JWK set.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let document = object(body)?;
        let mut keys = Self::default();
        for value in document.get("keys")?.as_array()? {
            match Jwk::parse(value) {
                Ok(key) => keys.usable.push(key),
                Err(reason) => {
                    let kid = value.get("kid").and_then(Value::as_str);
                    keys.unusable.push((kid.map(str::to_owned), reason));
                }
            }
        }
        Some(keys)
    }

    /// Checks `signature` over `message`. Without `kid`, the keys that support the algorithm are
    /// tried in order, up to [`MAX_TRIED_KEYS`].
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: &Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> SignatureCheck {
        let has_kid = |key: &&Jwk| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid));
        let candidates = self.usable.iter().filter(|key| key.supports(algorithm));
        let mut tried = 0;
        for key in candidates.filter(has_kid).take(MAX_TRIED_KEYS) {
            if key.verifies(algorithm, message, signature) {
                return SignatureCheck::Valid;
            }
            tried += 1;
        }
        match (tried, kid) {
            (0, kid) => self
                .unusable(kid)
                .map_or(SignatureCheck::NoMatchingKey, SignatureCheck::Unusable),
            (_, Some(_)) => SignatureCheck::Invalid,
            // Without `kid`, the right key may not be in the set yet.
            (_, None) => SignatureCheck::NoMatchingKey,
        }
    }

    /// Returns the number of keys that support one of `algorithms`.
    pub(crate) fn count_supporting(&self, algorithms: &[Algorithm]) -> usize {
        self.usable
            .iter()
            .filter(|key| algorithms.iter().any(|algorithm| key.supports(algorithm)))
            .count()
    }

    /// Returns the reason why each defective key cannot be used.
    pub(crate) fn defects(&self) -> impl Iterator<Item = UnusableKey> {
        let reasons = self.unusable.iter().map(|(_, reason)| *reason);
        reasons.filter(|reason| reason.is_defect())
    }

    /// Returns the number of usable keys.
    pub(crate) fn len(&self) -> usize {
        self.usable.len()
    }

    /// Returns why the key with this `kid` is unusable. Without `kid`, returns the first defect.
    fn unusable(&self, kid: Option<&str>) -> Option<UnusableKey> {
        match kid {
            Some(kid) => self
                .unusable
                .iter()
                .find(|(other, _)| other.as_deref() == Some(kid))
                .map(|(_, reason)| *reason),
            None => self.defects().next(),
        }
    }
}

/// Maximum number of keys that are tried for one token. Limits the work for a token without `kid`.
/// Real sets have two to six keys.
const MAX_TRIED_KEYS: usize = 16;
