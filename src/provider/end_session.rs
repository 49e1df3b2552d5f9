//! The logout request to the provider's `end_session_endpoint`.

use url::Url;

use super::ProviderMetadata;
use crate::config::ProviderConfig;

/// Returns the URL that logs the user out at the provider.
///
/// The post-logout redirect URI is the callback, because it is already registered at the provider.
///
/// Source: OpenID Connect RP-Initiated Logout 1.0, section 2; Streamlit 1.67,
/// `auth_util.build_logout_url`.
pub(crate) fn end_session_url(
    endpoint: &Url,
    config: &ProviderConfig,
    redirect_uri: &str,
    id_token: Option<&str>,
) -> Url {
    let parameters = [
        ("client_id", Some(config.client_id.as_str())),
        (config.post_logout_redirect_parameter(), Some(redirect_uri)),
        ("id_token_hint", id_token),
    ];
    let existing: Vec<(String, String)> = endpoint
        .query_pairs()
        .filter(|(name, _)| !parameters.iter().any(|(parameter, _)| parameter == name))
        .filter(|(name, _)| !config.logout_params.contains_key(&**name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let parameters = parameters
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let mut url = endpoint.clone();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(existing)
        .extend_pairs(parameters)
        .extend_pairs(&config.logout_params);
    url
}

/// Returns true if the ID token of a login at this provider is stored for the logout.
///
/// Source: Streamlit 1.67, `auth_util.build_logout_url`, which sends `id_token_hint` whenever it
/// has an ID token.
pub(crate) fn stores_id_token(config: &ProviderConfig, metadata: &ProviderMetadata) -> bool {
    config.provider_logout && metadata.end_session_endpoint.is_some()
}
