//! Encrypts the tokens and claims of a session before they reach the store.

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};

use super::SessionId;
use crate::cookie::SigningKey;

/// The encrypted data of a session. Each kind has its own keys, so that one kind is not accepted as
/// another.
#[derive(Clone, Copy)]
pub(super) enum Sealed {
    Tokens,
    Claims,
}

impl Sealed {
    fn purpose(self) -> &'static str {
        match self {
            Self::Tokens => "session tokens",
            Self::Claims => "session claims",
        }
    }

    /// Encrypts `plain` with the first of `keys`: a random nonce, and the text with its tag.
    ///
    /// The key belongs to one kind of data of one session, so that random nonces do not repeat, and
    /// so that another session's data cannot be decrypted with it.
    pub(super) fn seal(self, keys: &[SigningKey], id: &SessionId, plain: &str) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new()
            .fill(&mut nonce)
            .expect("the system has random numbers");
        let mut text = plain.as_bytes().to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.key(&keys[0], id)
            .seal_in_place_append_tag(unique, Aad::empty(), &mut text)
            .expect("the text is shorter than 64 GiB");
        [&nonce[..], &text].concat()
    }

    /// Decrypts data that was sealed with any of `keys`. `None` if it was changed, or belongs to
    /// another session.
    pub(super) fn open(self, keys: &[SigningKey], id: &SessionId, data: &[u8]) -> Option<String> {
        let (nonce, text) = data.split_at_checked(NONCE_LEN)?;
        let opened = keys.iter().find_map(|key| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut text = text.to_vec();
            let key = self.key(key, id);
            let plain = key.open_in_place(nonce, Aad::empty(), &mut text);
            plain.ok().map(|plain| plain.to_vec())
        });
        String::from_utf8(opened?).ok()
    }

    fn key(self, key: &SigningKey, id: &SessionId) -> LessSafeKey {
        let key = key.derive(self.purpose(), &id.encode());
        let key = UnboundKey::new(&AES_256_GCM, &key).expect("the key has 32 bytes");
        LessSafeKey::new(key)
    }
}
