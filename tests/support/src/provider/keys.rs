//! The signing keys of the provider, and keys that a relying party must not use.
//!
//! The keys in `keys/` are public: do not use them anywhere else.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, Mac};
use p256::ecdsa::signature::Signer as _;
use rand::RngCore;
use rsa::{
    RsaPrivateKey, RsaPublicKey, pkcs1v15,
    pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding},
    pss,
    signature::{RandomizedSigner, SignatureEncoding, Signer, Verifier},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Signs `message` with the key of this generation, or with the client secret for HS256.
pub fn sign(alg: &str, generation: usize, client_secret: &str, message: &[u8]) -> Vec<u8> {
    let rsa = || rsa_key(generation);
    let rng = &mut rand::thread_rng();
    match alg {
        "RS256" => pkcs1v15::SigningKey::<Sha256>::new(rsa())
            .sign(message)
            .to_vec(),
        "RS384" => pkcs1v15::SigningKey::<Sha384>::new(rsa())
            .sign(message)
            .to_vec(),
        "RS512" => pkcs1v15::SigningKey::<Sha512>::new(rsa())
            .sign(message)
            .to_vec(),
        "PS256" => pss::SigningKey::<Sha256>::new(rsa())
            .sign_with_rng(rng, message)
            .to_vec(),
        "PS384" => pss::SigningKey::<Sha384>::new(rsa())
            .sign_with_rng(rng, message)
            .to_vec(),
        "PS512" => pss::SigningKey::<Sha512>::new(rsa())
            .sign_with_rng(rng, message)
            .to_vec(),
        "ES256" => {
            let signature: p256::ecdsa::Signature = p256_key(generation).sign(message);
            signature.to_bytes().to_vec()
        }
        "ES384" => {
            let signature: p384::ecdsa::Signature = p384_key(generation).sign(message);
            signature.to_bytes().to_vec()
        }
        "ES512" => {
            let signature: p521::ecdsa::Signature = p521_key(generation).sign(message);
            signature.to_bytes().to_vec()
        }
        "EdDSA" | "Ed25519" => {
            let key = ed25519_dalek::SigningKey::from_bytes(&seed(generation));
            ed25519_dalek::Signer::sign(&key, message)
                .to_bytes()
                .to_vec()
        }
        "HS256" => hs256(client_secret.as_bytes(), message),
        "none" => Vec::new(),
        other => panic!("the test provider cannot sign {other}"),
    }
}

/// Verifies a signature by the key of this generation.
pub fn verify(alg: &str, generation: usize, message: &[u8], signature: &[u8]) -> bool {
    let rsa = || rsa_key(generation).to_public_key();
    match alg {
        "RS256" => pkcs1v15::Signature::try_from(signature).is_ok_and(|signature| {
            let key = pkcs1v15::VerifyingKey::<Sha256>::new(rsa());
            key.verify(message, &signature).is_ok()
        }),
        "PS256" => pss::Signature::try_from(signature).is_ok_and(|signature| {
            let key = pss::VerifyingKey::<Sha256>::new(rsa());
            key.verify(message, &signature).is_ok()
        }),
        "ES256" => p256::ecdsa::Signature::from_slice(signature).is_ok_and(|signature| {
            let key = p256_key(generation);
            let verifier = key.verifying_key();
            p256::ecdsa::signature::Verifier::verify(verifier, message, &signature).is_ok()
        }),
        "EdDSA" | "Ed25519" => {
            ed25519_dalek::Signature::from_slice(signature).is_ok_and(|signature| {
                let key = ed25519_dalek::SigningKey::from_bytes(&seed(generation));
                key.verify(message, &signature).is_ok()
            })
        }
        other => panic!("the test provider cannot verify {other}"),
    }
}

