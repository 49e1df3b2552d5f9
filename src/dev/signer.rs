//! The key that signs ID tokens, made at start.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use super::seal::random;

/// What stands before the 32-byte seed of an Ed25519 key in PKCS#8.
///
/// Source: RFC 8410, section 7.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

pub(super) struct Signer {
    key: CoreEdDsaPrivateSigningKey,
    key_id: String,
}

impl Signer {
    pub(super) fn new() -> Self {
        let seed = Sha256::digest(random(32));
        let der = STANDARD.encode([&PKCS8_PREFIX[..], &seed].concat());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
        // Differs from start to start, so that nobody takes an old key for the new one.
        let key_id = format!("dev-{}", random(8));
        let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(
            &pem,
            Some(JsonWebKeyId::new(key_id.clone())),
        )
        .expect("any 32 bytes are an Ed25519 seed");
        Self { key, key_id }
    }

    /// The public key, as the document that `jwks_uri` leads to.
    pub(super) fn jwks(&self) -> Value {
        let mut key = json!(self.key.as_verification_key());
        key["alg"] = json!("EdDSA");
        json!({ "keys": [key] })
    }

    /// `claims` as a JSON Web Token.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "kid": self.key_id, "typ": "JWT" });
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature = self
            .key
            .sign(&CoreJwsSigningAlgorithm::EdDsa, message.as_bytes())
            .expect("an Ed25519 key signs with EdDSA");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The left half of the token's hash; Ed25519 goes with SHA-512.
///
/// Source: OpenID Connect Core 1.0, section 3.1.3.6.
pub(super) fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha512::digest(access_token)[..32])
}
