//! Detection of redirect loops, which a browser causes if it does not return the identity cookie.
//!
//! A cookie holds the number of logins that the browser finished within the last minute.

use axum::http::HeaderValue;

use crate::{cookie::Cookies, state::Settings};

/// Returns the cookie for one more finished login.
pub(crate) fn increment(settings: &Settings, cookies: &Cookies) -> HeaderValue {
    let count = count(settings, cookies)
        .saturating_add(1)
        .min(MAX_LOGINS_OF_USER);
    let value = format!("{count}.{}", app_tag(settings));
    settings
        .attributes
        .set(&settings.attributes.name(NAME), &value, LOOP_WINDOW)
}

/// Returns true if another redirect to the login would be a redirect loop.
pub(crate) fn is_loop(settings: &Settings, cookies: &Cookies) -> bool {
    count(settings, cookies) >= MAX_LOGINS
}

/// Like [`is_loop`], for a user who is logged in.
pub(crate) fn is_loop_of_user(settings: &Settings, cookies: &Cookies) -> bool {
    count(settings, cookies) >= MAX_LOGINS_OF_USER
}

/// Returns true if the browser finished no login within the last minute. In that case,
/// restarting a login without user interaction cannot be a redirect loop.
pub(crate) fn is_first(settings: &Settings, cookies: &Cookies) -> bool {
    count(settings, cookies) == 0
}

/// Returns the removal of the cookie, if the browser sent it.
pub(crate) fn clear(settings: &Settings, cookies: &Cookies) -> Option<HeaderValue> {
    (count(settings, cookies) > 0)
        .then(|| settings.attributes.clear(&settings.attributes.name(NAME)))
}

/// Returns the number of bytes that the cookie takes in the `Cookie` header.
pub(crate) fn bytes(settings: &Settings, cookies: &Cookies) -> usize {
    cookies.bytes_of(&[&settings.attributes.name(NAME)])
}

const NAME: &str = "_streamlit_recent_logins";

/// Seconds.
const LOOP_WINDOW: u64 = 60;

/// Finished logins within [`LOOP_WINDOW`]. Another one is a redirect loop.
const MAX_LOGINS: u8 = 2;

/// Like [`MAX_LOGINS`], for a user who is logged in. A user may open several pages that require
/// another login within a minute.
const MAX_LOGINS_OF_USER: u8 = 5;

/// Returns the number of finished logins.
///
/// The cookie is not signed, because a forged value only affects the client that sends it.
fn count(settings: &Settings, cookies: &Cookies) -> u8 {
    let name = settings.attributes.name(NAME);
    let value = cookies
        .pairs()
        .find(|(sent, _)| *sent == name.as_bytes())
        .map(|(_, value)| value);
    value
        .and_then(|value| {
            let value = str::from_utf8(value).ok()?;
            // Earlier versions wrote a number without a tag.
            let (count, tag) = value
                .split_once('.')
                .map_or((value, None), |(count, tag)| (count, Some(tag)));
            let is_own = tag.is_none_or(|tag| tag == app_tag(settings));
            count.parse().ok().filter(|_| is_own)
        })
        .unwrap_or(0)
}

/// Returns a tag that distinguishes the apps on one host.
///
/// Cookies do not provide isolation by port (RFC 6265, section 8.5), so a login at one app replaces
/// the identity of the other. That is not a redirect loop of either app.
fn app_tag(settings: &Settings) -> String {
    let tag = settings.keys[0].derive("login-count", settings.config.redirect_uri.as_str());
    format!(
        "{:08x}",
        u32::from_be_bytes([tag[0], tag[1], tag[2], tag[3]])
    )
}
