//! The logout request to the provider's `end_session_endpoint`.

use serde_json::{Map, Value};
use url::Url;

use super::ProviderMetadata;
use crate::config::{ID_TOKEN_HINT, ProviderConfig, find_claim};

/// The values that make up a logout request.
#[derive(Clone, Copy)]
pub(crate) struct EndSession<'a> {
    /// The post-logout redirect URI is the callback, because it is already registered at the
    /// provider.
    pub(crate) redirect_uri: &'a str,
    pub(crate) id_token: Option<&'a str>,
    /// The claims of the user, for the templates of `logout_params`.
    pub(crate) claims: &'a Map<String, Value>,
}

impl EndSession<'_> {
    /// Returns the URL that logs the user out at the provider.
    ///
    /// Source: OpenID Connect RP-Initiated Logout 1.0, section 2; Streamlit 1.67,
    /// `auth_util.build_logout_url`.
    pub(crate) fn url(&self, endpoint: &Url, config: &ProviderConfig) -> Url {
        let changes = &config.logout_params;
        let redirect = config.post_logout_redirect_parameter();
        let defaults = [
            (CLIENT_ID, Some(config.client_id.as_str())),
            (redirect, Some(self.redirect_uri)),
            (ID_TOKEN_HINT, self.id_token),
        ];
        // Streamlit uses the same name for this parameter with every provider.
        let is_changed = |name: &str| {
            changes.change(name) || (name == redirect && changes.change(POST_LOGOUT_REDIRECT_URI))
        };
        let existing: Vec<(String, String)> = endpoint
            .query_pairs()
            .filter(|(name, _)| !defaults.iter().any(|(default, _)| default == name))
            .filter(|(name, _)| !is_changed(name))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let defaults = defaults
            .into_iter()
            .filter(|(name, _)| !is_changed(name))
            .filter_map(|(name, value)| Some((name, value?)));
        let mut url = endpoint.clone();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(existing)
            .extend_pairs(defaults)
            .extend_pairs(changes.fill(|field| self.field(field, config)));
        url
    }

    /// Returns the value of a template field, if there is one: a default parameter of the logout,
    /// or a claim of the user.
    fn field(&self, name: &str, config: &ProviderConfig) -> Option<String> {
        let value = match name {
            CLIENT_ID => config.client_id.clone(),
            POST_LOGOUT_REDIRECT_URI => self.redirect_uri.to_owned(),
            ID_TOKEN_HINT => self.id_token?.to_owned(),
            claim => match find_claim(self.claims, claim)? {
                Value::String(text) => text.clone(),
                value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            },
        };
        (!value.is_empty()).then_some(value)
    }
}

const CLIENT_ID: &str = "client_id";
const POST_LOGOUT_REDIRECT_URI: &str = "post_logout_redirect_uri";

/// Returns true if the ID token of a login at this provider is stored for the logout.
///
/// Source: Streamlit 1.67, `auth_util.build_logout_url`, which sends `id_token_hint` whenever it
/// has an ID token.
pub(crate) fn stores_id_token(config: &ProviderConfig, metadata: &ProviderMetadata) -> bool {
    config.provider_logout
        && metadata.end_session_endpoint.is_some()
        && config.logout_params.send_id_token()
}
