//! Splits a signed value that is too long for one cookie into chunks.
//!
//! `<name>` contains `chunks-<n>`, and `<name>_1` to `<name>_<n>` contain the chunks, as in
//! Streamlit. Streamlit signs each chunk separately, so chunks of two logins verify together. This
//! crate signs the joined text once.
//!
//! Source: Streamlit 1.67, `auth_util.set_cookie_with_chunks`.

/// Bytes of a cookie's name and value. Browsers drop a longer cookie (RFC 6265bis, section 5.6),
/// and some include the attributes in the limit.
pub(crate) const MAX_COOKIE_BYTES: usize = 4096;

/// Maximum number of chunks of one value. More would far exceed the header limit of common servers.
pub(crate) const MAX_CHUNKS: usize = 8;

/// Splits `value` into cookies of at most [`MAX_COOKIE_BYTES`], including `attributes` bytes of
/// attributes. `None` if the value needs too many chunks.
pub(crate) fn split(name: &str, value: String, attributes: usize) -> Option<Vec<(String, String)>> {
    let capacity = MAX_COOKIE_BYTES.checked_sub(attributes + name.len() + "_1=".len())?;
    if value.len() <= capacity {
        return Some(vec![(name.to_owned(), value)]);
    }
    let count = value.len().div_ceil(capacity);
    if count > MAX_CHUNKS {
        return None;
    }
    // A signed value is ASCII, so it can be cut at any byte.
    let chunks = (0..count).map(|index| {
        let end = value.len().min((index + 1) * capacity);
        (
            chunk_name(name, index + 1),
            value[index * capacity..end].to_owned(),
        )
    });
    Some(
        std::iter::once((name.to_owned(), format!("{CHUNKS_PREFIX}{count}")))
            .chain(chunks)
            .collect(),
    )
}

/// Returns the number of chunks that the main cookie announces. `None` if it is not an
/// announcement.
pub(crate) fn chunk_count(value: &[u8]) -> Option<usize> {
    match value.strip_prefix(CHUNKS_PREFIX.as_bytes())? {
        [digit @ b'1'..=b'9'] => {
            Some(usize::from(digit - b'0')).filter(|&count| count <= MAX_CHUNKS)
        }
        _ => None,
    }
}

const CHUNKS_PREFIX: &str = "chunks-";

/// Returns the number of the chunk of `name` in the cookie `candidate`, from 1 to [`MAX_CHUNKS`].
pub(crate) fn chunk_number(name: &str, candidate: &[u8]) -> Option<usize> {
    match candidate.strip_prefix(name.as_bytes())? {
        [b'_', digit @ b'1'..=b'9'] => {
            Some(usize::from(digit - b'0')).filter(|&number| number <= MAX_CHUNKS)
        }
        _ => None,
    }
}

pub(crate) fn chunk_name(name: &str, number: usize) -> String {
    format!("{name}_{number}")
}

/// Returns true if `candidate` is the name of a chunk of `name`, from any program and with any
/// number.
pub(crate) fn is_chunk(name: &str, candidate: &[u8]) -> bool {
    let number = candidate
        .strip_prefix(name.as_bytes())
        .and_then(|rest| rest.strip_prefix(b"_"));
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

/// Returns true if `candidate` is the cookie `name` or a chunk of it.
pub(crate) fn belongs_to(name: &str, candidate: &[u8]) -> bool {
    candidate == name.as_bytes() || is_chunk(name, candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_keeps_chunks_within_cookie_limit() {
        let capacity = MAX_COOKIE_BYTES - 60 - "user".len() - 3;
        for length in (0..=MAX_CHUNKS * capacity).step_by(97).chain([
            capacity,
            capacity + 1,
            2 * capacity,
            2 * capacity + 1,
            MAX_CHUNKS * capacity,
        ]) {
            let cookies = split("user", "x".repeat(length), 60).unwrap();
            let joined: usize = match chunk_count(cookies[0].1.as_bytes()) {
                Some(count) => {
                    assert_eq!(count, cookies.len() - 1);
                    cookies[1..].iter().map(|(_, value)| value.len()).sum()
                }
                None => cookies[0].1.len(),
            };

            assert_eq!(joined, length);
            assert!(
                cookies
                    .iter()
                    .all(|(name, value)| name.len() + 1 + value.len() + 60 <= MAX_COOKIE_BYTES)
            );
        }
        assert!(split("user", "x".repeat(MAX_CHUNKS * capacity + 1), 60).is_none());
    }

    #[test]
    fn chunk_count_accepts_single_digits_only() {
        assert_eq!(chunk_count(b"chunks-8"), Some(8));
        for value in [
            "chunks-",
            "chunks-0",
            "chunks-01",
            "chunks-9",
            "chunks--1",
            "chunks-2x",
            "chunks-99999999",
            "chunks 2",
        ] {
            assert_eq!(chunk_count(value.as_bytes()), None, "{value}");
        }
    }
}
