//! One public key of a provider, decoded when its set is read.

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

use super::algorithm::{Algorithm, Family};

/// A key that can verify signatures.
pub(super) struct Key {
    pub(super) kid: Option<String>,
    family: Family,
    /// The only algorithm that the key is for, if it names one.
    algorithm: Option<Algorithm>,
    public: PublicKey,
}

enum PublicKey {
    Library(CoreJsonWebKey),
    /// The library has no P-521.
    P521(p521::ecdsa::VerifyingKey),
}

/// The reason why a published key verifies nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Unusable {
    #[error("its `use` or `key_ops` is not for signatures")]
    Purpose,
    #[error("its type or curve is not supported")]
    Type,
    #[error("its `alg` is not a supported signature algorithm")]
    Algorithm,
    #[error("its RSA modulus has fewer than {MIN_RSA_BITS} bits")]
    Weak,
    #[error("its RSA modulus has more than {MAX_RSA_BITS} bits")]
    Large,
    #[error("a number in it is absent, is not base64url or is not on its curve")]
    Numbers,
}

impl Unusable {
    /// Returns false for a key that is meant for something else, as many providers publish beside
    /// the right ones.
    pub(super) fn is_fault(self) -> bool {
        matches!(self, Self::Weak | Self::Large | Self::Numbers)
    }
}

impl Key {
    /// Reads one entry of a JWK set.
    ///
    /// # Errors
    ///
    /// The reason why the key cannot verify the signature of an ID token.
    pub(super) fn read(value: &Value) -> Result<Self, Unusable> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let operations = value.get("key_ops").and_then(Value::as_array);
        let is_for_signatures = text("use").is_none_or(|usage| usage == "sig")
            && operations.is_none_or(|operations| operations.iter().any(|one| one == "verify"));
        if !is_for_signatures {
            return Err(Unusable::Purpose);
        }
        let family = match (text("kty"), text("crv")) {
            (Some("RSA"), _) => Family::Rsa,
            (Some("EC"), Some("P-256")) => Family::P256,
            (Some("EC"), Some("P-384")) => Family::P384,
            (Some("EC"), Some("P-521")) => Family::P521,
            (Some("OKP"), Some("Ed25519")) => Family::Ed25519,
            _ => return Err(Unusable::Type),
        };
        let algorithm = match text("alg") {
            Some(name) => Some(Algorithm::named(name).ok_or(Unusable::Algorithm)?),
            None => None,
        };
        Ok(Self {
            kid: text("kid").map(str::to_owned),
            family,
            algorithm,
            public: PublicKey::read(value, family)?,
        })
    }

    /// Returns true if the key can verify signatures of `algorithm`.
    pub(super) fn fits(&self, algorithm: &Algorithm) -> bool {
        let is_allowed = |own: &Algorithm| own.is_same(algorithm);
        self.family == algorithm.family && self.algorithm.as_ref().is_none_or(is_allowed)
    }

    pub(super) fn verifies(&self, algorithm: &Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match &self.public {
            PublicKey::Library(key) => key
                .verify_signature(&algorithm.jws, message, signature)
                .is_ok(),
            PublicKey::P521(key) => p521::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

impl PublicKey {
    fn read(value: &Value, family: Family) -> Result<Self, Unusable> {
        use CoreJwsSigningAlgorithm as Jws;
        let bytes = |name: &str| decode(value.get(name)).ok_or(Unusable::Numbers);
        let number = |name: &str| bytes(name).map(without_leading_zeros);
        let coordinate = |name: &str, length| {
            let number = number(name)?;
            let missing = usize::checked_sub(length, number.len()).ok_or(Unusable::Numbers)?;
            Ok([vec![0; missing], number].concat())
        };
        let curve = |length, curve| {
            let (x, y) = (coordinate("x", length)?, coordinate("y", length)?);
            Ok(CoreJsonWebKey::new_ec(x, y, curve, None))
        };
        let (key, algorithm) = match family {
            Family::Rsa => {
                let (modulus, exponent) = (number("n")?, number("e")?);
                check_size(&modulus)?;
                let key = CoreJsonWebKey::new_rsa(modulus, exponent, None);
                (key, Jws::RsaSsaPkcs1V15Sha256)
            }
            Family::P256 => (curve(32, CoreJsonCurveType::P256)?, Jws::EcdsaP256Sha256),
            Family::P384 => (curve(48, CoreJsonCurveType::P384)?, Jws::EcdsaP384Sha384),
            Family::P521 => {
                let (x, y) = (coordinate("x", 66)?, coordinate("y", 66)?);
                let point = [vec![UNCOMPRESSED], x, y].concat();
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&point);
                return key.map(Self::P521).map_err(|_| Unusable::Numbers);
            }
            Family::Ed25519 => {
                let key = CoreJsonWebKey::new_okp(bytes("x")?, CoreJsonCurveType::Ed25519, None);
                (key, Jws::EdDsa)
            }
        };
        // The library decodes a key only when it verifies. An empty signature is refused right
        // after that.
        match key.verify_signature(&algorithm, b"", b"") {
            Err(SignatureVerificationError::CryptoError(_)) => Ok(Self::Library(key)),
            _ => Err(Unusable::Numbers),
        }
    }
}

/// First byte of an uncompressed point (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// Shorter RSA keys can be broken (RFC 7518, section 3.3).
const MIN_RSA_BITS: usize = 2048;

/// The largest that the `rsa` crate verifies with.
const MAX_RSA_BITS: usize = 4096;

fn check_size(modulus: &[u8]) -> Result<(), Unusable> {
    let first = modulus.first().ok_or(Unusable::Numbers)?;
    let bits = modulus.len() * 8 - first.leading_zeros() as usize;
    match bits {
        0..MIN_RSA_BITS => Err(Unusable::Weak),
        MIN_RSA_BITS..=MAX_RSA_BITS => Ok(()),
        _ => Err(Unusable::Large),
    }
}

/// Some encoders put a sign byte in front of a number, others leave leading zeros of a coordinate
/// out (RFC 7518, sections 6.2.1.2 and 6.3.1.1).
fn without_leading_zeros(bytes: Vec<u8>) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}

/// Decodes base64url. Padding, the standard alphabet and line breaks are accepted, though RFC
/// 7515, section 2, has none of them.
fn decode(value: Option<&Value>) -> Option<Vec<u8>> {
    let text: String = value?
        .as_str()?
        .chars()
        .filter(|letter| !letter.is_ascii_whitespace())
        .map(|letter| match letter {
            '+' => '-',
            '/' => '_',
            letter => letter,
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
