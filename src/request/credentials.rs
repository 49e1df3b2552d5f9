//! The bearer token in the `Authorization` header of a request.

use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

/// The credentials of a request with the scheme `Bearer`.
pub(super) enum BearerCredentials {
    Token(BearerToken),
    /// There is no token, or more than one.
    Malformed,
}

/// A token with the syntax of RFC 6750, section 2.1. It is not logged.
pub(super) struct BearerToken {
    header: HeaderValue,
    /// The index at which the token begins in `header`.
    start: usize,
}

impl BearerCredentials {
    /// Returns `None` without a bearer token. Other schemes, such as `Basic`, belong to the app or
    /// to a proxy.
    ///
    /// A request with two `Authorization` headers is malformed, because proxies and servers may
    /// disagree about which one to use.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let first = values.next()?;
        if values.next().is_some() {
            let mut values = headers.get_all(AUTHORIZATION).iter();
            return values
                .any(|value| credentials(value).is_some())
                .then_some(Self::Malformed);
        }
        let credentials = credentials(first)?;
        let spaces = credentials.iter().take_while(|byte| **byte == b' ').count();
        let token = &credentials[spaces..];
        if !is_token(token) {
            return Some(Self::Malformed);
        }
        Some(Self::Token(BearerToken {
            header: first.clone(),
            start: first.len() - token.len(),
        }))
    }
}

impl BearerToken {
    pub(super) fn as_str(&self) -> &str {
        let token = &self.header.as_bytes()[self.start..];
        str::from_utf8(token).unwrap_or_default()
    }
}

/// Returns the bytes after the scheme `Bearer`. Case is ignored (RFC 9110, section 11.1).
fn credentials(value: &HeaderValue) -> Option<&[u8]> {
    const SCHEME: &str = "bearer";
    let (scheme, rest) = value.as_bytes().split_at_checked(SCHEME.len())?;
    let is_bearer =
        scheme.eq_ignore_ascii_case(SCHEME.as_bytes()) && matches!(rest.first(), None | Some(b' '));
    is_bearer.then_some(rest)
}

/// Returns true for the syntax `b64token` (RFC 6750, section 2.1).
fn is_token(bytes: &[u8]) -> bool {
    let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
    let token = &bytes[..bytes.len() - padding];
    !token.is_empty() && token.iter().copied().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
}
