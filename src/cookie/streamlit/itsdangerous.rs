//! Streamlit 1.57 and later: itsdangerous' `URLSafeTimedSerializer`, salted with the cookie's name.
//!
//! `[.]<base64 of the text as a JSON string>.<base64 of the time>.<base64 of HMAC-SHA1>`
//!
//! A leading dot means that the body is compressed. SHA-1 is Streamlit's choice. No attack on
//! HMAC-SHA1 is known, and no format of this crate uses it.
//!
//! Source: Streamlit 1.67, `starlette_app_utils.create_signed_value`; itsdangerous 2.2,
//! `url_safe.py`, `timed.py`, `signer.py`.

use std::io::{Read, Write};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use hmac::{Hmac, Mac};
use sha1::{Digest, Sha1};

use super::MAX_TEXT_LEN;
use crate::{
    config::CookieFormat,
    cookie::{SigningKey, Verified, VerifyError, age::check_age},
};

/// Signs `text` under `name` at `time`, in seconds since the Unix epoch.
pub(super) fn sign(key: &SigningKey, name: &str, text: &str, time: u64) -> String {
    let json = serde_json::to_string(text).expect("every string is valid JSON");
    let deflated = deflate(json.as_bytes());
    let body = if deflated.len() < json.len() - 1 {
        format!(".{}", BASE64_URL_SAFE_NO_PAD.encode(deflated))
    } else {
        BASE64_URL_SAFE_NO_PAD.encode(json)
    };
    let time = time.to_be_bytes();
    let leading_zeros = time.iter().take_while(|&&byte| byte == 0).count();
    let signed = format!(
        "{body}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(&time[leading_zeros..])
    );
    let mac = mac(key, name, signed.as_bytes()).finalize().into_bytes();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac))
}

/// Like [`signed::verify`](super::super::signed::verify). Nothing is decoded or inflated before the
/// signature is verified.
pub(super) fn verify(
    keys: &[SigningKey],
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, VerifyError> {
    let (signed, encoded_mac) = split_last(value).ok_or(VerifyError::Malformed)?;
    let (body, time) = split_last(signed).ok_or(VerifyError::Malformed)?;
    let decoded_mac = BASE64_URL_SAFE_NO_PAD
        .decode(encoded_mac)
        .map_err(|_| VerifyError::Malformed)?;
    let key = keys
        .iter()
        .position(|key| mac(key, name, signed).verify_slice(&decoded_mac).is_ok())
        .ok_or(VerifyError::Signature)?;
    let time = decode_time(time).ok_or(VerifyError::Malformed)?;
    check_age(time, now, max_age)?;
    let text = decode_text(body).ok_or(VerifyError::Malformed)?;
    Ok(Verified {
        text,
        time,
        key,
        format: CookieFormat::Itsdangerous,
    })
}

/// Computes the HMAC with a key derived for `name`.
///
/// Source: itsdangerous' key derivation "django-concat".
fn mac(key: &SigningKey, name: &str, signed: &[u8]) -> Hmac<Sha1> {
    let key = Sha1::new()
        .chain_update(name)
        .chain_update("signer")
        .chain_update(key.secret())
        .finalize();
    Hmac::new_from_slice(&key)
        .expect("HMAC takes a key of any length")
        .chain_update(signed)
}

fn decode_text(body: &[u8]) -> Option<String> {
    let json = match body.strip_prefix(b".") {
        Some(deflated) => inflate(&BASE64_URL_SAFE_NO_PAD.decode(deflated).ok()?)?,
        None => BASE64_URL_SAFE_NO_PAD.decode(body).ok()?,
    };
    serde_json::from_slice(&json).ok()
}

/// Inflates a zlib stream. `None` if it is malformed or longer than [`MAX_TEXT_LEN`].
fn inflate(deflated: &[u8]) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    let limit = MAX_TEXT_LEN as u64 + 1;
    let mut bounded = ZlibDecoder::new(deflated).take(limit);
    bounded.read_to_end(&mut inflated).ok()?;
    (inflated.len() <= MAX_TEXT_LEN).then_some(inflated)
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

/// Decodes big-endian bytes without leading zeros.
fn decode_time(text: &[u8]) -> Option<u64> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let is_canonical = bytes.first().is_some_and(|&first| first != 0) && bytes.len() <= 8;
    is_canonical.then(|| {
        bytes
            .iter()
            .fold(0, |number, &byte| number << 8 | u64::from(byte))
    })
}

