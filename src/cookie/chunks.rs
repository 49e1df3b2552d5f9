//! A signed value that is too long for one cookie, and its parts.
//!
//! `<name>` holds `chunks-<n>` and `<name>_1` to `<name>_<n>` the parts, as at Streamlit. There each part is signed by itself, so parts of
//! two logins verify together; here one signature covers the joined text.
//!
//! Source: Streamlit 1.67, `auth_util.set_cookie_with_chunks`.

/// A browser drops a cookie whose name and value are longer (RFC 6265bis, section 5.6), and some count the attributes too.
pub(crate) const LONGEST_COOKIE: usize = 4096;

/// The most parts of one value. Servers refuse requests whose headers are much longer than this makes them.
pub(crate) const MOST_PARTS: usize = 8;

/// Splits `value` into cookies, each at most [`LONGEST_COOKIE`] bytes with `attributes` bytes of attributes; `None` if it needs too many.
pub(crate) fn split(name: &str, value: String, attributes: usize) -> Option<Vec<(String, String)>> {
    let room = LONGEST_COOKIE.checked_sub(attributes + name.len() + "_1=".len())?;
    if value.len() <= room {
        return Some(vec![(name.to_owned(), value)]);
    }
    let parts = value.len().div_ceil(room);
    if parts > MOST_PARTS {
        return None;
    }
    // A signed value is ASCII, so every byte is a place to cut.
    let pieces = (0..parts).map(|part| {
        let end = value.len().min((part + 1) * room);
        (
            part_name(name, part + 1),
            value[part * room..end].to_owned(),
        )
    });
    Some(
        std::iter::once((name.to_owned(), format!("{MARK}{parts}")))
            .chain(pieces)
            .collect(),
    )
}

/// How many parts the main cookie announces; `None` if it is no announcement.
pub(crate) fn announced(value: &[u8]) -> Option<usize> {
    match value.strip_prefix(MARK.as_bytes())? {
        [digit @ b'1'..=b'9'] => {
            Some(usize::from(digit - b'0')).filter(|&parts| parts <= MOST_PARTS)
        }
        _ => None,
    }
}

/// Which part of `name` the cookie `candidate` is: a number from 1 to [`MOST_PARTS`].
pub(crate) fn number(name: &str, candidate: &[u8]) -> Option<usize> {
    match candidate.strip_prefix(name.as_bytes())? {
        [b'_', digit @ b'1'..=b'9'] => {
            Some(usize::from(digit - b'0')).filter(|&part| part <= MOST_PARTS)
        }
        _ => None,
    }
}

pub(crate) fn part_name(name: &str, part: usize) -> String {
    format!("{name}_{part}")
}

/// Whether `candidate` is a part of `name`, whoever wrote it and whatever its number.
pub(crate) fn is_part(name: &str, candidate: &[u8]) -> bool {
    let number = candidate
        .strip_prefix(name.as_bytes())
        .and_then(|rest| rest.strip_prefix(b"_"));
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

/// Checks whether `candidate` is the cookie `name` or a part of it.
pub(crate) fn belongs_to(name: &str, candidate: &[u8]) -> bool {
    candidate == name.as_bytes() || is_part(name, candidate)
}

const MARK: &str = "chunks-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_up_to_the_most_parts_is_split_and_none_is_too_long() {
        let room = LONGEST_COOKIE - 60 - "user".len() - 3;
        for length in (0..=MOST_PARTS * room).step_by(97).chain([
            room,
            room + 1,
            2 * room,
            2 * room + 1,
            MOST_PARTS * room,
        ]) {
            let cookies = split("user", "x".repeat(length), 60).unwrap();
            let joined: usize = match announced(cookies[0].1.as_bytes()) {
                Some(parts) => {
                    assert_eq!(parts, cookies.len() - 1);
                    cookies[1..].iter().map(|(_, value)| value.len()).sum()
                }
                None => cookies[0].1.len(),
            };

            assert_eq!(joined, length);
            assert!(
                cookies
                    .iter()
                    .all(|(name, value)| name.len() + 1 + value.len() + 60 <= LONGEST_COOKIE)
            );
        }
        assert!(split("user", "x".repeat(MOST_PARTS * room + 1), 60).is_none());
    }

    #[test]
    fn only_a_small_plain_number_announces_parts() {
        assert_eq!(announced(b"chunks-8"), Some(8));
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
            assert_eq!(announced(value.as_bytes()), None, "{value}");
        }
    }
}
