//! The ID token, signed right or wrong.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{
    faults::{Faults, Seal},
    keys::{self, base64},
};

/// What is signed with: a key generation and the client secret.
pub struct Signer<'a> {
    pub generation: usize,
    pub client_secret: &'a str,
}

impl Signer<'_> {
    /// `claims` as a JWT, with the faults of header, payload and signature.
    pub fn token(&self, faults: &Faults, claims: &Map<String, Value>) -> String {
        let alg = match faults.seal {
            Seal::HmacOfPem | Seal::HmacOfJwk => "HS256",
            _ => faults.alg,
        };
        let kid = match faults.seal {
            Seal::WeakKey => "weak".to_owned(),
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
        match faults.seal {
            Seal::Absent => message,
            seal => format!("{message}.{}", self.signature(faults.alg, seal, &message)),
        }
    }

    fn signature(&self, alg: &str, seal: Seal, message: &str) -> String {
        let bytes = message.as_bytes();
        let sign = |generation| keys::sign(alg, generation, self.client_secret, bytes);
        let right = || sign(self.generation);
        match seal {
            Seal::Intact => base64(&right()),
            Seal::Flipped => {
                let mut signature = right();
                signature[7] ^= 1;
                base64(&signature)
            }
            Seal::Empty | Seal::Absent => String::new(),
            Seal::Truncated => {
                let signature = right();
                base64(&signature[..signature.len() - 1])
            }
            Seal::Zero => base64(&vec![0; right().len()]),
            Seal::Der => base64(&der(&right())),
            Seal::Twin => base64(&twin(&right())),
            Seal::PaddedBase64 => URL_SAFE.encode(right()),
            Seal::StrayBits => stray_bits(base64(&right())),
            Seal::ForeignKey => base64(&sign(self.generation + 1)),
            Seal::WeakKey => base64(&keys::sign_weak(bytes)),
            Seal::HmacOfPem => {
                let pem = keys::public_pem(self.generation);
                base64(&keys::hs256(pem.as_bytes(), bytes))
            }
            Seal::HmacOfJwk => {
                let jwk = json!(keys::jwk("RS256", self.generation)).to_string();
                base64(&keys::hs256(jwk.as_bytes(), bytes))
            }
        }
    }
}

/// The left half of the access token's hash, by the hash function of `alg`.
pub fn at_hash(alg: &str, access_token: &str) -> String {
    let hash = match &alg[alg.len() - 3..] {
        "384" => Sha384::digest(access_token).to_vec(),
        // Ed25519 hashes with SHA-512.
        "512" | "DSA" | "519" => Sha512::digest(access_token).to_vec(),
        _ => Sha256::digest(access_token).to_vec(),
    };
    base64(&hash[..hash.len() / 2])
}

/// Text in the shape of an encrypted token: five parts.
pub fn five_parts() -> String {
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

/// n - s in place of s. Both verify: ECDSA itself has two signatures.
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

/// The last of the characters carries bits that no byte needs; sets the lowest of them.
fn stray_bits(mut text: String) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = text.pop().expect("a signature is not empty");
    let index = ALPHABET.find(last).expect("base64") | 1;
    text.push(ALPHABET.as_bytes()[index].into());
    text
}
