//! The key that signs ID tokens. It is generated at startup.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use super::sealed_token::random;

pub(super) struct Signer {
    key: CoreEdDsaPrivateSigningKey,
    key_id: String,
}

impl Signer {
    pub(super) fn new() -> Self {
        let seed = Sha256::digest(random(32));
        let der = BASE64_STANDARD.encode([&PKCS8_PREFIX[..], &seed].concat());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
        // Differs at each startup, so that a cached key is not mistaken for the new one.
        let key_id = format!("dev-{}", random(8));
        let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(
            &pem,
            Some(JsonWebKeyId::new(key_id.clone())),
        )
        .expect("any 32 bytes are an Ed25519 seed");
        Self { key, key_id }
    }

    /// Returns the document at `jwks_uri`, with the public key.
    pub(super) fn jwks(&self) -> Value {
        let mut key = json!(self.key.as_verification_key());
        key["alg"] = json!("EdDSA");
        json!({ "keys": [key] })
    }

    /// Returns `claims` as a signed JSON Web Token.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "kid": self.key_id, "typ": "JWT" });
        let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature = self
            .key
            .sign(&CoreJwsSigningAlgorithm::EdDsa, message.as_bytes())
            .expect("an Ed25519 key signs with EdDSA");
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The DER encoding that precedes the 32-byte seed of an Ed25519 key in PKCS#8.
///
/// Source: RFC 8410, section 7.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Returns the left half of the access token's hash. The hash function of Ed25519 is SHA-512.
///
/// Source: OpenID Connect Core 1.0, section 3.1.3.6.
pub(super) fn at_hash(access_token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha512::digest(access_token)[..32])
}
