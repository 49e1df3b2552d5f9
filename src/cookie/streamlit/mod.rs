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
#[cfg(test)]
mod tests;
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
