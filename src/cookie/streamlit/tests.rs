//! Tests of both formats, of long values, and of chunks from different logins.

use axum::http::{HeaderMap, header::COOKIE};
use secrecy::SecretString;

use super::*;
use crate::cookie::sign;

const NAME: &str = "_streamlit_user";
const FORMATS: [CookieFormat; 2] = [CookieFormat::Tornado, CookieFormat::Itsdangerous];

fn key() -> SigningKey {
    SigningKey::new(&SecretString::from("a secret of the tests"))
}

/// Returns text that deflates to no less than about three quarters of its length.
fn noise(seed: u64, length: usize) -> String {
    let mut state = seed;
    let characters = (0..length).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + (state >> 58) as u8)
    });
    characters.collect()
}

fn read(pairs: &[(String, String)], now: u64) -> Option<String> {
    let header: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, header.join("; ").parse().unwrap());
    let verified = Cookies::from_headers(&headers)
        .verified_streamlit(&[key()], NAME, now, 60)
        .ok()?;
    Some(verified.text)
}

#[test]
fn chunked_values_round_trip_at_every_length() {
    for format in FORMATS {
        for length in (1..20_000).step_by(611) {
            let mut text = noise(length as u64, length);
            if length % 2 == 0 {
                // JSON escapes each of these with a second character.
                text = text.replace(['0', '5', '9'], "\"").replace('7', "\\");
            }
            let cookies = sign_chunks(format, &key(), NAME, &text, 1000, "/").unwrap();

            assert!(
                cookies
                    .iter()
                    .all(|(name, value)| name.len() + 1 + value.len() <= MAX_COOKIE_BYTES)
            );
            assert_eq!(
                read(&cookies, 1000).as_deref(),
                Some(text.as_str()),
                "{format:?} {length}"
            );
        }
        assert!(sign_chunks(format, &key(), NAME, &noise(1, 40_000), 1000, "/").is_none());
    }
}

#[test]
fn chunks_signed_at_different_times_are_rejected() {
    for format in FORMATS {
        let login =
            |seed, time| sign_chunks(format, &key(), NAME, &noise(seed, 7000), time, "/").unwrap();
        let spliced = |time| {
            let mut cookies = login(1, 1000);
            cookies[2] = login(2, time).remove(2);
            read(&cookies, 1030)
        };

        assert!(read(&login(1, 1000), 1030).is_some());
        assert!(spliced(1000).is_some(), "the format cannot detect this");
        assert!(spliced(1011).is_none() && spliced(989).is_none());
        assert!(read(&login(1, 1000)[..2], 1030).is_none());
    }
}

#[test]
fn joined_chunks_are_bounded() {
    let sign = |name: &str, text: &str| {
        let value = itsdangerous::sign(&key(), name, text, 1000);
        (name.to_owned(), value)
    };
    let joined = |more| {
        let half = "x".repeat(MAX_TEXT_LEN / 2);
        let chunks = [
            sign(NAME, "chunks-2"),
            sign(&chunk_name(NAME, 1), &half),
            sign(&chunk_name(NAME, 2), &(half + more)),
        ];
        read(&chunks, 1000).map(|text| text.len())
    };
    assert_eq!(joined(""), Some(MAX_TEXT_LEN));
    assert_eq!(joined("x"), None);
}

#[test]
fn oversized_cookie_value_is_ignored() {
    let is_valid = |length: usize| {
        let mut values = (2900..3100).flat_map(|count| {
            let text = "x".repeat(count);
            ["a", "aa", "aaa", "aaaa"].map(|name| (name, sign(&key(), name, &text, 1000)))
        });
        let (name, value) = values.find(|(_, value)| value.len() == length).unwrap();
        verify(&[key()], name, value.as_bytes(), 1000, 60).is_ok()
    };
    assert!(is_valid(MAX_COOKIE_BYTES));
    assert!(!is_valid(MAX_COOKIE_BYTES + 1));
}

#[test]
fn chunk_count_is_canonical_and_bounded() {
    for (digits, count) in [("1", 1), ("16", 16)] {
        assert_eq!(parse_chunk_count(digits), Some(count));
    }
    for digits in [
        "",
        "0",
        "01",
        "+1",
        "17",
        "1junk",
        " 1",
        "-1",
        "99999999999999999999",
    ] {
        assert_eq!(parse_chunk_count(digits), None, "{digits}");
    }
}
