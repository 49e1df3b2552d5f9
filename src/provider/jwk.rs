//! One public key of a provider. It is decoded once, when the JWK set is parsed.

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use openidconnect::{
    JsonWebKey, SignatureVerificationError,
    core::{CoreJsonCurveType, CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use p521::ecdsa::signature::Verifier;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::Value;
use thiserror::Error;

use super::algorithm::{Algorithm, KeyType};

/// A public key that can verify signatures (RFC 7517, section 4).
pub(super) struct Jwk {
    pub(super) kid: Option<String>,
    key_type: KeyType,
    /// `alg`: the only algorithm of the key, if it is restricted to one.
    algorithm: Option<Algorithm>,
    public: PublicKey,
}

/// `ring` verifies signatures about five times as fast as `openidconnect`.
enum PublicKey {
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    /// P-256, P-384 or Ed25519.
    Curve(UnparsedPublicKey<Vec<u8>>),
    /// `ring` and `openidconnect` do not support P-521.
    P521(p521::ecdsa::VerifyingKey),
}

/// The reason why a published key cannot verify signatures.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum UnusableKey {
    #[error("its `use` or `key_ops` is not for signatures")]
    Purpose,
    #[error("its type or curve is not supported")]
    Type,
    #[error("its `alg` is not a supported signature algorithm")]
    Algorithm,
    #[error("its RSA modulus has fewer than {MIN_RSA_BITS} bits")]
    TooShort,
    #[error("its RSA modulus has more than {MAX_RSA_BITS} bits")]
    TooLong,
    #[error("a number in it is missing, is not base64url or is not on its curve")]
    InvalidNumber,
}

impl UnusableKey {
    /// Returns true if the key is defective.
    ///
    /// Returns false for a key with another purpose. Many providers publish such keys in the same
    /// set.
    pub(super) fn is_defect(self) -> bool {
        matches!(self, Self::TooShort | Self::TooLong | Self::InvalidNumber)
    }
}

impl Jwk {
    /// Parses one entry of a JWK set.
    ///
    /// # Errors
    ///
    /// Returns the reason why the key cannot verify the signature of an ID token.
    pub(super) fn parse(value: &Value) -> Result<Self, UnusableKey> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let operations = value.get("key_ops").and_then(Value::as_array);
        let is_for_signatures = text("use").is_none_or(|usage| usage == "sig")
            && operations
                .is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        if !is_for_signatures {
            return Err(UnusableKey::Purpose);
        }
        let key_type = match (text("kty"), text("crv")) {
            (Some("RSA"), _) => KeyType::Rsa,
            (Some("EC"), Some("P-256")) => KeyType::P256,
            (Some("EC"), Some("P-384")) => KeyType::P384,
            (Some("EC"), Some("P-521")) => KeyType::P521,
            (Some("OKP"), Some("Ed25519")) => KeyType::Ed25519,
            _ => return Err(UnusableKey::Type),
        };
        let algorithm = match text("alg") {
            Some(name) => Some(Algorithm::from_name(name).ok_or(UnusableKey::Algorithm)?),
            None => None,
        };
        Ok(Self {
            kid: text("kid").map(str::to_owned),
            key_type,
            algorithm,
            public: PublicKey::parse(value, key_type)?,
        })
    }

    /// Returns true if the key can verify signatures of `algorithm`.
    pub(super) fn supports(&self, algorithm: &Algorithm) -> bool {
        let is_allowed = |allowed: &Algorithm| allowed.is_same(algorithm);
        self.key_type == algorithm.key_type && self.algorithm.as_ref().is_none_or(is_allowed)
    }

    /// Returns true if `signature` is the signature of `message`.
    pub(super) fn verifies(&self, algorithm: &Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match &self.public {
            PublicKey::Rsa(key) => algorithm
                .rsa_parameters()
                .is_some_and(|parameters| key.verify(parameters, message, signature).is_ok()),
            PublicKey::Curve(key) => key.verify(message, signature).is_ok(),
            PublicKey::P521(key) => p521::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

impl PublicKey {
    fn parse(value: &Value, key_type: KeyType) -> Result<Self, UnusableKey> {
        use CoreJwsSigningAlgorithm as Jws;
        let bytes = |name: &str| decode(value.get(name)).ok_or(UnusableKey::InvalidNumber);
        let number = |name: &str| bytes(name).map(without_leading_zeros);
        let coordinate = |name: &str, length| {
            let number = number(name)?;
            let missing =
                usize::checked_sub(length, number.len()).ok_or(UnusableKey::InvalidNumber)?;
            Ok([vec![0; missing], number].concat())
        };
        let point = |length| {
            let (x, y) = (coordinate("x", length)?, coordinate("y", length)?);
            Ok::<_, UnusableKey>((x, y))
        };
        match key_type {
            KeyType::Rsa => {
                let (n, e) = (number("n")?, number("e")?);
                check_modulus(&n)?;
                let key = CoreJsonWebKey::new_rsa(n.clone(), e.clone(), None);
                check(&key, Jws::RsaSsaPkcs1V15Sha256)?;
                Ok(Self::Rsa(RsaPublicKeyComponents { n, e }))
            }
            KeyType::P256 => {
                let (x, y) = point(32)?;
                let encoded = uncompressed(&x, &y);
                let key = CoreJsonWebKey::new_ec(x, y, CoreJsonCurveType::P256, None);
                check(&key, Jws::EcdsaP256Sha256)?;
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, encoded);
                Ok(Self::Curve(key))
            }
            KeyType::P384 => {
                let (x, y) = point(48)?;
                let encoded = uncompressed(&x, &y);
                let key = CoreJsonWebKey::new_ec(x, y, CoreJsonCurveType::P384, None);
                check(&key, Jws::EcdsaP384Sha384)?;
                let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, encoded);
                Ok(Self::Curve(key))
            }
            KeyType::P521 => {
                let (x, y) = point(66)?;
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed(&x, &y));
                key.map(Self::P521).map_err(|_| UnusableKey::InvalidNumber)
            }
            KeyType::Ed25519 => {
                let x = bytes("x")?;
                let key = CoreJsonWebKey::new_okp(x.clone(), CoreJsonCurveType::Ed25519, None);
                check(&key, Jws::EdDsa)?;
                Ok(Self::Curve(UnparsedPublicKey::new(&ED25519, x)))
            }
        }
    }
}

