//! What single providers need that no discovery document says, and where a provider's address stands.

use super::{Preset, ProviderConfig, provider::METADATA_URL};

impl ProviderConfig {
    /// Returns true if the provider is Google itself, which says by the claim `hd` whose organization an account belongs to.
    pub(crate) fn is_google(&self) -> bool {
        self.server_metadata_url.host_str() == Some("accounts.google.com")
    }

    /// The parameter of the provider's logout that names the way back.
    ///
    /// Source: OpenID Connect RP-Initiated Logout 1.0, section 2; Amazon Cognito, "Logout endpoint", which has one of its own.
    pub(crate) fn way_back_parameter(&self) -> &'static str {
        let host = self.server_metadata_url.host_str().unwrap_or_default();
        if host.starts_with("cognito-idp.") && host.ends_with(".amazonaws.com") {
            "logout_uri"
        } else {
            "post_logout_redirect_uri"
        }
    }

    /// The key that says where the provider is.
    pub(crate) fn address_key(&self) -> &'static str {
        let keys = self.preset().map_or(&[][..], |preset| preset.keys);
        // The last is the most particular one: a realm is mistyped more often than a host.
        keys.iter()
            .rev()
            .map(|key| key.name)
            .find(|key| self.places.has(key))
            .unwrap_or(METADATA_URL)
    }

    /// The key that says on which host the provider is, for a host that cannot be reached.
    pub(crate) fn host_key(&self) -> &'static str {
        self.preset()
            .and_then(Preset::host_key)
            .filter(|key| self.places.has(key))
            .unwrap_or_else(|| self.address_key())
    }

    /// The preset that the address of this provider follows from.
    fn preset(&self) -> Option<&'static Preset> {
        Preset::named(&self.name).filter(|_| !self.places.has(METADATA_URL))
    }
}
