//! Logins that follow each other within a minute: the sign of a browser that does not send the identity back.

use axum::http::HeaderValue;

use crate::{cookie::Cookies, site::Site};

/// The cookie that counts one more finished login.
pub(crate) fn count(site: &Site, cookies: &Cookies) -> HeaderValue {
    let rounds = so_far(site, cookies).saturating_add(1).min(MOST);
    let value = format!("{rounds}.{}", app_tag(site));
    site.scope.put(&site.scope.name(NAME), &value, LIFE)
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
        .and_then(|value| {
            let value = str::from_utf8(value).ok()?;
            // A plain number is of a version that wrote no tag.
            let (count, tag) = value
                .split_once('.')
                .map_or((value, None), |(count, tag)| (count, Some(tag)));
            let is_own = tag.is_none_or(|tag| tag == app_tag(site));
            count.parse().ok().filter(|_| is_own)
        })
        .unwrap_or(0)
}

/// Tells apps on one host apart: cookies do not differ by port (RFC 6265, section 8.5), so each
/// login at one app replaces the identity of the other. That is not a redirect loop of either.
fn app_tag(site: &Site) -> String {
    let tag = site.keys[0].derive("login-count", site.config.redirect_uri.as_str());
    format!(
        "{:08x}",
        u32::from_be_bytes([tag[0], tag[1], tag[2], tag[3]])
    )
}
