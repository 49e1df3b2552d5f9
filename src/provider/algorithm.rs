//! Signature algorithms of ID tokens.

use openidconnect::core::CoreJwsSigningAlgorithm;
use ring::signature::{self, RsaParameters};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// A signature algorithm that is accepted for ID tokens. All of them are asymmetric (RFC 8725,
/// section 3.1).
#[derive(Clone)]
pub(crate) struct Algorithm {
    pub(crate) name: &'static str,
    pub(super) key_type: KeyType,
    jws: CoreJwsSigningAlgorithm,
}

/// The type of key that an algorithm needs: `kty`, and `crv` for elliptic curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

/// The supported values of `alg`.
const SUPPORTED: [&str; 11] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    "Ed25519",
];

impl Algorithm {
    /// Returns the supported algorithms in `listed`, or all supported ones if `listed` is empty.
    pub(crate) fn supported(listed: &[String]) -> Vec<Self> {
        let is_listed = |name: &str| listed.is_empty() || listed.iter().any(|other| other == name);
        SUPPORTED
            .into_iter()
            .filter(|name| is_listed(name))
            .filter_map(Self::from_name)
            .collect()
    }

    /// Returns the algorithm of this `alg` value, if it is supported.
    ///
    /// Source: RFC 7518, section 3.1; RFC 8037, section 3.1 (`EdDSA`); RFC 9864, section 2.2
    /// (`Ed25519`).
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        use CoreJwsSigningAlgorithm as Jws;
        let (name, key_type, jws) = match name {
            "RS256" => ("RS256", KeyType::Rsa, Jws::RsaSsaPkcs1V15Sha256),
            "RS384" => ("RS384", KeyType::Rsa, Jws::RsaSsaPkcs1V15Sha384),
            "RS512" => ("RS512", KeyType::Rsa, Jws::RsaSsaPkcs1V15Sha512),
            "PS256" => ("PS256", KeyType::Rsa, Jws::RsaSsaPssSha256),
            "PS384" => ("PS384", KeyType::Rsa, Jws::RsaSsaPssSha384),
            "PS512" => ("PS512", KeyType::Rsa, Jws::RsaSsaPssSha512),
            "ES256" => ("ES256", KeyType::P256, Jws::EcdsaP256Sha256),
            "ES384" => ("ES384", KeyType::P384, Jws::EcdsaP384Sha384),
            "ES512" => ("ES512", KeyType::P521, Jws::EcdsaP521Sha512),
            "EdDSA" => ("EdDSA", KeyType::Ed25519, Jws::EdDsa),
            "Ed25519" => ("Ed25519", KeyType::Ed25519, Jws::EdDsa),
            _ => return None,
        };
        Some(Self {
            name,
            key_type,
            jws,
        })
    }

    /// Returns true if both are the same algorithm.
    ///
    /// `EdDSA` with an Ed25519 key is `Ed25519`.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.jws == other.jws
    }

    /// Returns the parameters of an RSA signature. `None` if the algorithm is not RSA.
    ///
    /// Source: RFC 7518, sections 3.3 and 3.5.
    pub(super) fn rsa_parameters(&self) -> Option<&'static RsaParameters> {
        Some(match self.name {
            "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
            "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
            "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
            "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
            "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
            "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        })
    }

    /// Returns the value of `at_hash` for `token`: the left half of its hash (OpenID Connect Core
    /// 1.0, section 3.1.3.6).
    pub(super) fn at_hash(&self, token: &str) -> Vec<u8> {
        let mut hash = match &self.name[2..] {
            "256" => Sha256::digest(token).to_vec(),
            "384" => Sha384::digest(token).to_vec(),
            // Ed25519 uses SHA-512 (RFC 8032, section 5.1).
            _ => Sha512::digest(token).to_vec(),
        };
        hash.truncate(hash.len() / 2);
        hash
    }
}
