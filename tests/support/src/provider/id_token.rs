//! Signs ID tokens.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{
    faults::{Faults, TokenSignature},
    keys::{self, base64},
};

/// The signing keys: a key generation and the client secret.
pub struct Signer<'a> {
    pub generation: usize,
    pub client_secret: &'a str,
}

impl Signer<'_> {
    /// A JWT of `claims`, with the faults of header, payload and signature.
    pub fn token(&self, faults: &Faults, claims: &Map<String, Value>) -> String {
        let alg = match faults.signature {
            TokenSignature::HmacOfPem | TokenSignature::HmacOfJwk => "HS256",
            _ => faults.alg,
        };
        let kid = match faults.signature {
            TokenSignature::WeakKey => "weak".to_owned(),
            _ => keys::kid(faults.alg, self.generation),
        };
        let mut header = Map::new();
        header.insert("alg".to_owned(), json!(alg));
        header.insert("typ".to_owned(), json!("JWT"));
        header.insert("kid".to_owned(), json!(kid));
        faults.header.on_json(&mut header);

        let mut payload = json!(claims).to_string();
        if let Some(change) = faults.payload {
            payload = change(payload);
        }
        let header = base64(json!(header).to_string().as_bytes());
        let message = format!("{header}.{}", base64(payload.as_bytes()));
        match faults.signature {
            TokenSignature::Absent => message,
            signature => format!(
                "{message}.{}",
                self.encode_signature(faults.alg, signature, &message)
            ),
        }
    }

    fn encode_signature(&self, alg: &str, signature: TokenSignature, message: &str) -> String {
        let message = message.as_bytes();
        let sign = |generation| keys::sign(alg, generation, self.client_secret, message);
        let right = || sign(self.generation);
        match signature {
            TokenSignature::Intact => base64(&right()),
            TokenSignature::Flipped => {
                let mut bytes = right();
                bytes[7] ^= 1;
                base64(&bytes)
            }
            TokenSignature::Empty | TokenSignature::Absent => String::new(),
            TokenSignature::Truncated => {
                let signature = right();
                base64(&signature[..signature.len() - 1])
            }
            TokenSignature::Zero => base64(&vec![0; right().len()]),
            TokenSignature::Der => base64(&der(&right())),
            TokenSignature::Twin => base64(&twin(&right())),
            TokenSignature::PaddedBase64 => URL_SAFE.encode(right()),
            TokenSignature::StrayBits => stray_bits(base64(&right())),
            TokenSignature::ForeignKey => base64(&sign(self.generation + 1)),
            TokenSignature::WeakKey => base64(&keys::sign_weak(message)),
            TokenSignature::HmacOfPem => {
                let pem = keys::public_pem(self.generation);
                base64(&keys::hs256(pem.as_bytes(), message))
            }
            TokenSignature::HmacOfJwk => {
                let jwk = json!(keys::jwk(alg, self.generation)).to_string();
                base64(&keys::hs256(jwk.as_bytes(), message))
            }
        }
    }
}

/// The left half of the access token's hash, computed with the hash function of `alg`.
pub fn at_hash(alg: &str, access_token: &str) -> String {
    let hash = match &alg[alg.len() - 3..] {
        "384" => Sha384::digest(access_token).to_vec(),
        // Ed25519 hashes with SHA-512.
        "512" | "DSA" | "519" => Sha512::digest(access_token).to_vec(),
        _ => Sha256::digest(access_token).to_vec(),
    };
    base64(&hash[..hash.len() / 2])
}

/// A token in the format of JWE: five parts.
pub fn encrypted_token() -> String {
    let header = base64(br#"{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT"}"#);
    format!("{header}.{0}.{0}.{0}.{0}", base64(&[7; 32]))
}

/// `SEQUENCE { INTEGER r, INTEGER s }`, each below 128 bytes.
fn der(raw: &[u8]) -> Vec<u8> {
    let (r, s) = raw.split_at(raw.len() / 2);
    let body = [integer(r), integer(s)].concat();
    [&[0x30, body.len() as u8], &body[..]].concat()
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|&byte| byte != 0).unwrap_or(0);
    let sign: &[u8] = if bytes[start] & 0x80 == 0 { &[] } else { &[0] };
    let value = [sign, &bytes[start..]].concat();
    [&[2, value.len() as u8], &value[..]].concat()
}

/// Replaces s with n - s, which is also a valid ECDSA signature.
fn twin(raw: &[u8]) -> Vec<u8> {
    const P256: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    const P384: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
    let order = if raw.len() == 64 { P256 } else { P384 };
    let (r, s) = raw.split_at(raw.len() / 2);
    let mut borrow = 0;
    let mut difference = vec![0; s.len()];
    for at in (0..s.len()).rev() {
        let digit = i16::from_str_radix(&order[2 * at..2 * at + 2], 16).expect("hexadecimal");
        let value = digit - i16::from(s[at]) - borrow;
        borrow = i16::from(value < 0);
        difference[at] = (value & 0xff) as u8;
    }
    [r, &difference].concat()
}

/// Sets the lowest unused bit of the last character.
fn stray_bits(mut text: String) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = text.pop().expect("a signature is not empty");
    let index = ALPHABET.find(last).expect("base64") | 1;
    text.push(ALPHABET.as_bytes()[index].into());
    text
}
