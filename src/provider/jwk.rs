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

enum PublicKey {
    Core(CoreJsonWebKey),
    /// `openidconnect` does not support P-521.
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
            PublicKey::Core(key) => key
                .verify_signature(&algorithm.jws, message, signature)
                .is_ok(),
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
        let curve = |length, curve| {
            let (x, y) = (coordinate("x", length)?, coordinate("y", length)?);
            Ok(CoreJsonWebKey::new_ec(x, y, curve, None))
        };
        let (key, algorithm) = match key_type {
            KeyType::Rsa => {
                let (modulus, exponent) = (number("n")?, number("e")?);
                check_modulus(&modulus)?;
                let key = CoreJsonWebKey::new_rsa(modulus, exponent, None);
                (key, Jws::RsaSsaPkcs1V15Sha256)
            }
            KeyType::P256 => (curve(32, CoreJsonCurveType::P256)?, Jws::EcdsaP256Sha256),
            KeyType::P384 => (curve(48, CoreJsonCurveType::P384)?, Jws::EcdsaP384Sha384),
            KeyType::P521 => {
                let (x, y) = (coordinate("x", 66)?, coordinate("y", 66)?);
                let point = [vec![UNCOMPRESSED], x, y].concat();
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&point);
                return key.map(Self::P521).map_err(|_| UnusableKey::InvalidNumber);
            }
            KeyType::Ed25519 => {
                let key = CoreJsonWebKey::new_okp(bytes("x")?, CoreJsonCurveType::Ed25519, None);
                (key, Jws::EdDsa)
            }
        };
        // `openidconnect` decodes a key only when it verifies a signature. An empty signature fails
        // right after the decoding.
        match key.verify_signature(&algorithm, b"", b"") {
            Err(SignatureVerificationError::CryptoError(_)) => Ok(Self::Core(key)),
            _ => Err(UnusableKey::InvalidNumber),
        }
    }
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
