//! A provider's public keys.

use serde_json::Value;

use super::{
    algorithm::Algorithm,
    json::object,
    jwk::{Key, Unusable},
};

/// The keys of a JWK set (RFC 7517).
#[derive(Default)]
pub(crate) struct Keys {
    usable: Vec<Key>,
    /// Published keys that verify nothing, with their names.
    unusable: Vec<(Option<String>, Unusable)>,
}

/// The result of checking a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    /// A key of that name exists, and the signature is not its.
    Bad,
    /// No key fits; the provider may have a newer one.
    Unknown,
    /// The key is published and cannot be used.
    Unusable(Unusable),
}

impl Keys {
    /// Reads a JWK set. Keys that cannot be used do not spoil it.
    ///
    /// Returns `None` if it is not a key set.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let document = object(body)?;
        let mut keys = Self::default();
        for value in document.get("keys")?.as_array()? {
            match Key::read(value) {
                Ok(key) => keys.usable.push(key),
                Err(reason) => {
                    let kid = value.get("kid").and_then(Value::as_str);
                    keys.unusable.push((kid.map(str::to_owned), reason));
                }
            }
        }
        Some(keys)
    }

    /// Checks `signature` over `message`. A token without `kid` is tried with the first keys that
    /// fit its algorithm.
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: &Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Verdict {
        let is_named = |key: &&Key| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid));
        let fitting = self.usable.iter().filter(|key| key.fits(algorithm));
        let mut tried = 0;
        for key in fitting.filter(is_named).take(MAX_TRIED_KEYS) {
            if key.verifies(algorithm, message, signature) {
                return Verdict::Good;
            }
            tried += 1;
        }
        match (tried, kid) {
            (0, kid) => self
                .unusable(kid)
                .map_or(Verdict::Unknown, Verdict::Unusable),
            (_, Some(_)) => Verdict::Bad,
            // Without a name, none of the keys may be the right one.
            (_, None) => Verdict::Unknown,
        }
    }

    /// How many keys can check a token of one of these algorithms.
    pub(crate) fn fitting(&self, algorithms: &[Algorithm]) -> usize {
        self.usable
            .iter()
            .filter(|key| algorithms.iter().any(|algorithm| key.fits(algorithm)))
            .count()
    }

    /// Keys for signatures that cannot be used, and why.
    pub(crate) fn faults(&self) -> impl Iterator<Item = Unusable> {
        let reasons = self.unusable.iter().map(|(_, reason)| *reason);
        reasons.filter(|reason| reason.is_fault())
    }

    pub(crate) fn len(&self) -> usize {
        self.usable.len()
    }

    /// The reason for the key of this name; without a name, for the first one that was meant for
    /// signatures.
    fn unusable(&self, kid: Option<&str>) -> Option<Unusable> {
        match kid {
            Some(kid) => self
                .unusable
                .iter()
                .find(|(name, _)| name.as_deref() == Some(kid))
                .map(|(_, reason)| *reason),
            None => self.faults().next(),
        }
    }
}

/// Keys that are tried for one token. It bounds the work for a token without `kid`; real sets have
/// two to six keys.
const MAX_TRIED_KEYS: usize = 16;
