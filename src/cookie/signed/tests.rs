//! The signed value, written and forged.

use base64::prelude::BASE64_STANDARD;

use super::*;

fn key(secret: &str) -> Key {
    Key::new(&SecretString::from(secret))
}

#[test]
fn what_is_signed_verifies_until_it_is_too_old() {
    let keys = [key("secret")];
    let value = sign(&keys[0], "name", "text", 1000);
    let verify_at =
        |now| verify(&keys, "name", value.as_bytes(), now, 60).map(|verified| verified.text);

    assert_eq!(verify_at(1000).as_deref(), Ok("text"));
    assert_eq!(verify_at(1060).as_deref(), Ok("text"));
    assert_eq!(verify_at(1061), Err(Rejected::Expired));
    assert_eq!(verify_at(940).as_deref(), Ok("text"));
    assert_eq!(verify_at(939), Err(Rejected::ClocksDiffer));
    let nothing = sign(&keys[0], "name", "", 0);
    assert!(verify(&keys, "name", nothing.as_bytes(), 0, 60).is_ok());
}

#[test]
fn no_changed_byte_and_no_shorter_value_verifies() {
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
fn base64_has_one_spelling_at_every_length() {
    let texts = (0..130_u8).map(|length| Vec::from_iter(0..length));
    for text in texts {
        let spelt = BASE64.encode(&text);
        assert_eq!(spelt, BASE64_STANDARD.encode(&text));
        assert_eq!(BASE64.decode(&spelt), Ok(text));
    }
    let right = BASE64.encode([7; 130]).into_bytes();
    for (at, byte) in (0..right.len()).flat_map(|at| (0..=255).map(move |byte| (at, byte))) {
        let mut other = right.clone();
        other[at] = byte;
        assert_eq!(BASE64.decode(&other), BASE64_STANDARD.decode(&other));
    }
}

#[test]
fn name_and_secret_are_under_the_signature() {
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
