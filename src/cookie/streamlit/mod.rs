//! The cookies of a Streamlit app: two wire formats with a common rule for long values.
//!
//! Streamlit signs each chunk of a long value separately, so it accepts a mixture of chunks from
//! two logins of one browser. Here, chunks are valid only if one key signed them within
//! [`MAX_CHUNK_AGE_SPREAD`]. The format allows no stricter check. Our own format signs the joined
//! value.
//!
//! Source: Streamlit 1.67, `auth_util.set_cookie_with_chunks` and `get_cookie_with_chunks`.

use super::{
    Cookies, SigningKey, Verified, VerifyError,
    chunks::{MAX_CHUNKS, MAX_COOKIE_BYTES, chunk_name},
};
use crate::config::CookieFormat;

pub(crate) use self::python_json::json;

#[cfg(test)]
mod golden;
mod itsdangerous;
mod python_json;
#[cfg(test)]
mod tests;
mod tornado;

impl Cookies {
    /// Returns the value that a Streamlit app signed into the cookie `name`, joined from its chunks
    /// if there are any.
    ///
    /// `max_age` is in seconds. As in Streamlit, an age of exactly `max_age` is valid.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Missing`] if the cookie is missing, otherwise the error of the last one.
    pub(crate) fn verified_streamlit(
        &self,
        keys: &[SigningKey],
        name: &str,
        now: u64,
        max_age: u64,
    ) -> Result<Verified, VerifyError> {
        self.unique(name, |value| {
            let main = verify(keys, name, value, now, max_age)?;
            match main.text.strip_prefix(CHUNKS_PREFIX) {
                Some(count) => {
                    let count = parse_chunk_count(count).ok_or(VerifyError::Malformed)?;
                    self.verify_chunks(main, count, keys, name, now, max_age)
                }
                None => Ok(main),
            }
        })
    }

    /// Joins the chunks that the cookie `main` announces.
    fn verify_chunks(
        &self,
        main: Verified,
        count: usize,
        keys: &[SigningKey],
        name: &str,
        now: u64,
        max_age: u64,
    ) -> Result<Verified, VerifyError> {
        let mut text = String::new();
        for number in 1..=count {
            let name = chunk_name(name, number);
            let chunk = self.unique(&name, |value| {
                let chunk = verify(keys, &name, value, now, max_age)?;
                let is_same_login = chunk.format == main.format
                    && chunk.key == main.key
                    && chunk.time.abs_diff(main.time) <= MAX_CHUNK_AGE_SPREAD;
                is_same_login.then_some(chunk).ok_or(VerifyError::Malformed)
            });
            match chunk {
                Ok(chunk) => text.push_str(&chunk.text),
                Err(VerifyError::Missing) => return Err(VerifyError::Malformed),
                Err(error) => return Err(error),
            }
            if text.len() > MAX_TEXT_LEN {
                return Err(VerifyError::Malformed);
            }
        }
        Ok(Verified { text, ..main })
    }
}

const CHUNKS_PREFIX: &str = "chunks-";

/// Seconds between the signatures of one login. Streamlit makes them one after the other, but a
/// busy server may pause in between.
const MAX_CHUNK_AGE_SPREAD: u64 = 10;

/// Maximum length of a text in bytes, inflated and joined. No server accepts headers of this size
/// uncompressed.
const MAX_TEXT_LEN: usize = 64 * 1024;

/// Returns the cookies that Streamlit would set for `text`, main cookie first. `None` if the text
/// needs too many chunks.
///
/// `path` is the `Path` attribute, because its length reduces the space for the value.
pub(crate) fn sign_chunks(
    format: CookieFormat,
    key: &SigningKey,
    name: &str,
    text: &str,
    time: u64,
    path: &str,
) -> Option<Vec<(String, String)>> {
    let sign = |name: &str, text: &str| match format {
        CookieFormat::Itsdangerous => itsdangerous::sign(key, name, text, time),
        CookieFormat::Native | CookieFormat::Tornado => super::sign(key, name, text, time),
    };
    // As in Streamlit, which subtracts the attributes that each of its servers writes.
    let attributes = match format {
        CookieFormat::Itsdangerous => {
            format!("; Path={path}; HttpOnly; SameSite=lax; Max-Age=2592000").len()
        }
        CookieFormat::Native | CookieFormat::Tornado => "; Path=/; HttpOnly".len(),
    };
    let capacity = MAX_COOKIE_BYTES.checked_sub(name.len() + "=".len() + attributes)?;
    let single = sign(name, text);
    if single.len() <= capacity {
        return Some(vec![(name.to_owned(), single)]);
    }
    let overhead = sign(name, "x").len() - BASE64_LEN_OF_ONE_BYTE;
    let chunk_len = capacity.checked_sub(overhead + SPARE_BYTES)? * 3 / 4;
    let count = text.len().div_ceil(chunk_len);
    // Python's JSON is ASCII, so it can be split at any byte.
    let chunks = text.as_bytes().chunks(chunk_len).map(str::from_utf8);
    let chunks: Vec<&str> = chunks.collect::<Result<_, _>>().ok()?;
    let cookies: Vec<_> = std::iter::once((
        name.to_owned(),
        sign(name, &format!("{CHUNKS_PREFIX}{count}")),
    ))
    .chain(chunks.iter().zip(1..).map(|(chunk, number)| {
        let name = chunk_name(name, number);
        let value = sign(&name, chunk);
        (name, value)
    }))
    .collect();
    (2..=MAX_CHUNKS).contains(&count).then_some(cookies)
}

/// Characters of base64 for one byte.
///
/// Source: Streamlit 1.67, `auth_util._set_split_cookie`.
const BASE64_LEN_OF_ONE_BYTE: usize = 4;

/// Bytes that Streamlit leaves unused in each chunk.
///
/// Source: Streamlit 1.67, `auth_util._set_split_cookie`.
const SPARE_BYTES: usize = 50;

fn verify(
    keys: &[SigningKey],
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, VerifyError> {
    if value.len() > MAX_COOKIE_BYTES {
        return Err(VerifyError::Malformed);
    }
    let value = tornado::unquoted(value);
    if tornado::is_version_2(value) {
        tornado::verify(keys, name, value, now, max_age)
    } else {
        itsdangerous::verify(keys, name, value, now, max_age)
    }
}

/// Parses a number in its canonical form, without anything after it. Streamlit reads `chunks-1junk`
/// as 1.
fn parse_chunk_count(digits: &str) -> Option<usize> {
    let count: usize = digits.parse().ok()?;
    ((1..=MAX_CHUNKS_READ).contains(&count) && count.to_string() == digits).then_some(count)
}

/// Maximum number of chunks that are read. Streamlit has no limit.
const MAX_CHUNKS_READ: usize = 16;
