//! A login under way, kept by the visitor's browser in one short-lived cookie for each.

use std::borrow::Cow;

use axum::http::HeaderValue;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth2::CsrfToken;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{return_path::ReturnPath, rounds};
use crate::{
    config::ProviderConfig,
    cookie::{Cookies, Key, LONGEST_COOKIE, Rejected, claimed_time, header_bytes, sign, verify},
    identity,
    site::Site,
};

/// What a callback needs to know of its start. Nonce and PKCE verifier follow from `state` and the secret, so the browser never has them.
pub(crate) struct Attempt {
    pub(crate) state: String,
    pub(crate) provider: String,
    /// The fingerprint of the client that it was started for.
    client: String,
    pub(crate) next: Option<ReturnPath>,
    /// Which key signed it, and so derives its nonce and verifier.
    key: Key,
}

/// Why there is no attempt to finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAttempt {
    Missing,
    /// There is a cookie, and no key of ours has signed it.
    Unreadable,
    /// The browser sent no cookie of any kind.
    NoCookies,
    Expired,
    /// Signed in the future: the clocks of two instances differ.
    ClocksDiffer,
    /// The state is not one that we make.
    NotOurs,
}

impl Attempt {
    pub(crate) fn new(site: &Site, provider: &ProviderConfig, next: Option<ReturnPath>) -> Self {
        let state = CsrfToken::new_random_len(STATE_BYTES).into_secret();
        Self {
            state,
            provider: provider.name.clone(),
            client: provider.fingerprint(),
            next,
            key: site.keys[0].clone(),
        }
    }

    /// The attempt that `state` belongs to, if this browser started it.
    pub(crate) fn find(
        site: &Site,
        cookies: &Cookies,
        state: &str,
        now: u64,
    ) -> Result<Self, NoAttempt> {
        let name = name(site, state).ok_or(NoAttempt::NotOurs)?;
        let mut outcome = match cookies.pairs().next() {
            Some(_) => NoAttempt::Missing,
            None => NoAttempt::NoCookies,
        };
        for (_, value) in cookies
            .pairs()
            .filter(|(sent, _)| *sent == name.as_bytes())
            .take(2)
        {
            match verify(&site.keys, &name, value, now, LIFE) {
                Ok(verified) => {
                    let Ok(stored) = serde_json::from_str::<Stored<'_>>(&verified.text) else {
                        continue;
                    };
                    if stored.state.as_bytes().ct_eq(state.as_bytes()).into() {
                        let next = stored.next.and_then(|next| ReturnPath::parse(site, &next));
                        let key = site.keys[verified.key].clone();
                        return Ok(Self {
                            state: stored.state.into_owned(),
                            provider: stored.provider.into_owned(),
                            client: stored.client.into_owned(),
                            next,
                            key,
                        });
                    }
                }
                Err(Rejected::Expired) => outcome = NoAttempt::Expired,
                Err(Rejected::ClocksDiffer) => outcome = NoAttempt::ClocksDiffer,
                Err(_) => outcome = NoAttempt::Unreadable,
            }
        }
        Err(outcome)
    }

    /// Returns true if the attempt was started for this client. Its code must not reach another (RFC 9700, section 4.4).
    pub(crate) fn is_for(&self, provider: &ProviderConfig) -> bool {
        self.client == provider.fingerprint()
    }

    pub(crate) fn nonce(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.key.derive("nonce", &self.state))
    }

    /// 43 characters, the least that RFC 7636, section 4.1, allows, with 256 bits in them.
    pub(crate) fn pkce_verifier(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.key.derive("pkce-verifier", &self.state))
    }

    /// The cookie of this attempt, and removals for the oldest ones where too many are under way.
    ///
    /// A return path that does not fit into the cookie, or into the rest of `cookie_budget`, is left out, because a login that ends at home
    /// is better than none.
    pub(crate) fn cookies(&self, site: &Site, before: &Cookies, now: u64) -> Vec<HeaderValue> {
        let spare = identity::spare_bytes(site, before);
        let spare = spare
            .saturating_sub(rounds::bytes(site, before))
            .min(MOST_BYTES);
        let name = name(site, &self.state).expect("a state of ours is long enough");
        let signed = |next: Option<&ReturnPath>| {
            let text = self.stored(next);
            let value = sign(&self.key, &name, &text, now);
            (site.scope.put(&name, &value, LIFE), value)
        };
        let (mut cookie, mut value) = signed(self.next.as_ref());
        let bytes = |value: &str| header_bytes(name.as_bytes(), value.as_bytes());
        if self.next.is_some() && (cookie.len() > LONGEST_COOKIE || bytes(&value) > spare) {
            tracing::debug!(target: crate::LOG, bytes = cookie.len(), "return path too long");
            (cookie, value) = signed(None);
        }
        let removals = crowded_out(site, before, bytes(&value), spare);
        std::iter::once(cookie)
            .chain(removals.iter().map(|name| site.scope.clear(name)))
            .collect()
    }

    fn stored(&self, next: Option<&ReturnPath>) -> String {
        let stored = Stored {
            state: self.state.as_str().into(),
            provider: self.provider.as_str().into(),
            client: self.client.as_str().into(),
            next: next.map(|next| next.as_str().into()),
        };
        serde_json::to_string(&stored).expect("texts are always JSON")
    }

    /// Removals of the oldest other attempts, so that no more than `spare` bytes of attempts are left.
    pub(crate) fn crowd_out(
        &self,
        site: &Site,
        before: &Cookies,
        spare: usize,
    ) -> Vec<HeaderValue> {
        let own = name(site, &self.state);
        let names = crowded_out(site, before, 0, spare.min(MOST_BYTES));
        let others = names.iter().filter(|name| Some(*name) != own.as_ref());
        others.map(|name| site.scope.clear(name)).collect()
    }
}