/// The private key of this generation as PEM (PKCS#8).
pub fn private_pem(alg: &str, generation: usize) -> String {
    // RFC 8410, section 7, and RFC 5915 without the public key, as Java writes it.
    let (start, key): (&[u8], Vec<u8>) = match alg {
        "ES256" => {
            const START: &[u8] = b"\x30\x41\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x04\x27\x30\x25\x02\x01\x01\x04\x20";
            (START, p256_key(generation).to_bytes().to_vec())
        }
        "EdDSA" | "Ed25519" => {
            const START: &[u8] =
                b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
            (START, seed(generation).to_vec())
        }
        _ => return RSA_PEM[generation % 2].to_owned(),
    };
    let der = STANDARD.encode([start, &key].concat());
    let lines = der
        .as_bytes()
        .chunks(64)
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)));
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----\n",
        lines.collect::<String>()
    )
}

/// The self-signed certificate for the first generation of [`private_pem`].
pub fn certificate(alg: &str) -> &'static str {
    match alg {
        "ES256" => include_str!("certificates/ES256.pem"),
        "EdDSA" => include_str!("certificates/EdDSA.pem"),
        _ => include_str!("certificates/RS256.pem"),
    }
}

pub fn hs256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// Signs with the RSA-1024 key that [`hostile_keys`] lists as `weak`.
pub fn sign_weak(message: &[u8]) -> Vec<u8> {
    pkcs1v15::SigningKey::<Sha256>::new(weak_key())
        .sign(message)
        .to_vec()
}

pub fn kid(alg: &str, generation: usize) -> String {
    let family = match alg {
        "ES256" => "p256",
        "ES384" => "p384",
        "ES512" => "p521",
        "EdDSA" | "Ed25519" => "ed25519",
        _ => "rsa",
    };
    format!("{family}-{generation}")
}

/// The public key for `alg`. `None` for HS256 and `none`.
pub fn jwk(alg: &str, generation: usize) -> Option<Value> {
    let mut jwk = match alg {
        "HS256" | "none" => return None,
        "ES256" => {
            let point = p256_key(generation).verifying_key().to_sec1_point(false);
            let (x, y) = point.as_bytes()[1..].split_at(32);
            json!({"kty": "EC", "crv": "P-256", "x": base64(x), "y": base64(y)})
        }
        "ES384" => {
            let point = p384_key(generation).verifying_key().to_sec1_point(false);
            let (x, y) = point.as_bytes()[1..].split_at(48);
            json!({"kty": "EC", "crv": "P-384", "x": base64(x), "y": base64(y)})
        }
        "ES512" => {
            let point = p521_key(generation).verifying_key().to_sec1_point(false);
            let (x, y) = point.as_bytes()[1..].split_at(66);
            json!({"kty": "EC", "crv": "P-521", "x": base64(x), "y": base64(y)})
        }
        "EdDSA" | "Ed25519" => {
            let key = ed25519_dalek::SigningKey::from_bytes(&seed(generation)).verifying_key();
            json!({"kty": "OKP", "crv": "Ed25519", "x": base64(key.as_bytes())})
        }
        _ => rsa_jwk(&rsa_key(generation).to_public_key()),
    };
    jwk["use"] = json!("sig");
    jwk["alg"] = json!(alg);
    jwk["kid"] = json!(kid(alg, generation));
    Some(jwk)
}

/// The public RSA key as PEM, which an algorithm confusion attack uses as the HMAC key.
pub fn public_pem(generation: usize) -> String {
    let key = rsa_key(generation).to_public_key();
    key.to_public_key_pem(LineEnding::LF)
        .expect("a valid key can be written")
}

