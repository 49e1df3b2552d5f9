//! The private keys of the provider.
//!
//! `ring` signs with them, because the crates in Rust are many times slower without optimization.
//! P-521 is an exception: `ring` does not support it.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use p521::ecdsa::signature::Signer;
use ring::{
    rand::SystemRandom,
    signature::{
        self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
        RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
    },
};
use serde_json::{Value, json};

use super::keys::{base64, rsa_pem, seed};

pub(super) enum PrivateKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    P521(p521::ecdsa::SigningKey),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// Returns the key of this generation for `alg`. Each key is prepared once.
    pub(super) fn of(alg: &str, generation: usize) -> Arc<Self> {
        type Prepared = Mutex<HashMap<(&'static str, usize), Arc<PrivateKey>>>;
        static PREPARED: LazyLock<Prepared> = LazyLock::new(Prepared::default);
        let family = family(alg);
        let mut prepared = PREPARED.lock().unwrap();
        let key = prepared.entry((family, generation));
        Arc::clone(key.or_insert_with(|| Arc::new(Self::new(family, generation))))
    }

    fn new(family: &str, generation: usize) -> Self {
        let random = SystemRandom::new();
        match family {
            "p256" => {
                let key = p256::ecdsa::SigningKey::from_slice(&seed(generation))
                    .expect("below the order of the curve");
                let public = key.verifying_key().to_sec1_point(false);
                let key = EcdsaKeyPair::from_private_key_and_public_key(
                    &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
                    &key.to_bytes(),
                    public.as_bytes(),
                    &random,
                );
                Self::P256(key.expect("both keys belong together"))
            }
            "p384" => {
                let scalar = [&[1; 16], &seed(generation)[..]].concat();
                let key = p384::ecdsa::SigningKey::from_slice(&scalar)
                    .expect("below the order of the curve");
                let public = key.verifying_key().to_sec1_point(false);
                let key = EcdsaKeyPair::from_private_key_and_public_key(
                    &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
                    &scalar,
                    public.as_bytes(),
                    &random,
                );
                Self::P384(key.expect("both keys belong together"))
            }
            "p521" => {
                let scalar = [&[0; 34], &seed(generation)[..]].concat();
                let key = p521::ecdsa::SigningKey::from_slice(&scalar);
                Self::P521(key.expect("below the order of the curve"))
            }
            "ed25519" => {
                let key = Ed25519KeyPair::from_seed_unchecked(&seed(generation));
                Self::Ed25519(key.expect("a seed has 32 bytes"))
            }
            _ => {
                let pem: String = rsa_pem(generation)
                    .lines()
                    .filter(|line| !line.starts_with('-'))
                    .collect();
                let der = BASE64_STANDARD.decode(pem).expect("the test key is PEM");
                Self::Rsa(RsaKeyPair::from_pkcs8(&der).expect("the test key is valid"))
            }
        }
    }

    pub(super) fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(rsa_encoding(alg), &random, message, &mut signature)
                    .expect("the signature is as long as the modulus");
                signature
            }
            Self::P256(key) | Self::P384(key) => {
                let signature = key.sign(&random, message);
                signature.expect("random numbers").as_ref().to_vec()
            }
            Self::P521(key) => {
                let signature: p521::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    pub(super) fn verifies(&self, alg: &str, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &dyn VerificationAlgorithm = match alg {
            "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
            "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
            "ES256" => &signature::ECDSA_P256_SHA256_FIXED,
            "EdDSA" | "Ed25519" => &signature::ED25519,
            other => panic!("the test provider cannot verify {other}"),
        };
        UnparsedPublicKey::new(algorithm, self.public())
            .verify(message, signature)
            .is_ok()
    }

    /// The parameters of the public key (RFC 7518, section 6).
    pub(super) fn jwk(&self) -> Value {
        let point = |curve| {
            let public = self.public();
            let (x, y) = public[1..].split_at(public.len() / 2);
            json!({"kty": "EC", "crv": curve, "x": base64(x), "y": base64(y)})
        };
        match self {
            Self::Rsa(key) => {
                let key: RsaPublicKeyComponents<Vec<u8>> = key.public().into();
                json!({"kty": "RSA", "n": base64(&key.n), "e": base64(&key.e)})
            }
            Self::P256(_) => point("P-256"),
            Self::P384(_) => point("P-384"),
            Self::P521(_) => point("P-521"),
            Self::Ed25519(_) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64(&self.public())})
            }
        }
    }

    /// RSA: `RSAPublicKey` (RFC 8017, appendix A.1.1). EC: the point, not compressed.
    fn public(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key) => key.public().as_ref().to_vec(),
            Self::P256(key) | Self::P384(key) => key.public_key().as_ref().to_vec(),
            Self::P521(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::Ed25519(key) => key.public_key().as_ref().to_vec(),
        }
    }
}

/// The keys for `alg`, as part of a `kid`.
pub(super) fn family(alg: &str) -> &'static str {
    match alg {
        "ES256" => "p256",
        "ES384" => "p384",
        "ES512" => "p521",
        "EdDSA" | "Ed25519" => "ed25519",
        _ => "rsa",
    }
}

fn rsa_encoding(alg: &str) -> &'static dyn RsaEncoding {
    match alg {
        "RS256" => &signature::RSA_PKCS1_SHA256,
        "RS384" => &signature::RSA_PKCS1_SHA384,
        "RS512" => &signature::RSA_PKCS1_SHA512,
        "PS256" => &signature::RSA_PSS_SHA256,
        "PS384" => &signature::RSA_PSS_SHA384,
        "PS512" => &signature::RSA_PSS_SHA512,
        other => panic!("the test provider cannot sign {other}"),
    }
}
