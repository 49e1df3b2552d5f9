//! Tests of signed values, genuine and forged.

use base64::prelude::BASE64_STANDARD;

use super::*;

fn key(secret: &str) -> SigningKey {
    SigningKey::new(&SecretString::from(secret))
}

#[test]
fn signed_value_verifies_until_it_expires() {
    let keys = [key("secret")];
    let value = sign(&keys[0], "name", "text", 1000);
    let verify_at =
        |now| verify(&keys, "name", value.as_bytes(), now, 60).map(|verified| verified.text);

    assert_eq!(verify_at(1000).as_deref(), Ok("text"));
    assert_eq!(verify_at(1060).as_deref(), Ok("text"));
    assert_eq!(verify_at(1061), Err(VerifyError::Expired));
    assert_eq!(verify_at(940).as_deref(), Ok("text"));
    assert_eq!(verify_at(939), Err(VerifyError::ClocksDiffer));
    let empty = sign(&keys[0], "name", "", 0);
    assert!(verify(&keys, "name", empty.as_bytes(), 0, 60).is_ok());
}

#[test]
fn altered_or_truncated_value_is_rejected() {
    let keys = [key("secret")];
    let value = sign(&keys[0], "name", "a text of some length", 1000).into_bytes();

    for at in 0..value.len() {
        for bit in 0..8 {
            let mut other = value.clone();
            other[at] ^= 1 << bit;
            assert!(
                verify(&keys, "name", &other, 1000, 60).is_err(),
                "byte {at}, bit {bit}"
            );
        }
        assert!(
            verify(&keys, "name", &value[..at], 1000, 60).is_err(),
            "cut at {at}"
        );
    }
}

#[test]
fn decoder_accepts_canonical_form_only() {
    let texts = (0..130_u8).map(|length| Vec::from_iter(0..length));
    for text in texts {
        let encoded = BASE64.encode(&text);
        assert_eq!(encoded, BASE64_STANDARD.encode(&text));
        assert_eq!(BASE64.decode(&encoded), Ok(text));
    }
    let valid = BASE64.encode([7; 130]).into_bytes();
    for (at, byte) in (0..valid.len()).flat_map(|at| (0..=255).map(move |byte| (at, byte))) {
        let mut other = valid.clone();
        other[at] = byte;
        assert_eq!(BASE64.decode(&other), BASE64_STANDARD.decode(&other));
    }
}

#[test]
fn signature_covers_name_and_secret() {
    let value = sign(&key("secret"), "name", "text", 1000);

    assert!(verify(&[key("secret")], "other", value.as_bytes(), 1000, 60).is_err());
    assert!(verify(&[key("other")], "name", value.as_bytes(), 1000, 60).is_err());
    let verified = verify(
        &[key("other"), key("secret")],
        "name",
        value.as_bytes(),
        1000,
        60,
    )
    .ok()
    .unwrap();
    assert_eq!(verified.key, 1);
}
