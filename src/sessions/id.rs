//! The identifier of a session.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth2::CsrfToken;

/// 128 random bits. They are not a credential, because they are only valid in a signed cookie.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionId([u8; Self::BYTES]);

impl SessionId {
    const BYTES: usize = 16;

    /// Characters of [`encode`](Self::encode): 16 bytes in base64url without padding.
    pub(crate) const LEN: usize = 22;

    pub(crate) fn random() -> Self {
        let random = CsrfToken::new_random_len(Self::BYTES as u32).into_secret();
        Self::decode(&random).expect("a random token is the base64url of its bytes")
    }

    pub(crate) fn encode(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let mut bytes = [0; Self::BYTES];
        let decoded = BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (decoded == Self::BYTES).then_some(Self(bytes))
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns a number that spreads identifiers evenly.
    pub(super) fn shard(&self, shards: usize) -> usize {
        usize::from(self.0[0]) % shards
    }
}
