//! The fingerprint of a client at a provider. Computing it needs no request to the provider.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{ProviderConfig, metadata_url::issuer_of};

impl ProviderConfig {
    /// Returns a hash of the issuer and the client ID.
    ///
    /// Identities and login attempts contain it, so that they are only valid for the client that
    /// they were created for, even if another provider gets the same name later.
    ///
    /// The issuer is derived from `server_metadata_url` (OpenID Connect Discovery 1.0, section 4).
    pub(crate) fn fingerprint(&self) -> String {
        let issuer = issuer_of(&self.server_metadata_url);
        let digest = Sha256::new()
            .chain_update(issuer)
            // An unambiguous separator, because a URL contains no line break.
            .chain_update("\n")
            .chain_update(&self.client_id)
            .finalize();
        BASE64_URL_SAFE_NO_PAD.encode(&digest[..FINGERPRINT_BYTES])
    }
}

/// 96 bits make a collision between clients of one configuration practically impossible.
const FINGERPRINT_BYTES: usize = 12;
