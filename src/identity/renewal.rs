//! A new signature for an identity that an earlier `cookie_secret` signed.
//!
//! A cookie is set whenever its response arrives, and a slow response can arrive after a logout, or after another login, in another tab. An
//! identity that such a response set would revive the session, or replace the other user. So a renewal never sets an identity. It sets a
//! cookie of its own that holds the hashes of the identity cookie and of the tokens cookie, signed with the current secret. It says:
//! "these exact bytes were valid". The rules are:
//!
//! 1. An identity whose own signature no longer verifies is valid if a renewal holds the hash of the very bytes that the browser sent.
//! 2. After a logout the browser sends no identity, so a renewal that arrives late has nothing to vouch for.
//! 3. After another login the browser sends other bytes, so the late renewal does not match, and the identity's own signature is valid.
//!
//! A renewal ends when the identity ends, because it has the same time. The next change of the secret renews the renewal.
//!
//! Streamlit reads no such cookie. An identity in Streamlit's format is therefore written again as a whole; see [`super::streamlit`].

use axum::http::HeaderValue;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    cookie::{Cookies, Rejected, Verified, accept, sign, verify},
    site::Site,
};

/// A renewal that one of the secrets signed.
struct Renewal {
    hashes: Hashes,
    /// Which of the secrets signed it.
    key: usize,
}

/// SHA-256 of the signed values, in base64.
#[derive(Deserialize, Serialize)]
struct Hashes {
    identity: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<String>,
}

/// The identity whose own signature was `rejected`, if a renewal vouches for it.
///
/// # Errors
///
/// `rejected`, or why the renewed identity is not valid.
pub(super) fn verified(
    site: &Site,
    cookies: &Cookies,
    now: u64,
    rejected: Option<Rejected>,
) -> Result<Verified, Option<Rejected>> {
    // A browser without an identity has nothing to renew.
    let renewal = rejected.and_then(|_| Renewal::read(site, cookies, now));
    let renewal = renewal.ok_or(rejected)?;
    let hash = &renewal.hashes.identity;
    Ok(renewal.vouched(site, cookies, &site.identity_name, hash, now)?)
}

/// The tokens that a renewal vouches for.
pub(super) fn tokens(site: &Site, cookies: &Cookies, now: u64) -> Option<Verified> {
    let renewal = Renewal::read(site, cookies, now)?;
    let hash = renewal.hashes.tokens.as_deref()?;
    renewal
        .vouched(site, cookies, &site.tokens_name, hash, now)
        .ok()
}

/// Checks whether a renewal by the current secret vouches for the identity that the browser sent.
pub(super) fn is_current(site: &Site, cookies: &Cookies, now: u64) -> bool {
    Renewal::read(site, cookies, now).is_some_and(|renewal| {
        let mut wholes = cookies.wholes(&site.identity_name);
        renewal.key == 0 && wholes.any(|value| hash(&value) == renewal.hashes.identity)
    })
}

impl Renewal {
    /// The renewal that the browser sent, if it sent a valid one.
    fn read(site: &Site, cookies: &Cookies, now: u64) -> Option<Self> {
        let life = site.config.cookie_life;
        let verified = cookies.verified(&site.keys, &site.renewal_name, now, life);
        let Verified { text, key, .. } = verified.ok()?;
        let hashes = serde_json::from_str(&text).ok()?;
        Some(Self { hashes, key })
    }

    fn vouched(
        &self,
        site: &Site,
        cookies: &Cookies,
        name: &str,
        expected: &str,
        now: u64,
    ) -> Result<Verified, Rejected> {
        let mut wholes = cookies.wholes(name);
        let value = wholes.find(|value| hash(value) == expected);
        let value = value.ok_or(Rejected::Signature)?;
        accept(self.key, name, &value, now, site.config.cookie_life)
    }
}

/// The cookie that renews the identity of `time`, which must have been read from `cookies`.
pub(super) fn cookie(site: &Site, cookies: &Cookies, time: u64, now: u64) -> Option<HeaderValue> {
    let life = site.config.cookie_life;
    let known = Renewal::read(site, cookies, now);
    let known = known.as_ref().map(|renewal| &renewal.hashes);
    let valid = |name: &str, known: Option<&str>| {
        let is_valid = |value: &[u8]| {
            verify(&site.keys, name, value, now, life).is_ok_and(|value| value.time == time)
                || known.is_some_and(|known| known == hash(value))
        };
        let mut wholes = cookies.wholes(name);
        wholes
            .find(|value| is_valid(value))
            .map(|value| hash(&value))
    };
    let known_tokens = known.and_then(|known| known.tokens.as_deref());
    let hashes = Hashes {
        identity: valid(&site.identity_name, known.map(|known| &*known.identity))?,
        tokens: valid(&site.tokens_name, known_tokens),
    };
    let text = serde_json::to_string(&hashes).ok()?;
    let name = &site.renewal_name;
    let value = sign(&site.keys[0], name, &text, time);
    let max_age = life.saturating_sub(now.saturating_sub(time));
    Some(site.scope.put(name, &value, max_age))
}

fn hash(value: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(value))
}
