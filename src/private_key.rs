//! Private keys of the client, and the JWTs that they sign.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer;
use rustls::{
    SignatureScheme,
    crypto::ring::sign::{RsaSigningKey, any_eddsa_type},
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
    sign::SigningKey,
};
use serde_json::Value;

/// A private key from a PEM file. It does not implement `Debug`.
pub(crate) enum PrivateKey {
    Rsa(Arc<dyn SigningKey>),
    P256(p256::ecdsa::SigningKey),
    Ed25519(Arc<dyn SigningKey>),
}

/// A signature algorithm of client assertions (RFC 7518, section 3.1; RFC 8037, section 3.1; RFC
/// 9864, section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyAlgorithm {
    Rs256,
    Ps256,
    Es256,
    EdDsa,
    /// The newer name of [`EdDsa`](Self::EdDsa) with an Ed25519 key.
    Ed25519,
}

/// The reason why a file has no usable private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// The file has no PEM section with a private key.
    NotFound,
    /// The file has only a public key or a certificate.
    Public,
    /// The file has several private keys.
    Several,
    /// The private key is encrypted with a password.
    Encrypted,
    /// The private key is in OpenSSH format.
    OpenSsh,
    /// The PEM section is damaged, for example because it was written on one line.
    Damaged,
    /// The key is damaged, or its type, size or curve is not supported.
    Unsupported,
}

/// The key could not sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SigningError;

impl PrivateKey {
    /// Reads the private key of a PEM file: PKCS#8 (RFC 5958), SEC1 (RFC 5915) or PKCS#1 (RFC
    /// 8017).
    ///
    /// RSA keys with 2048 to 4096 bits, P-256 keys and Ed25519 keys are supported.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if there is no supported key.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, KeyError> {
        check_sections(pem)?;
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::Damaged)?;
        let key = match &der {
            PrivateKeyDer::Pkcs1(_) => rsa(&der),
            PrivateKeyDer::Sec1(sec1) => p256::SecretKey::from_sec1_der(sec1.secret_sec1_der())
                .ok()
                .map(p256),
            PrivateKeyDer::Pkcs8(pkcs8) => rsa(&der)
                .or_else(|| p256_from_pkcs8(pkcs8))
                .or_else(|| ed25519(pkcs8)),
            _ => None,
        };
        key.ok_or(KeyError::Unsupported)
    }

    /// Returns the algorithms of this key. The first is the default.
    pub(crate) fn algorithms(&self) -> &'static [KeyAlgorithm] {
        match self {
            Self::Rsa(_) => &[KeyAlgorithm::Rs256, KeyAlgorithm::Ps256],
            Self::P256(_) => &[KeyAlgorithm::Es256],
            Self::Ed25519(_) => &[KeyAlgorithm::EdDsa, KeyAlgorithm::Ed25519],
        }
    }

    /// Returns the type of this key, with an indefinite article.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "an RSA key",
            Self::P256(_) => "a P-256 key",
            Self::Ed25519(_) => "an Ed25519 key",
        }
    }

    /// Returns true if the DER-encoded `certificate` belongs to this key. A certificate contains
    /// the public key in the same encoding (RFC 5280, section 4.1.2.7).
    pub(crate) fn has_certificate(&self, certificate: &[u8]) -> bool {
        let public_key = match self {
            Self::Rsa(key) | Self::Ed25519(key) => key.public_key().map(|key| key.to_vec()),
            Self::P256(key) => {
                use p256::pkcs8::EncodePublicKey;
                let der = key.verifying_key().to_public_key_der();
                der.ok().map(|der| der.as_bytes().to_vec())
            }
        };
        public_key.is_some_and(|public_key| {
            let mut windows = certificate.windows(public_key.len());
            windows.any(|window| window == public_key)
        })
    }

    /// Signs a JWT with `header` and `claims` (RFC 7515, section 3.1). `header` must contain the
    /// `alg` of `algorithm`.
    ///
    /// # Errors
    ///
    /// [`SigningError`] if this key does not support the algorithm, or no randomness is available.
    pub(crate) fn sign_jwt(
        &self,
        algorithm: KeyAlgorithm,
        header: &Value,
        claims: &Value,
    ) -> Result<String, SigningError> {
        let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = self.sign(algorithm, message.as_bytes())?;
        Ok(format!(
            "{message}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(signature)
        ))
    }

    fn sign(&self, algorithm: KeyAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let with_ring = |key: &Arc<dyn SigningKey>, scheme| {
            let signer = key.choose_scheme(&[scheme]).ok_or(SigningError)?;
            signer.sign(message).map_err(|_| SigningError)
        };
        match (self, algorithm) {
            (Self::Rsa(key), KeyAlgorithm::Rs256) => {
                with_ring(key, SignatureScheme::RSA_PKCS1_SHA256)
            }
            (Self::Rsa(key), KeyAlgorithm::Ps256) => {
                with_ring(key, SignatureScheme::RSA_PSS_SHA256)
            }
            (Self::P256(key), KeyAlgorithm::Es256) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                Ok(signature.to_bytes().to_vec())
            }
            (Self::Ed25519(key), KeyAlgorithm::EdDsa | KeyAlgorithm::Ed25519) => {
                with_ring(key, SignatureScheme::ED25519)
            }
            _ => Err(SigningError),
        }
    }
}

impl KeyAlgorithm {
    pub(crate) const ALL: [Self; 5] = [
        Self::Rs256,
        Self::Ps256,
        Self::Es256,
        Self::EdDsa,
        Self::Ed25519,
    ];

    /// Returns the value of `alg`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }
}

/// Checks by the section names of a PEM file that it has one private key, and that the key is not
/// encrypted (RFC 7468, section 2).
fn check_sections(pem: &str) -> Result<(), KeyError> {
    let sections = pem.split("-----BEGIN ").skip(1);
    let names = sections.filter_map(|section| Some(section.split_once("-----")?.0));
    let (private, others): (Vec<&str>, Vec<&str>) =
        names.partition(|name| name.ends_with("PRIVATE KEY"));
    match private[..] {
        [] if others.is_empty() => Err(KeyError::NotFound),
        [] => Err(KeyError::Public),
        [_, _, ..] => Err(KeyError::Several),
        ["ENCRYPTED PRIVATE KEY"] => Err(KeyError::Encrypted),
        ["OPENSSH PRIVATE KEY"] => Err(KeyError::OpenSsh),
        // In OpenSSL's earlier format, a section with the same name has encrypted content (RFC
        // 1421, section 4.6.1.1).
        [_] if pem.contains("Proc-Type: 4,ENCRYPTED") => Err(KeyError::Encrypted),
        [_] => Ok(()),
    }
}

fn rsa(der: &PrivateKeyDer<'_>) -> Option<PrivateKey> {
    let key = RsaSigningKey::new(der).ok()?;
    Some(PrivateKey::Rsa(Arc::new(key)))
}

/// Unlike ring, `p256` accepts a private key without its public key. Java writes such keys.
fn p256_from_pkcs8(der: &PrivatePkcs8KeyDer<'_>) -> Option<PrivateKey> {
    use p256::pkcs8::DecodePrivateKey;
    let key = p256::SecretKey::from_pkcs8_der(der.secret_pkcs8_der());
    key.ok().map(p256)
}

fn p256(key: p256::SecretKey) -> PrivateKey {
    PrivateKey::P256(key.into())
}

fn ed25519(der: &PrivatePkcs8KeyDer<'_>) -> Option<PrivateKey> {
    any_eddsa_type(der).ok().map(PrivateKey::Ed25519)
}
