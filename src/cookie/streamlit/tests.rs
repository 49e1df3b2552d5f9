//! Both formats, long values, and what counts as one login.

use axum::http::{HeaderMap, header::COOKIE};
use secrecy::SecretString;

use super::{super::sign, *};

const NAME: &str = "_streamlit_user";
const FORMATS: [CookieFormat; 2] = [CookieFormat::Tornado, CookieFormat::Itsdangerous];

fn key() -> Key {
    Key::new(&SecretString::from("a secret of the tests"))
}

/// Text that does not compress to less than about three quarters.
fn noise(seed: u64, length: usize) -> String {
    let mut state = seed;
    let letters = (0..length).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + (state >> 58) as u8)
    });
    letters.collect()
}

fn read(pairs: &[(String, String)], now: u64) -> Option<String> {
    let header: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, header.join("; ").parse().unwrap());
    let verified = Cookies::of(&headers)
        .streamlit(&[key()], NAME, now, 60)
        .ok()?;
    Some(verified.text)
}

#[test]
fn every_length_comes_back_and_none_is_too_long() {
    for format in FORMATS {
        for length in (1..20_000).step_by(611) {
            let mut text = noise(length as u64, length);
            if length % 2 == 0 {
                // JSON needs two letters for each of these.
                text = text.replace(['0', '5', '9'], "\"").replace('7', "\\");
            }
            let sealed = seal(format, &key(), NAME, &text, 1000, "/").unwrap();

            assert!(
                sealed
                    .iter()
                    .all(|(name, value)| name.len() + 1 + value.len() <= LONGEST_COOKIE)
            );
            assert_eq!(
                read(&sealed, 1000).as_deref(),
                Some(text.as_str()),
                "{format:?} {length}"
            );
        }
        assert!(seal(format, &key(), NAME, &noise(1, 40_000), 1000, "/").is_none());
    }
}

#[test]
fn parts_of_two_logins_count_only_when_both_were_at_one_time() {
    for format in FORMATS {
        let login = |seed, time| seal(format, &key(), NAME, &noise(seed, 7000), time, "/").unwrap();
        let spliced = |time| {
            let mut cookies = login(1, 1000);
            cookies[2] = login(2, time).remove(2);
            read(&cookies, 1030)
        };

        assert!(read(&login(1, 1000), 1030).is_some());
        assert!(
            spliced(1000).is_some(),
            "this is what the format cannot tell"
        );
        assert!(spliced(1011).is_none() && spliced(989).is_none());
        assert!(read(&login(1, 1000)[..2], 1030).is_none());
    }
}

#[test]
fn parts_join_to_no_more_than_any_header_carries() {
    let sign = |name: &str, text: &str| {
        let value = itsdangerous::sign(&key(), name, text, 1000);
        (name.to_owned(), value)
    };
    let joined = |more| {
        let half = "x".repeat(LONGEST_TEXT / 2);
        let parts = [
            sign(NAME, "chunks-2"),
            sign(&part_name(NAME, 1), &half),
            sign(&part_name(NAME, 2), &(half + more)),
        ];
        read(&parts, 1000).map(|text| text.len())
    };
    assert_eq!(joined(""), Some(LONGEST_TEXT));
    assert_eq!(joined("x"), None);
}

#[test]
fn a_value_that_no_browser_keeps_is_not_looked_at() {
    let opens = |length: usize| {
        let mut values = (2900..3100).flat_map(|letters| {
            let text = "x".repeat(letters);
            ["a", "aa", "aaa", "aaaa"].map(|name| (name, sign(&key(), name, &text, 1000)))
        });
        let (name, value) = values.find(|(_, value)| value.len() == length).unwrap();
        open(&[key()], name, value.as_bytes(), 1000, 60).is_ok()
    };
    assert!(opens(LONGEST_COOKIE));
    assert!(!opens(LONGEST_COOKIE + 1));
}

#[test]
fn a_number_of_parts_has_one_spelling_and_a_bound() {
    for (digits, parts) in [("1", 1), ("16", 16)] {
        assert_eq!(number(digits), Some(parts));
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
        assert_eq!(number(digits), None, "{digits}");
    }
}