/// The removal of the attempt that `state` belongs to, finished or not.
pub(crate) fn clear(site: &Site, cookies: &Cookies, state: &str) -> Option<HeaderValue> {
    let name = name(site, state)?;
    let sent = cookies.pairs().any(|(sent, _)| sent == name.as_bytes());
    sent.then(|| site.scope.clear(&name))
}

/// Removals of every attempt that the browser sent.
pub(crate) fn clear_all(site: &Site, cookies: &Cookies) -> Vec<HeaderValue> {
    let mut names: Vec<_> = all(site, cookies).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST_REMOVALS);
    names.iter().map(|name| site.scope.clear(name)).collect()
}

/// Checks whether the browser has so many attempts under way that earlier ones were removed.
///
/// Only attempts that verify are considered, so that planted cookies cannot make a redirect loop.
pub(crate) fn is_full(site: &Site, cookies: &Cookies, now: u64) -> bool {
    let sizes = all(site, cookies)
        .take(MAX_VERIFIED)
        .filter(|(name, value)| verify(&site.keys, name, value, now, LIFE).is_ok())
        .map(|(name, value)| name.len() + value.len() + "; =".len());
    let sizes: Vec<usize> = sizes.collect();
    let largest = sizes.iter().max().copied().unwrap_or(0);
    sizes.len() >= MOST_ATTEMPTS || sizes.iter().sum::<usize>() + largest > MOST_BYTES
}

/// Attempts that one request may cost a signature check.
const MAX_VERIFIED: usize = 2 * MOST_ATTEMPTS;

/// 15 minutes: time to find a password and a phone.
const LIFE: u64 = 15 * 60;

/// 256 bits.
const STATE_BYTES: u32 = 32;

/// Characters of the state that name its cookie: enough that two never meet, and far from the whole.
const NAME_CHARACTERS: usize = 10;

/// Attempts in one browser, all in all, so that abandoned ones never make a request too long.
const MOST_ATTEMPTS: usize = 7;
const MOST_BYTES: usize = 4096;

/// Removals in one answer. No browser keeps more cookies of one host; only a made-up request holds more.
const MOST_REMOVALS: usize = 200;

const PREFIX: &str = "_streamlit_login_";

#[derive(Deserialize, Serialize)]
struct Stored<'a> {
    state: Cow<'a, str>,
    provider: Cow<'a, str>,
    /// Absent in an attempt of an earlier version, which is for no client.
    #[serde(default)]
    client: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Cow<'a, str>>,
}

/// `None` if `state` cannot be one of ours.
fn name(site: &Site, state: &str) -> Option<String> {
    let plain = state
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let suffix = state.get(..NAME_CHARACTERS).filter(|_| plain)?;
    Some(site.scope.name(&format!("{PREFIX}{suffix}")))
}

fn all<'c>(site: &Site, cookies: &'c Cookies) -> impl Iterator<Item = (String, &'c [u8])> {
    let prefix = site.scope.name(PREFIX);
    cookies.pairs().filter_map(move |(name, value)| {
        let name = str::from_utf8(name)
            .ok()
            .filter(|name| name.starts_with(&prefix))?;
        let fit = name[prefix.len()..]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        fit.then(|| (name.to_owned(), value))
    })
}

/// The names of the oldest attempts that have to go, so that one of `new` bytes has room.
///
/// No more than `most` bytes are left of all of them together.
fn crowded_out(site: &Site, before: &Cookies, new: usize, most: usize) -> Vec<String> {
    let mut attempts: Vec<_> = all(site, before)
        .map(|(name, value)| {
            (
                claimed_time(value).unwrap_or(0),
                header_bytes(name.as_bytes(), value),
                name,
            )
        })
        .collect();
    // Newest first; among equals the later in the header, which browsers order by creation.
    attempts.reverse();
    attempts.sort_by_key(|(time, ..)| std::cmp::Reverse(*time));
    let mut bytes = new;
    let fits = attempts
        .iter()
        .take(MOST_ATTEMPTS - 1)
        .take_while(|(_, size, _)| {
            bytes += size;
            bytes <= most
        });
    let kept = fits.count();
    attempts
        .into_iter()
        .skip(kept)
        .take(MOST_REMOVALS)
        .map(|(_, _, name)| name)
        .collect()
}