/// Checks that a key is valid, for example that a point is on its curve.
///
/// `openidconnect` and `ring` decode a key only when they verify a signature, and `ring` reports
/// the same error for an invalid key and an invalid signature. An empty signature fails in
/// `openidconnect` right after decoding.
fn check(key: &CoreJsonWebKey, algorithm: CoreJwsSigningAlgorithm) -> Result<(), UnusableKey> {
    match key.verify_signature(&algorithm, b"", b"") {
        Err(SignatureVerificationError::CryptoError(_)) => Ok(()),
        _ => Err(UnusableKey::InvalidNumber),
    }
}

/// Returns an uncompressed point.
fn uncompressed(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[UNCOMPRESSED], x, y].concat()
}

/// The first byte of an uncompressed point (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// Shorter RSA keys can be broken (RFC 7518, section 3.3).
const MIN_RSA_BITS: usize = 2048;

/// The largest keys that the `rsa` crate accepts.
const MAX_RSA_BITS: usize = 4096;

/// Checks the size of an RSA modulus.
fn check_modulus(modulus: &[u8]) -> Result<(), UnusableKey> {
    let first = modulus.first().ok_or(UnusableKey::InvalidNumber)?;
    let bits = modulus.len() * 8 - first.leading_zeros() as usize;
    match bits {
        0..MIN_RSA_BITS => Err(UnusableKey::TooShort),
        MIN_RSA_BITS..=MAX_RSA_BITS => Ok(()),
        _ => Err(UnusableKey::TooLong),
    }
}

/// Removes leading zeros. RFC 7518, sections 6.2.1.2 and 6.3.1.1, allows neither a sign byte before
/// the modulus nor shortened coordinates, but some encoders write them.
fn without_leading_zeros(bytes: Vec<u8>) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}

/// Decodes base64url leniently. Padding, the standard alphabet and whitespace are accepted,
/// although RFC 7515, section 2, does not allow them.
fn decode(value: Option<&Value>) -> Option<Vec<u8>> {
    let text: String = value?
        .as_str()?
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    LENIENT.decode(text).ok()
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
