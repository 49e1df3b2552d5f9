//! The token that identifies requests of a `TestUser`.

use std::sync::OnceLock;

use axum::http::HeaderMap;
use oauth2::CsrfToken;
use subtle::ConstantTimeEq;

use crate::cookie::Cookies;

/// Returns the cookie that identifies a request of a `TestUser` in this process.
pub(crate) fn test_token_cookie() -> String {
    let token = TOKEN.get_or_init(|| CsrfToken::new_random_len(TOKEN_BYTES).into_secret());
    format!("{TOKEN_COOKIE}={token}")
}

/// Returns true if a `TestUser` in this process created the cookies of a request.
pub(super) fn is_test_user(headers: &HeaderMap) -> bool {
    TOKEN.get().is_some_and(|token| {
        Cookies::from_headers(headers)
            .values(TOKEN_COOKIE)
            .any(|value| value.ct_eq(token.as_bytes()).into())
    })
}

/// Known only to this process. Created together with the first test user.
static TOKEN: OnceLock<String> = OnceLock::new();

const TOKEN_COOKIE: &str = "_streamlit_test_user";

/// 256 bits.
const TOKEN_BYTES: u32 = 32;
