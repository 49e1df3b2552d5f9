//! A provider's public keys, fit ones only.

use openidconnect::{JsonWebKey, core::CoreJsonWebKey, core::CoreJwsSigningAlgorithm};
use serde_json::Value;

/// The keys of a JWK set (RFC 7517) that can sign an ID token.
#[derive(Default)]
pub(crate) struct Keys(Vec<Key>);

struct Key {
    kid: Option<String>,
    /// `kty`, and the curve where there is one.
    family: Family,
    /// The one algorithm that the key is for, if it says so.
    algorithm: Option<String>,
    jwk: CoreJsonWebKey,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// An algorithm that an ID token may be signed with: asymmetric ones alone (RFC 8725, section 3.1).
pub(crate) struct Algorithm {
    pub(crate) name: &'static str,
    family: Family,
    jws: CoreJwsSigningAlgorithm,
}

impl Algorithm {
    /// The listed algorithms that can be checked here; all of them if nothing is listed.
    pub(crate) fn among(listed: &[String]) -> Vec<Self> {
        const ALL: [&str; 9] = [
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
        ];
        let is_listed = |name: &str| listed.is_empty() || listed.iter().any(|one| one == name);
        ALL.into_iter()
            .filter(|name| is_listed(name))
            .filter_map(Self::named)
            .collect()
    }

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
            "EdDSA" => ("EdDSA", Family::Ed25519, Jws::EdDsa),
            _ => return None,
        };
        Some(Self { name, family, jws })
    }
}

/// What the keys say of a signature.
pub(crate) enum Verdict<'k> {
    /// It holds. The key also hashes for `at_hash`.
    Good(SigningKey<'k>),
    /// A key of that name exists, and the signature is not its.
    Bad,
    /// No key fits; the provider may have a newer one.
    Unknown,
}

pub(crate) struct SigningKey<'k> {
    jwk: &'k CoreJsonWebKey,
    jws: CoreJwsSigningAlgorithm,
}

impl SigningKey<'_> {
    /// The left half of the hash of `token`, as `at_hash` holds it (OpenID Connect Core 1.0, section 3.1.3.6).
    pub(crate) fn half_hash(&self, token: &str) -> Option<Vec<u8>> {
        let mut hash = self.jwk.hash_bytes(token.as_bytes(), &self.jws).ok()?;
        hash.truncate(hash.len() / 2);
        Some(hash)
    }
}

impl Keys {
    /// Reads a JWK set and leaves out what cannot sign: other types and uses, symmetric keys, weak and giant RSA moduli.
    ///
    /// `None` if it is no key set at all.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let document: Value = serde_json::from_slice(body).ok()?;
        let keys = document.get("keys")?.as_array()?;
        Some(Self(
            keys.iter().filter_map(Key::read).take(MOST_KEYS).collect(),
        ))
    }

    /// Checks `signature` over `message`. A token without `kid` is tried with every key that fits its algorithm.
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: &Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Verdict<'_> {
        let fits = |key: &&Key| {
            key.fits(algorithm) && kid.is_none_or(|kid| key.kid.as_deref() == Some(kid))
        };
        let mut verdict = Verdict::Unknown;
        for key in self.0.iter().filter(fits) {
            if key
                .jwk
                .verify_signature(&algorithm.jws, message, signature)
                .is_ok()
            {
                return Verdict::Good(SigningKey {
                    jwk: &key.jwk,
                    jws: algorithm.jws.clone(),
                });
            }
            // Without a name, none of the keys may be the right one.
            if kid.is_some() {
                verdict = Verdict::Bad;
            }
        }
        verdict
    }

    /// How many keys can check a token of one of these algorithms.
    pub(crate) fn fitting(&self, algorithms: &[Algorithm]) -> usize {
        self.0
            .iter()
            .filter(|key| algorithms.iter().any(|algorithm| key.fits(algorithm)))
            .count()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Key {
    fn fits(&self, algorithm: &Algorithm) -> bool {
        self.family == algorithm.family
            && self
                .algorithm
                .as_deref()
                .is_none_or(|name| name == algorithm.name)
    }

    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let for_signing = text("use").is_none_or(|usage| usage == "sig")
            && value
                .get("key_ops")
                .and_then(Value::as_array)
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        let family = match (text("kty")?, text("crv")) {
            ("RSA", _) if is_fit_modulus(text("n")?) => Family::Rsa,
            ("EC", Some("P-256")) => Family::P256,
            ("EC", Some("P-384")) => Family::P384,
            ("OKP", Some("Ed25519")) => Family::Ed25519,
            _ => return None,
        };
        if !for_signing {
            return None;
        }
        // `alg` is compared above as text, so that a name which the library does not know cannot spoil the key.
        let mut bare = value.clone();
        bare.as_object_mut()?.remove("alg");
        Some(Self {
            kid: text("kid").map(str::to_owned),
            family,
            algorithm: text("alg").map(str::to_owned),
            jwk: serde_json::from_value(bare).ok()?,
        })
    }
}

/// Real sets have two to six.
const MOST_KEYS: usize = 16;

/// 2048 to 8192 bits: fewer can be broken, more cost too much to check.
fn is_fit_modulus(base64: &str) -> bool {
    let bytes = base64.len() * 3 / 4;
    (2048 / 8..=8192 / 8 + 1).contains(&bytes)
}
