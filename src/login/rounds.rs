//! Logins that follow each other within a minute: the sign of a browser that does not send the identity back.

use axum::http::HeaderValue;

use crate::{cookie::Cookies, site::Site};

/// The cookie that counts one more finished login.
pub(crate) fn count(site: &Site, cookies: &Cookies) -> HeaderValue {
    let rounds = so_far(site, cookies).saturating_add(1).min(MOST);
    site.scope
        .put(&site.scope.name(NAME), &rounds.to_string(), LIFE)
}

/// Whether a guard that sends a visitor to the login would only send them in circles.
pub(crate) fn is_circle(site: &Site, cookies: &Cookies) -> bool {
    so_far(site, cookies) >= MOST
}

/// The removal of the count, if there is one.
pub(crate) fn clear(site: &Site, cookies: &Cookies) -> Option<HeaderValue> {
    (so_far(site, cookies) > 0).then(|| site.scope.clear(&site.scope.name(NAME)))
}

/// Bytes of the count in the `Cookie` header.
pub(crate) fn bytes(site: &Site, cookies: &Cookies) -> usize {
    cookies.bytes_of(&[&site.scope.name(NAME)])
}

const NAME: &str = "_streamlit_rounds";

/// Seconds.
const LIFE: u64 = 60;

const MOST: u8 = 2;

/// Not signed: who forges it only shows a page to himself.
fn so_far(site: &Site, cookies: &Cookies) -> u8 {
    let name = site.scope.name(NAME);
    let value = cookies
        .pairs()
        .find(|(sent, _)| *sent == name.as_bytes())
        .map(|(_, value)| value);
    value
        .and_then(|value| str::from_utf8(value).ok()?.parse().ok())
        .unwrap_or(0)
}
