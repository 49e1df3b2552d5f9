//! A short name for a client at a provider, known without asking the provider.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{ProviderConfig, url::issuer_of};

impl ProviderConfig {
    /// Returns a hash of the issuer and the client ID. Identities and login attempts carry it, so that they end with the client that they
    /// were made for, even if another provider gets the same name later.
    ///
    /// The issuer is the one that `server_metadata_url` belongs to (OpenID Connect Discovery 1.0, section 4). 96 bits: enough that two
    /// clients of one configuration never meet.
    pub(crate) fn fingerprint(&self) -> String {
        let issuer = issuer_of(&self.server_metadata_url);
        let digest = Sha256::new()
            .chain_update(issuer)
            // A URL holds no newline.
            .chain_update("\n")
            .chain_update(&self.client_id)
            .finalize();
        BASE64_URL_SAFE_NO_PAD.encode(&digest[..FINGERPRINT_BYTES])
    }
}

const FINGERPRINT_BYTES: usize = 12;
