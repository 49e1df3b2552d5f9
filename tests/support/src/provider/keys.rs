//! The signing keys of the provider, and keys that a relying party must not use.
//!
//! The keys in `keys/` are public: do not use them anywhere else.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, Mac};
use rand::RngCore;
use rsa::{
    RsaPrivateKey, pkcs1v15,
    pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding},
    signature::{SignatureEncoding, Signer},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::private_key::{PrivateKey, family};

/// Signs `message` with the key of this generation, or with the client secret for HS256.
pub fn sign(alg: &str, generation: usize, client_secret: &str, message: &[u8]) -> Vec<u8> {
    match alg {
        "HS256" => hs256(client_secret.as_bytes(), message),
        "none" => Vec::new(),
        _ => PrivateKey::of(alg, generation).sign(alg, message),
    }
}

/// Verifies a signature by the key of this generation.
pub fn verify(alg: &str, generation: usize, message: &[u8], signature: &[u8]) -> bool {
    PrivateKey::of(alg, generation).verifies(alg, message, signature)
}

/// The private key of this generation as PEM (PKCS#8).
pub fn private_pem(alg: &str, generation: usize) -> String {
    // RFC 8410, section 7, and RFC 5915 without the public key, as Java writes it.
    let (start, key): (&[u8], Vec<u8>) = match alg {
        "ES256" => {
            const START: &[u8] = b"\x30\x41\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x04\x27\x30\x25\x02\x01\x01\x04\x20";
            (START, seed(generation).to_vec())
        }
        "EdDSA" | "Ed25519" => {
            const START: &[u8] =
                b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
            (START, seed(generation).to_vec())
        }
        _ => return rsa_pem(generation).to_owned(),
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
    pkcs1v15::SigningKey::<Sha256>::new(rsa_key(WEAK_PEM))
        .sign(message)
        .to_vec()
}

pub fn kid(alg: &str, generation: usize) -> String {
    format!("{}-{generation}", family(alg))
}

/// The public key for `alg`. `None` for HS256 and `none`.
pub fn jwk(alg: &str, generation: usize) -> Option<Value> {
    if matches!(alg, "HS256" | "none") {
        return None;
    }
    let mut jwk = PrivateKey::of(alg, generation).jwk();
    jwk["use"] = json!("sig");
    jwk["alg"] = json!(alg);
    jwk["kid"] = json!(kid(alg, generation));
    Some(jwk)
}

/// The public RSA key as PEM, which an algorithm confusion attack uses as the HMAC key.
pub fn public_pem(generation: usize) -> String {
    let key = rsa_key(rsa_pem(generation)).to_public_key();
    key.to_public_key_pem(LineEnding::LF)
        .expect("a valid key can be written")
}

/// Entries that must be skipped without a panic, and that must not verify a signature.
///
/// `weak` is an RSA-1024 key. `rsa-1` is an EC key with the `kid` of the first RSA key of the
/// provider.
pub fn hostile_keys() -> Vec<Value> {
    let random = |length| base64(&random_bytes(length));
    let key = rsa_key(WEAK_PEM);
    let (n, e) = (key.n().to_bytes_be(), key.e().to_bytes_be());
    let weak = json!({"kty": "RSA", "kid": "weak", "n": base64(&n), "e": base64(&e)});
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

/// `count` different keys without `kid`. 10,000 keys for `EdDSA` stay below 1 MiB, and 3,000 for
/// `RS256` take 1.1 MiB.
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

/// An RSA-1024 key. `ring` refuses it.
pub const WEAK_PEM: &str = include_str!("keys/rsa_weak.pem");

/// One of two RSA keys, alternating.
pub(super) fn rsa_pem(generation: usize) -> &'static str {
    match generation % 2 {
        0 => include_str!("keys/rsa_2.pem"),
        _ => include_str!("keys/rsa_1.pem"),
    }
}

fn rsa_key(pem: &str) -> RsaPrivateKey {
    RsaPrivateKey::from_pkcs8_pem(pem).expect("the test key is valid")
}

pub(super) fn seed(generation: usize) -> [u8; 32] {
    Sha256::digest(format!("test key {generation}")).into()
}