/// Entries that must be skipped without a panic, and that must not verify a signature.
///
/// `weak` is an RSA-1024 key. `rsa-1` is an EC key with the `kid` of the first RSA key of the
/// provider.
pub fn hostile_keys() -> Vec<Value> {
    let random = |length| base64(&random_bytes(length));
    let mut weak = rsa_jwk(&weak_key().to_public_key());
    weak["kid"] = json!("weak");
    let mut twice = jwk("ES256", 7).expect("ES256 has a public key");
    twice["kid"] = json!("rsa-1");
    vec![
        json!({"kty": "PQC-9000", "kid": "unknown-kty", "pub": "AAAA"}),
        json!({"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "enc", "n": random(256), "e": "AQAB"}),
        json!({"kty": "oct", "kid": "oct", "k": random(32)}),
        weak,
        json!({"kty": "RSA", "kid": "huge", "use": "sig", "n": random(2048), "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "even-exponent", "n": random(256), "e": "Ag"}),
        json!({"kty": "RSA", "kid": "exponent-1", "n": random(256), "e": "AQ"}),
        json!({"kty": "RSA", "kid": "empty", "n": "", "e": ""}),
        json!({"kty": "RSA", "kid": "half", "n": random(256)}),
        twice,
        json!({"kty": "EC", "crv": "P-256", "kid": "off-curve", "x": random(32), "y": random(32)}),
        json!({"kty": "EC", "crv": "P-256", "kid": "short", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "secp256k1", "kid": "koblitz", "x": random(32), "y": random(32)}),
        json!({"kty": "OKP", "crv": "X25519", "kid": "agreement", "x": random(32)}),
        json!({"kty": "RSA", "kid": "not-base64", "n": "!!!", "e": "=="}),
        json!({"kty": "RSA", "kid": 5, "n": random(256), "e": "AQAB"}),
        json!({"kty": null}),
        json!({}),
        json!("a string"),
        Value::Null,
    ]
}

/// `count` different keys without `kid`. 10,000 keys for `EdDSA` stay below 1 MiB, and 10,000 for
/// `RS256` take 3.7 MB.
pub fn many_keys(alg: &str, count: usize) -> Vec<Value> {
    let one = |_| match alg {
        "EdDSA" => {
            json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "x": base64(&random_bytes(32))})
        }
        _ => json!({"kty": "RSA", "use": "sig", "n": base64(&random_bytes(256)), "e": "AQAB"}),
    };
    (0..count).map(one).collect()
}

pub fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Random bytes with the highest and the lowest bit set, as in an RSA modulus.
fn random_bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rand::thread_rng().fill_bytes(&mut bytes);
    bytes[0] |= 0x80;
    bytes[length - 1] |= 1;
    bytes
}

/// One of two RSA keys, alternating.
fn rsa_key(generation: usize) -> RsaPrivateKey {
    RsaPrivateKey::from_pkcs8_pem(RSA_PEM[generation % 2]).expect("the test key is valid")
}

const RSA_PEM: [&str; 2] = [
    include_str!("keys/rsa_2.pem"),
    include_str!("keys/rsa_1.pem"),
];

/// An RSA-1024 key.
pub const WEAK_PEM: &str = include_str!("keys/rsa_weak.pem");

fn weak_key() -> RsaPrivateKey {
    RsaPrivateKey::from_pkcs8_pem(WEAK_PEM).expect("the test key is valid")
}

fn rsa_jwk(key: &RsaPublicKey) -> Value {
    json!({"kty": "RSA", "n": base64(&key.n().to_bytes_be()), "e": base64(&key.e().to_bytes_be())})
}

fn p256_key(generation: usize) -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&seed(generation)).expect("below the order of the curve")
}

fn p384_key(generation: usize) -> p384::ecdsa::SigningKey {
    let scalar = [&[1; 16], &seed(generation)[..]].concat();
    p384::ecdsa::SigningKey::from_slice(&scalar).expect("below the order of the curve")
}

fn p521_key(generation: usize) -> p521::ecdsa::SigningKey {
    let scalar = [&[0; 34], &seed(generation)[..]].concat();
    p521::ecdsa::SigningKey::from_slice(&scalar).expect("below the order of the curve")
}

fn seed(generation: usize) -> [u8; 32] {
    Sha256::digest(format!("test key {generation}")).into()
}
