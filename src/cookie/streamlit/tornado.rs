//! Streamlit 1.42 to 1.56: Tornado's signed value, version 2, which is also our own format.
//!
//! Tornado also accepts any time in the future, version 1 (SHA-1) and non-canonical numbers.
//! Streamlit writes none of these, so they are rejected here.

use crate::{
    config::CookieFormat,
    cookie::{SigningKey, Verified, VerifyError, signed},
};

pub(super) fn verify(
    keys: &[SigningKey],
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, VerifyError> {
    let verified = signed::verify(keys, name, value, now, max_age)?;
    Ok(Verified {
        format: CookieFormat::Tornado,
        ..verified
    })
}

pub(super) fn is_version_2(value: &[u8]) -> bool {
    value.starts_with(b"2|")
}

/// Removes quotes. Python quotes a cookie value that contains `=` or `/`, and the browser sends the
/// quotes back.
pub(super) fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""));
    inner.filter(|inner| is_version_2(inner)).unwrap_or(value)
}
