//! The cookies of a Streamlit app: two wire formats, and one rule for what is too long for one cookie.
//!
//! Streamlit signs each part of a long value by itself, so parts of two logins of one browser verify together there. Here parts count only
//! if one key signed them within [`SPREAD`], which is as much as this format allows; our own signs the whole.
//!
//! Source: Streamlit 1.67, `auth_util.set_cookie_with_chunks` and `get_cookie_with_chunks`.

use super::{
    Cookies, Key, Rejected, Verified,
    chunks::{LONGEST_COOKIE, MOST_PARTS, part_name},
};
use crate::config::CookieFormat;

pub(crate) use self::python::json;

#[cfg(test)]
mod golden;
mod itsdangerous;
mod python;
mod tornado;

impl Cookies {
    /// The value that a Streamlit app signed into the cookie `name`, joined from its parts where there are any.
    ///
    /// `max_age` is in seconds; an age of exactly that much is accepted, as there.
    ///
    /// # Errors
    ///
    /// `None` if there is no such cookie, else why the last of them was refused.
    pub(crate) fn streamlit(
        &self,
        keys: &[Key],
        name: &str,
        now: u64,
        max_age: u64,
    ) -> Result<Verified, Option<Rejected>> {
        self.one_of(name, |value| {
            let main = open(keys, name, value, now, max_age)?;
            match main.text.strip_prefix(MARK) {
                Some(parts) => {
                    let parts = number(parts).ok_or(Rejected::Malformed)?;
                    self.parts_of(main, parts, keys, name, now, max_age)
                }
                None => Ok(main),
            }
        })
    }

    fn parts_of(
        &self,
        main: Verified,
        parts: usize,
        keys: &[Key],
        name: &str,
        now: u64,
        max_age: u64,
    ) -> Result<Verified, Rejected> {
        let mut text = String::new();
        for part in 1..=parts {
            let name = part_name(name, part);
            let piece = self.one_of(&name, |value| {
                let piece = open(keys, &name, value, now, max_age)?;
                let of_one_login = piece.format == main.format
                    && piece.key == main.key
                    && piece.time.abs_diff(main.time) <= SPREAD;
                of_one_login.then_some(piece).ok_or(Rejected::Malformed)
            });
            text.push_str(
                &piece
                    .map_err(|why| why.unwrap_or(Rejected::Malformed))?
                    .text,
            );
            if text.len() > LONGEST_TEXT {
                return Err(Rejected::Malformed);
            }
        }
        Ok(Verified { text, ..main })
    }
}

/// The cookies that Streamlit would set for `text`, main cookie first; `None` if it needs too many.
///
/// `path` is the cookies' path, whose length counts.
pub(crate) fn seal(
    format: CookieFormat,
    key: &Key,
    name: &str,
    text: &str,
    time: u64,
    path: &str,
) -> Option<Vec<(String, String)>> {
    let sign = |name: &str, text: &str| match format {
        CookieFormat::Itsdangerous => itsdangerous::sign(key, name, text, time),
        CookieFormat::Ours | CookieFormat::Tornado => super::sign(key, name, text, time),
    };
    // As in Streamlit, which counts the attributes that each server writes.
    let attributes = match format {
        CookieFormat::Itsdangerous => {
            format!("; Path={path}; HttpOnly; SameSite=lax; Max-Age=2592000").len()
        }
        CookieFormat::Ours | CookieFormat::Tornado => "; Path=/; HttpOnly".len(),
    };
    let room = LONGEST_COOKIE.checked_sub(name.len() + "=".len() + attributes)?;
    let whole = sign(name, text);
    if whole.len() <= room {
        return Some(vec![(name.to_owned(), whole)]);
    }
    let overhead = sign(name, "x").len() - BASE64_OF_ONE;
    let length = room.checked_sub(overhead + SPARE)? * 3 / 4;
    let parts = text.len().div_ceil(length);
    // Python's text is ASCII, so every byte is a place to cut.
    let pieces = text.as_bytes().chunks(length).map(str::from_utf8);
    let pieces: Vec<&str> = pieces.collect::<Result<_, _>>().ok()?;
    let cookies: Vec<_> = std::iter::once((name.to_owned(), sign(name, &format!("{MARK}{parts}"))))
        .chain(pieces.iter().zip(1..).map(|(piece, part)| {
            let name = part_name(name, part);
            let value = sign(&name, piece);
            (name, value)
        }))
        .collect();
    (2..=MOST_PARTS).contains(&parts).then_some(cookies)
}

const MARK: &str = "chunks-";

/// Parts that are looked for. Streamlit itself knows no bound.
const MOST_PARTS_READ: usize = 16;

/// Bytes of a text, inflated and joined: more than the headers of any server carry uncompressed.
const LONGEST_TEXT: usize = 64 * 1024;

/// Seconds between the signatures of one login. They are made in one go; a busy server may pause in between.
const SPREAD: u64 = 10;

/// Source: Streamlit 1.67, `auth_util._set_split_cookie`: characters of base64 for one byte, and what it leaves unused.
const BASE64_OF_ONE: usize = 4;
const SPARE: usize = 50;

fn open(
    keys: &[Key],
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, Rejected> {
    if value.len() > LONGEST_COOKIE {
        return Err(Rejected::Malformed);
    }
    let value = tornado::unquoted(value);
    if tornado::is_version_2(value) {
        tornado::verify(keys, name, value, now, max_age)
    } else {
        itsdangerous::verify(keys, name, value, now, max_age)
    }
}

/// The whole rest must be a number in its one spelling; Streamlit reads `chunks-1junk` as 1.
fn number(digits: &str) -> Option<usize> {
    let parts: usize = digits.parse().ok()?;
    ((1..=MOST_PARTS_READ).contains(&parts) && parts.to_string() == digits).then_some(parts)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header::COOKIE};
    use secrecy::SecretString;

    use super::*;

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
            let login =
                |seed, time| seal(format, &key(), NAME, &noise(seed, 7000), time, "/").unwrap();
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
            let values = (2900..3100).flat_map(|letters| {
                let text = "x".repeat(letters);
                ["a", "aa", "aaa", "aaaa"]
                    .map(|name| (name, super::super::sign(&key(), name, &text, 1000)))
            });
            let mut values = values.into_iter();
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
}
