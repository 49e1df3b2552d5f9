//! Codes and access tokens: values that this process signed, so that nothing is stored until a code is used.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use openidconnect::CsrfToken;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::people::Person;

/// Used codes that are remembered. A code lives a minute, so this is 17 logins a second.
const USED_CODES: usize = 1024;

/// What an authorization code stands for.
#[derive(Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) id: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) nonce: String,
    pub(super) person: Person,
    /// Seconds since the Unix epoch, as is `expires_at`.
    pub(super) auth_time: u64,
    pub(super) expires_at: u64,
}

/// What an access token stands for.
#[derive(Serialize, Deserialize)]
pub(super) struct Access {
    pub(super) id: String,
    pub(super) person: Person,
    /// Seconds since the Unix epoch.
    pub(super) expires_at: u64,
}

/// A kind of sealed value. One kind never opens as another, since its name is under the signature.
pub(super) trait Sealed: Serialize + DeserializeOwned {
    const PURPOSE: &'static str;
    fn expires_at(&self) -> u64;
}

impl Sealed for Code {
    const PURPOSE: &'static str = "code";

    fn expires_at(&self) -> u64 {
        self.expires_at
    }
}

impl Sealed for Access {
    const PURPOSE: &'static str = "access token";

    fn expires_at(&self) -> u64 {
        self.expires_at
    }
}

/// The key of this process. It has no `Debug`.
pub(super) struct Seal {
    key: String,
}

impl Seal {
    pub(super) fn new() -> Self {
        Self { key: random(32) }
    }

    pub(super) fn close<T: Sealed>(&self, value: &T) -> String {
        let json = serde_json::to_vec(value).expect("strings, numbers and JSON are always JSON");
        let payload = URL_SAFE_NO_PAD.encode(json);
        let tag = URL_SAFE_NO_PAD.encode(self.mac::<T>(&payload).finalize().into_bytes());
        format!("{payload}.{tag}")
    }

    /// The value in `text`, if this process signed it and it has not expired.
    pub(super) fn open<T: Sealed>(&self, text: &str, now: u64) -> Option<T> {
        let (payload, tag) = text.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.mac::<T>(payload).verify_slice(&tag).ok()?;
        let value: T = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        (now < value.expires_at()).then_some(value)
    }

    fn mac<T: Sealed>(&self, payload: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(T::PURPOSE.as_bytes());
        mac.update(b".");
        mac.update(payload.as_bytes());
        mac
    }
}

/// The codes that were exchanged and have not expired yet.
#[derive(Default)]
pub(super) struct UsedCodes(Mutex<VecDeque<(String, u64)>>);

impl UsedCodes {
    /// Marks `code` as used. False if it already was.
    pub(super) fn insert(&self, code: &Code, now: u64) -> bool {
        // A panic elsewhere cannot leave the queue half changed.
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|&(_, expires_at)| now < expires_at);
        if used.iter().any(|(id, _)| *id == code.id) {
            return false;
        }
        if used.len() == USED_CODES {
            used.pop_front();
        }
        used.push_back((code.id.clone(), code.expires_at));
        true
    }
}

/// `bytes` random bytes, as base64url text.
pub(super) fn random(bytes: u32) -> String {
    CsrfToken::new_random_len(bytes).into_secret()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_codes_are_kept_while_they_live_and_never_without_bound() {
        let code = |number: usize| Code {
            id: number.to_string(),
            client_id: String::new(),
            redirect_uri: String::new(),
            code_challenge: String::new(),
            nonce: String::new(),
            person: Person::Known(String::new()),
            auth_time: 0,
            expires_at: 60,
        };
        let used = UsedCodes::default();
        assert!((0..USED_CODES * 2).all(|number| used.insert(&code(number), 0)));
        assert_eq!(used.0.lock().unwrap().len(), USED_CODES);
        assert!(!used.insert(&code(USED_CODES * 2 - 1), 59));
        assert!(!used.insert(&code(USED_CODES), 59));

        used.insert(&code(0), 60);
        assert_eq!(used.0.lock().unwrap().len(), 1, "the others have expired");
    }
}
