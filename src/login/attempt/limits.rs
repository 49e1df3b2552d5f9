//! All attempts of one browser, and the limits that keep its requests short.

use axum::http::HeaderValue;

use super::{ATTEMPT_MAX_AGE, LoginAttempt, PREFIX, cookie_name, is_base64_url};
use crate::{
    cookie::{Cookies, claimed_time, header_bytes, verify},
    state::Settings,
};

impl LoginAttempt {
    /// Returns removals of the oldest other attempts, so that at most `spare` bytes of attempts are
    /// left.
    pub(crate) fn clear_oldest(
        &self,
        settings: &Settings,
        sent: &Cookies,
        spare: usize,
    ) -> Vec<HeaderValue> {
        let own = cookie_name(settings, &self.state);
        let names = oldest_names(settings, sent, 0, spare.min(MAX_ATTEMPTS_BYTES));
        let others = names.iter().filter(|name| Some(*name) != own.as_ref());
        others.map(|name| settings.attributes.clear(name)).collect()
    }
}

/// Returns removals of all attempts that the browser sent.
pub(crate) fn clear_all(settings: &Settings, cookies: &Cookies) -> Vec<HeaderValue> {
    let mut names: Vec<_> = all_attempts(settings, cookies)
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MAX_REMOVALS);
    names
        .iter()
        .map(|name| settings.attributes.clear(name))
        .collect()
}

/// Returns true if the browser has so many attempts that earlier ones were removed.
///
/// Only attempts with a valid signature are considered, so that planted cookies cannot cause a
/// redirect loop.
pub(crate) fn is_full(settings: &Settings, cookies: &Cookies, now: u64) -> bool {
    let sizes = all_attempts(settings, cookies)
        .take(MAX_VERIFIED)
        .filter(|(name, value)| verify(&settings.keys, name, value, now, ATTEMPT_MAX_AGE).is_ok())
        .map(|(name, value)| name.len() + value.len() + "; =".len());
    let sizes: Vec<usize> = sizes.collect();
    let largest = sizes.iter().max().copied().unwrap_or(0);
    sizes.len() >= MAX_ATTEMPTS || sizes.iter().sum::<usize>() + largest > MAX_ATTEMPTS_BYTES
}

/// Maximum number of attempts whose signature is checked for one request.
const MAX_VERIFIED: usize = 2 * MAX_ATTEMPTS;

/// Maximum number of attempts in one browser, so that abandoned ones cannot make its requests too
/// long.
const MAX_ATTEMPTS: usize = 7;

/// Maximum size of all attempts in one browser, in bytes, for the same reason.
pub(super) const MAX_ATTEMPTS_BYTES: usize = 4096;

/// Maximum number of removals in one response. Browsers store fewer cookies for one host, so only a
/// forged request has more.
const MAX_REMOVALS: usize = 200;

/// Returns the names of the oldest attempts to remove, so that a new attempt of `new_bytes` and the
/// remaining ones have at most `max_bytes` together.
pub(super) fn oldest_names(
    settings: &Settings,
    sent: &Cookies,
    new_bytes: usize,
    max_bytes: usize,
) -> Vec<String> {
    let mut attempts: Vec<_> = all_attempts(settings, sent)
        .map(|(name, value)| {
            (
                claimed_time(value).unwrap_or(0),
                header_bytes(name.as_bytes(), value),
                name,
            )
        })
        .collect();
    // Newest first. If two have the same age, the later one in the header is newer, because
    // browsers order cookies by creation.
    attempts.reverse();
    attempts.sort_by_key(|(time, ..)| std::cmp::Reverse(*time));
    let mut bytes = new_bytes;
    let retained = attempts
        .iter()
        .take(MAX_ATTEMPTS - 1)
        .take_while(|(_, size, _)| {
            bytes += size;
            bytes <= max_bytes
        })
        .count();
    attempts
        .into_iter()
        .skip(retained)
        .take(MAX_REMOVALS)
        .map(|(_, _, name)| name)
        .collect()
}

/// Returns the name and value of every cookie that is named like an attempt.
fn all_attempts<'c>(
    settings: &Settings,
    cookies: &'c Cookies,
) -> impl Iterator<Item = (String, &'c [u8])> {
    let prefix = settings.attributes.name(PREFIX);
    cookies.pairs().filter_map(move |(name, value)| {
        let name = str::from_utf8(name)
            .ok()
            .filter(|name| name.starts_with(&prefix))?;
        is_base64_url(&name[prefix.len()..]).then(|| (name.to_owned(), value))
    })
}
