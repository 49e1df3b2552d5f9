//! Streamlit 1.57 and later: itsdangerous' `URLSafeTimedSerializer`, salted with the cookie's name.
//!
//! `[.]<base64 of the text as a JSON string>.<base64 of the time>.<base64 of HMAC-SHA1>`; a dot in front says that the body is compressed.
//! SHA-1 here is what Streamlit signs with; HMAC with it is not known to be broken, and nothing of our own uses it.
//!
//! Source: Streamlit 1.67, `starlette_app_utils.create_signed_value`; itsdangerous 2.2, `url_safe.py`, `timed.py`, `signer.py`.

use std::io::{Read, Write};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use hmac::{Hmac, Mac};
use sha1::{Digest, Sha1};

use super::{
    super::{Key, Rejected, Verified, age::check_age},
    LONGEST_TEXT,
};
use crate::config::CookieFormat;

pub(super) fn sign(key: &Key, name: &str, text: &str, time: u64) -> String {
    let json = serde_json::to_string(text).expect("a text is always JSON");
    let deflated = deflate(json.as_bytes());
    let body = if deflated.len() < json.len() - 1 {
        format!(".{}", BASE64_URL_SAFE_NO_PAD.encode(deflated))
    } else {
        BASE64_URL_SAFE_NO_PAD.encode(json)
    };
    let time = time.to_be_bytes();
    let zeros = time.iter().take_while(|&&byte| byte == 0).count();
    let signed = format!("{body}.{}", BASE64_URL_SAFE_NO_PAD.encode(&time[zeros..]));
    let mac = mac(key, name, signed.as_bytes()).finalize().into_bytes();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac))
}

/// As [`signed::verify`](super::super::signed::verify): nothing is decoded, let alone inflated, before the signature holds.
pub(super) fn verify(
    keys: &[Key],
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, Rejected> {
    let (signed, mac_text) = split_last(value).ok_or(Rejected::Malformed)?;
    let (body, time) = split_last(signed).ok_or(Rejected::Malformed)?;
    let mac_bytes = BASE64_URL_SAFE_NO_PAD
        .decode(mac_text)
        .map_err(|_| Rejected::Malformed)?;
    let key = keys
        .iter()
        .position(|key| mac(key, name, signed).verify_slice(&mac_bytes).is_ok())
        .ok_or(Rejected::Signature)?;
    let time = number(time).ok_or(Rejected::Malformed)?;
    check_age(time, now, max_age)?;
    let text = text(body).ok_or(Rejected::Malformed)?;
    Ok(Verified {
        text,
        time,
        key,
        format: CookieFormat::Itsdangerous,
    })
}

/// Source: itsdangerous' key derivation "django-concat".
fn mac(key: &Key, name: &str, signed: &[u8]) -> Hmac<Sha1> {
    let key = Sha1::new()
        .chain_update(name)
        .chain_update("signer")
        .chain_update(key.secret())
        .finalize();
    Hmac::new_from_slice(&key)
        .expect("HMAC takes a key of any length")
        .chain_update(signed)
}

fn text(body: &[u8]) -> Option<String> {
    let json = match body.strip_prefix(b".") {
        Some(deflated) => inflate(&BASE64_URL_SAFE_NO_PAD.decode(deflated).ok()?)?,
        None => BASE64_URL_SAFE_NO_PAD.decode(body).ok()?,
    };
    serde_json::from_slice(&json).ok()
}

/// `None` for what is no zlib stream, or longer than any identity.
fn inflate(deflated: &[u8]) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    let limit = LONGEST_TEXT as u64 + 1;
    let mut bounded = ZlibDecoder::new(deflated).take(limit);
    bounded.read_to_end(&mut inflated).ok()?;
    (inflated.len() <= LONGEST_TEXT).then_some(inflated)
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing into memory does not fail")
}

/// Big-endian bytes without zeros in front.
fn number(text: &[u8]) -> Option<u64> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let spelled = bytes.first().is_some_and(|&first| first != 0) && bytes.len() <= 8;
    spelled.then(|| {
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

    fn key() -> Key {
        Key::new(&SecretString::from("a secret of the tests"))
    }

    fn read(value: &str, now: u64) -> Result<String, Rejected> {
        verify(&[key()], "name", value.as_bytes(), now, 60).map(|verified| verified.text)
    }

    #[test]
    fn what_is_signed_verifies_until_it_is_too_old() {
        for text in ["", "x", "ü 🦀", &"long ".repeat(100)] {
            let value = sign(&key(), "name", text, 1000);

            assert_eq!(read(&value, 1000).as_deref(), Ok(text));
            assert_eq!(read(&value, 1060).as_deref(), Ok(text));
            assert_eq!(read(&value, 1061), Err(Rejected::Expired));
            assert_eq!(read(&value, 940).as_deref(), Ok(text));
            assert_eq!(read(&value, 939), Err(Rejected::ClocksDiffer));
        }
    }

    #[test]
    fn no_changed_byte_and_no_shorter_value_verifies() {
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
    fn a_bomb_is_refused() {
        let at_most = "x".repeat(LONGEST_TEXT - 2);
        assert_eq!(
            read(&sign(&key(), "name", &at_most, 1000), 1000),
            Ok(at_most)
        );
        let bomb = sign(&key(), "name", &"x".repeat(3_000_000), 1000);
        assert!(bomb.len() < 5000);
        assert_eq!(read(&bomb, 1000), Err(Rejected::Malformed));
    }

    /// Source: itsdangerous 2.2, `URLSafeSerializerMixin.dump_payload`.
    #[test]
    fn a_text_is_deflated_where_that_saves_more_than_one_byte() {
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
    fn nothing_is_cut_at_the_bound_of_a_text() {
        let spaces = |bytes| deflate(&vec![b' '; bytes]);
        assert_eq!(
            inflate(&spaces(LONGEST_TEXT)).map(|text| text.len()),
            Some(LONGEST_TEXT)
        );
        assert_eq!(inflate(&spaces(LONGEST_TEXT + 1)), None);
    }

    #[test]
    fn a_time_has_one_spelling() {
        let read = |bytes: &[u8]| number(BASE64_URL_SAFE_NO_PAD.encode(bytes).as_bytes());
        assert_eq!(read(&[1, 2]), Some(258));
        assert_eq!(read(&[255; 8]), Some(u64::MAX));
        for bytes in [&[][..], &[0], &[0, 1], &[1; 9], &[0; 9]] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }
}
