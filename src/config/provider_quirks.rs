//! Provider-specific behaviour that discovery does not advertise, and the keys that a provider's
//! address is derived from.

use super::{
    Api, Preset, ProviderConfig,
    access_tokens::is_cognito,
    client_kwargs::{FORM_POST, RESPONSE_MODE},
    metadata_url::METADATA_URL,
};

impl ProviderConfig {
    /// Returns true if the provider is Google itself. Its claim `hd` names the organization of an
    /// account.
    pub(crate) fn is_google(&self) -> bool {
        self.server_metadata_url.host_str() == Some("accounts.google.com")
    }

    /// Returns true if the provider is Sign in with Apple. Its ID tokens have no name.
    pub(crate) fn is_apple(&self) -> bool {
        self.preset.is_some_and(|preset| preset.is_apple)
    }

    /// Returns true if the provider sends its authorization responses as forms.
    pub(crate) fn uses_form_post(&self) -> bool {
        self.parameters
            .get(RESPONSE_MODE)
            .is_some_and(|mode| mode == FORM_POST)
    }

    /// Returns the logout parameter for the URI that the provider redirects to afterwards.
    ///
    /// Source: OpenID Connect RP-Initiated Logout 1.0, section 2; Amazon Cognito, "Logout
    /// endpoint".
    pub(crate) fn post_logout_redirect_parameter(&self) -> &'static str {
        let host = self.server_metadata_url.host_str().unwrap_or_default();
        if is_cognito(host) {
            "logout_uri"
        } else {
            "post_logout_redirect_uri"
        }
    }

    /// Returns the configured key that determines the provider's discovery document, or its
    /// endpoints if it has none.
    pub(crate) fn metadata_url_key(&self) -> &'static str {
        match self.protocol.oauth2().map(|oauth2| &oauth2.api) {
            Some(Api::Plain) => return "token_endpoint",
            Some(Api::GitHub { .. }) => return "url",
            None => {}
        }
        let keys = self.preset().map_or(&[][..], |preset| preset.keys);
        // The last key is the most specific one. A realm is mistyped more often than a host.
        keys.iter()
            .rev()
            .map(|key| key.name)
            .find(|key| self.locations.has(key))
            .unwrap_or(METADATA_URL)
    }

    /// Returns the configured key that determines the provider's host, for errors of the
    /// connection.
    pub(crate) fn host_key(&self) -> &'static str {
        self.preset()
            .and_then(Preset::host_key)
            .filter(|key| self.locations.has(key))
            .unwrap_or_else(|| self.metadata_url_key())
    }

    /// Returns the preset that the provider's address is derived from.
    fn preset(&self) -> Option<&'static Preset> {
        self.preset.filter(|_| !self.locations.has(METADATA_URL))
    }
}