fn split_last(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = value.iter().rposition(|&byte| byte == b'.')?;
    Some((&value[..dot], &value[dot + 1..]))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::new(&SecretString::from("a secret of the tests"))
    }

    fn read(value: &str, now: u64) -> Result<String, VerifyError> {
        verify(&[key()], "name", value.as_bytes(), now, 60).map(|verified| verified.text)
    }

    #[test]
    fn signed_value_verifies_until_it_expires() {
        for text in ["", "x", "ü 🦀", &"long ".repeat(100)] {
            let value = sign(&key(), "name", text, 1000);

            assert_eq!(read(&value, 1000).as_deref(), Ok(text));
            assert_eq!(read(&value, 1060).as_deref(), Ok(text));
            assert_eq!(read(&value, 1061), Err(VerifyError::Expired));
            assert_eq!(read(&value, 940).as_deref(), Ok(text));
            assert_eq!(read(&value, 939), Err(VerifyError::ClocksDiffer));
        }
    }

    #[test]
    fn altered_or_truncated_value_is_rejected() {
        let value = sign(&key(), "name", "a text of some length", 1000).into_bytes();
        for at in 0..value.len() {
            for bit in 0..8 {
                let mut other = value.clone();
                other[at] ^= 1 << bit;
                assert!(
                    verify(&[key()], "name", &other, 1000, 60).is_err(),
                    "byte {at}, bit {bit}"
                );
            }
            assert!(
                verify(&[key()], "name", &value[..at], 1000, 60).is_err(),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn deflate_bomb_is_rejected() {
        let longest = "x".repeat(MAX_TEXT_LEN - 2);
        assert_eq!(
            read(&sign(&key(), "name", &longest, 1000), 1000),
            Ok(longest)
        );
        let bomb = sign(&key(), "name", &"x".repeat(3_000_000), 1000);
        assert!(bomb.len() < 5000);
        assert_eq!(read(&bomb, 1000), Err(VerifyError::Malformed));
    }

    /// Source: itsdangerous 2.2, `URLSafeSerializerMixin.dump_payload`.
    #[test]
    fn text_is_deflated_if_that_saves_space() {
        let saves = |text: &str| {
            let json = serde_json::to_string(text).unwrap();
            json.len().checked_sub(deflate(json.as_bytes()).len())
        };
        let mut texts = (0..40).map(|letters| "a".repeat(letters));
        for (bytes, deflated) in [(0, false), (1, false), (2, true)] {
            let text = texts.find(|text| saves(text) == Some(bytes)).unwrap();
            let value = sign(&key(), "name", &text, 1000);
            assert_eq!(value.starts_with('.'), deflated, "{bytes}");
        }
    }

    #[test]
    fn text_at_size_limit_is_kept_whole() {
        let spaces = |bytes| deflate(&vec![b' '; bytes]);
        assert_eq!(
            inflate(&spaces(MAX_TEXT_LEN)).map(|text| text.len()),
            Some(MAX_TEXT_LEN)
        );
        assert_eq!(inflate(&spaces(MAX_TEXT_LEN + 1)), None);
    }

    #[test]
    fn timestamp_accepts_canonical_form_only() {
        let read = |bytes: &[u8]| decode_time(BASE64_URL_SAFE_NO_PAD.encode(bytes).as_bytes());
        assert_eq!(read(&[1, 2]), Some(258));
        assert_eq!(read(&[255; 8]), Some(u64::MAX));
        for bytes in [&[][..], &[0], &[0, 1], &[1; 9], &[0; 9]] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }
}
