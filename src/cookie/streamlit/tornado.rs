//! Streamlit 1.42 to 1.56: Tornado's signed value, version 2, which is our own format as well.
//!
//! Tornado also takes any time in the future, version 1 (SHA-1) and any spelling of a number; none of it is written by Streamlit, and none
//! is taken here.

use super::super::{Key, Rejected, Verified, signed};
use crate::config::CookieFormat;

pub(super) fn verify(
    keys: &[Key],
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, Rejected> {
    let verified = signed::verify(keys, name, value, now, max_age)?;
    Ok(Verified {
        format: CookieFormat::Tornado,
        ..verified
    })
}

pub(super) fn is_version_2(value: &[u8]) -> bool {
    value.starts_with(b"2|")
}

/// Python puts a cookie's value in quotes where it holds `=` or `/`, and the browser sends them back.
pub(super) fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""));
    inner.filter(|inner| is_version_2(inner)).unwrap_or(value)
}
