//! Authorization codes and access tokens: values signed by this process. Nothing is stored until a
//! code is used.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hmac::{Hmac, Mac};
use openidconnect::CsrfToken;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::Sha256;

use super::users::DevUser;

/// The content of an authorization code.
#[derive(Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) id: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) nonce: String,
    pub(super) user: DevUser,
    /// The first of the requested `acr_values`.
    pub(super) acr: Option<String>,
    /// Seconds since the Unix epoch, as is `expires_at`.
    pub(super) auth_time: u64,
    pub(super) expires_at: u64,
}

/// The content of an access token.
#[derive(Serialize, Deserialize)]
pub(super) struct AccessToken {
    pub(super) id: String,
    pub(super) user: DevUser,
    /// Seconds since the Unix epoch.
    pub(super) expires_at: u64,
}

/// A kind of sealed value. The signature covers [`PURPOSE`](Self::PURPOSE), so that one kind never
/// opens as another.
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

impl Sealed for AccessToken {
    const PURPOSE: &'static str = "access token";

    fn expires_at(&self) -> u64 {
        self.expires_at
    }
}

/// Signs and verifies values with the key of this process. It does not implement `Debug`, so that
/// no log shows the key.
pub(super) struct TokenSealer {
    key: String,
}

impl TokenSealer {
    pub(super) fn new() -> Self {
        Self { key: random(32) }
    }

    pub(super) fn seal<T: Sealed>(&self, value: &T) -> String {
        let json = serde_json::to_vec(value).expect("strings, numbers and JSON are always JSON");
        let payload = BASE64_URL_SAFE_NO_PAD.encode(json);
        let tag = BASE64_URL_SAFE_NO_PAD.encode(self.mac::<T>(&payload).finalize().into_bytes());
        format!("{payload}.{tag}")
    }

    /// Returns the value of `token` if this process signed it and it has not expired.
    ///
    /// `now` is in seconds since the Unix epoch.
    pub(super) fn open<T: Sealed>(&self, token: &str, now: u64) -> Option<T> {
        let (payload, tag) = token.split_once('.')?;
        let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.mac::<T>(payload).verify_slice(&tag).ok()?;
        let value: T =
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
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

/// The IDs of codes that were exchanged and have not expired yet, with their expiry.
#[derive(Default)]
pub(super) struct UsedCodes(Mutex<VecDeque<(String, u64)>>);

impl UsedCodes {
    /// Marks `code` as used. Returns false if it already was.
    pub(super) fn insert(&self, code: &Code, now: u64) -> bool {
        // A panic cannot leave the queue half changed, so a poisoned lock is safe to use.
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|&(_, expires_at)| now < expires_at);
        if used.iter().any(|(id, _)| *id == code.id) {
            return false;
        }
        if used.len() == MAX_USED_CODES {
            used.pop_front();
        }
        used.push_back((code.id.clone(), code.expires_at));
        true
    }
}

/// The number of used codes that are stored. A code is valid for a minute, so this allows 17 logins
/// a second.
const MAX_USED_CODES: usize = 1024;

/// Returns `bytes` random bytes as a base64url string.
pub(super) fn random(bytes: u32) -> String {
    CsrfToken::new_random_len(bytes).into_secret()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_codes_expire_and_are_bounded() {
        let code = |number: usize| Code {
            id: number.to_string(),
            client_id: String::new(),
            redirect_uri: String::new(),
            code_challenge: String::new(),
            nonce: String::new(),
            user: DevUser::Predefined(String::new()),
            acr: None,
            auth_time: 0,
            expires_at: 60,
        };
        let used = UsedCodes::default();
        assert!((0..MAX_USED_CODES * 2).all(|number| used.insert(&code(number), 0)));
        assert_eq!(used.0.lock().unwrap().len(), MAX_USED_CODES);
        assert!(!used.insert(&code(MAX_USED_CODES * 2 - 1), 59));
        assert!(!used.insert(&code(MAX_USED_CODES), 59));

        used.insert(&code(0), 60);
        assert_eq!(used.0.lock().unwrap().len(), 1, "the others have expired");
    }
}
