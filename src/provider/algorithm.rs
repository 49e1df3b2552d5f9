//! Signature algorithms of ID tokens.

use openidconnect::core::CoreJwsSigningAlgorithm;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// An algorithm that an ID token may be signed with: asymmetric ones only (RFC 8725, section 3.1).
#[derive(Clone)]
pub(crate) struct Algorithm {
    pub(crate) name: &'static str,
    pub(super) family: Family,
    pub(super) jws: CoreJwsSigningAlgorithm,
}

/// The kind of key that an algorithm needs: `kty`, and the curve where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

const ALL: [&str; 11] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    "Ed25519",
];

impl Algorithm {
    /// The listed algorithms that can be checked here; all of them if nothing is listed.
    pub(crate) fn among(listed: &[String]) -> Vec<Self> {
        let is_listed = |name: &str| listed.is_empty() || listed.iter().any(|one| one == name);
        ALL.into_iter()
            .filter(|name| is_listed(name))
            .filter_map(Self::named)
            .collect()
    }

    /// Source: RFC 7518, section 3.1; RFC 8037, section 3.1 (`EdDSA`); RFC 9864, section 2.2
    /// (`Ed25519`).
    pub(crate) fn named(name: &str) -> Option<Self> {
        use CoreJwsSigningAlgorithm as Jws;
        let (name, family, jws) = match name {
            "RS256" => ("RS256", Family::Rsa, Jws::RsaSsaPkcs1V15Sha256),
            "RS384" => ("RS384", Family::Rsa, Jws::RsaSsaPkcs1V15Sha384),
            "RS512" => ("RS512", Family::Rsa, Jws::RsaSsaPkcs1V15Sha512),
            "PS256" => ("PS256", Family::Rsa, Jws::RsaSsaPssSha256),
            "PS384" => ("PS384", Family::Rsa, Jws::RsaSsaPssSha384),
            "PS512" => ("PS512", Family::Rsa, Jws::RsaSsaPssSha512),
            "ES256" => ("ES256", Family::P256, Jws::EcdsaP256Sha256),
            "ES384" => ("ES384", Family::P384, Jws::EcdsaP384Sha384),
            "ES512" => ("ES512", Family::P521, Jws::EcdsaP521Sha512),
            "EdDSA" => ("EdDSA", Family::Ed25519, Jws::EdDsa),
            "Ed25519" => ("Ed25519", Family::Ed25519, Jws::EdDsa),
            _ => return None,
        };
        Some(Self { name, family, jws })
    }

    /// Returns true for the same algorithm, also under its other name: `EdDSA` with an Ed25519 key
    /// is `Ed25519`.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.jws == other.jws
    }

    /// The left half of the hash of `token`, as `at_hash` holds it (OpenID Connect Core 1.0,
    /// section 3.1.3.6).
    pub(super) fn half_hash(&self, token: &str) -> Vec<u8> {
        let mut hash = match &self.name[2..] {
            "256" => Sha256::digest(token).to_vec(),
            "384" => Sha384::digest(token).to_vec(),
            // Ed25519 hashes with SHA-512 (RFC 8032, section 5.1).
            _ => Sha512::digest(token).to_vec(),
        };
        hash.truncate(hash.len() / 2);
        hash
    }
}
