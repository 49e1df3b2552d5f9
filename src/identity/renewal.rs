//! A new signature for an identity that was signed with an earlier `cookie_secret`.
//!
//! A browser stores a cookie as soon as the response arrives. A slow response can arrive after a
//! logout or another login in a different tab. If it set an identity, it would revive the session
//! or replace the other user. So a renewal never sets an identity. It sets a separate cookie,
//! signed with the current secret, that contains the hashes of the identity cookie and the tokens
//! cookie. It states: "these exact bytes were valid". The rules are:
//!
//! 1. An identity with a signature that no longer verifies is valid if a renewal contains the hash
//!    of the exact bytes that the browser sent.
//! 2. After a logout, the browser sends no identity. A renewal that arrives late then vouches for
//!    nothing.
//! 3. After another login, the browser sends different bytes. The late renewal does not match them,
//!    and the signature of the new identity is valid without it.
//!
//! A renewal expires together with the identity, because it has the same time. The next change of
//! the secret renews the renewal.
//!
//! Streamlit does not read this cookie. An identity in Streamlit's format is therefore rewritten
//! completely; see [`super::streamlit`].

use axum::http::HeaderValue;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    cookie::{Cookies, Verified, VerifyError, parse_trusted, sign, verify},
    state::Settings,
};

/// Returns the identity if a renewal vouches for it. `error` is the result of verifying its own
/// signature.
///
/// # Errors
///
/// `error` if there is no renewal, otherwise the reason why the renewed identity is not valid.
pub(super) fn verify_identity(
    settings: &Settings,
    cookies: &Cookies,
    now: u64,
    error: VerifyError,
) -> Result<Verified, VerifyError> {
    // A browser without an identity has nothing to renew.
    if error == VerifyError::Missing {
        return Err(error);
    }
    let renewal = Renewal::read(settings, cookies, now).ok_or(error)?;
    let hash = &renewal.hashes.identity;
    renewal.verify(settings, cookies, &settings.identity_name, hash, now)
}

/// Returns the tokens if a renewal vouches for them.
pub(super) fn verify_tokens(settings: &Settings, cookies: &Cookies, now: u64) -> Option<Verified> {
    let renewal = Renewal::read(settings, cookies, now)?;
    let hash = renewal.hashes.tokens.as_deref()?;
    renewal
        .verify(settings, cookies, &settings.tokens_name, hash, now)
        .ok()
}

/// Returns true if a renewal with the current secret vouches for the identity that the browser
/// sent.
pub(super) fn is_current(settings: &Settings, cookies: &Cookies, now: u64) -> bool {
    Renewal::read(settings, cookies, now).is_some_and(|renewal| {
        let mut values = cookies.joined_values(&settings.identity_name);
        renewal.key == 0 && values.any(|value| hash(&value) == renewal.hashes.identity)
    })
}

/// Returns the cookie that renews the identity with this `time`, which must have been read from
/// `cookies`.
pub(super) fn cookie(
    settings: &Settings,
    cookies: &Cookies,
    time: u64,
    now: u64,
) -> Option<HeaderValue> {
    let max_age = settings.config.cookie_max_age;
    let known = Renewal::read(settings, cookies, now);
    let known = known.as_ref().map(|renewal| &renewal.hashes);
    let valid_hash = |name: &str, known: Option<&str>| {
        let is_valid = |value: &[u8]| {
            verify(&settings.keys, name, value, now, max_age).is_ok_and(|value| value.time == time)
                || known.is_some_and(|known| known == hash(value))
        };
        let mut values = cookies.joined_values(name);
        values
            .find(|value| is_valid(value))
            .map(|value| hash(&value))
    };
    let known_identity = known.map(|known| known.identity.as_str());
    let known_tokens = known.and_then(|known| known.tokens.as_deref());
    let hashes = Hashes {
        identity: valid_hash(&settings.identity_name, known_identity)?,
        tokens: valid_hash(&settings.tokens_name, known_tokens),
    };
    let text = serde_json::to_string(&hashes).ok()?;
    let name = &settings.renewal_name;
    let value = sign(&settings.keys[0], name, &text, time);
    let remaining = max_age.saturating_sub(now.saturating_sub(time));
    Some(settings.attributes.set(name, &value, remaining))
}

/// A renewal that was signed with one of the secrets.
struct Renewal {
    hashes: Hashes,
    /// Index of the secret that signed it.
    key: usize,
}

/// SHA-256 of the signed values, in base64.
#[derive(Deserialize, Serialize)]
struct Hashes {
    identity: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<String>,
}

impl Renewal {
    /// Reads the renewal that the browser sent. `None` if it sent no valid one.
    fn read(settings: &Settings, cookies: &Cookies, now: u64) -> Option<Self> {
        let max_age = settings.config.cookie_max_age;
        let verified = cookies.verified(&settings.keys, &settings.renewal_name, now, max_age);
        let Verified { text, key, .. } = verified.ok()?;
        let hashes = serde_json::from_str(&text).ok()?;
        Some(Self { hashes, key })
    }

    /// Returns the value of the cookie `name` that has the hash `expected`.
    fn verify(
        &self,
        settings: &Settings,
        cookies: &Cookies,
        name: &str,
        expected: &str,
        now: u64,
    ) -> Result<Verified, VerifyError> {
        let mut values = cookies.joined_values(name);
        let value = values.find(|value| hash(value) == expected);
        let value = value.ok_or(VerifyError::Signature)?;
        parse_trusted(self.key, name, &value, now, settings.config.cookie_max_age)
    }
}

fn hash(value: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(value))
}
