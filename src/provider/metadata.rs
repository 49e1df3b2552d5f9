//! Parses the discovery document.

use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::{Issuer, issuer::validate_issuer, json::object};
use crate::config::{Api, OAuth2, ProviderConfig, fetchable, is_loopback, issuer_of};

/// The values of a discovery document that a login needs (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug)]
pub(crate) struct ProviderMetadata {
    pub(crate) issuer: Issuer,
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    /// `None` for a provider of plain OAuth 2.0, which signs nothing.
    pub(crate) jwks_uri: Option<Url>,
    pub(crate) userinfo_endpoint: Option<Url>,
    pub(crate) end_session_endpoint: Option<Url>,
    /// `token_endpoint_auth_methods_supported`. Empty if the document does not have it.
    pub(crate) token_endpoint_auth_methods: Vec<String>,
    /// `token_endpoint_auth_signing_alg_values_supported`. Empty if the document does not have it.
    pub(super) client_signing_algorithms: Vec<String>,
    /// `id_token_signing_alg_values_supported`. Empty if the document does not have it.
    pub(crate) signing_algorithms: Vec<String>,
    /// True if every authorization response has an `iss` parameter (RFC 9207, section 3).
    pub(crate) iss_parameter_supported: bool,
    /// `prompt_values_supported` (Initiating User Registration via OpenID Connect 1.0, section 4).
    /// Empty if the document does not have it.
    prompt_values: Vec<String>,
    /// `scopes_supported`. Empty if the document does not have it.
    pub(crate) scopes: Vec<String>,
}

/// The reason why a discovery document is invalid.
#[derive(Debug, Error)]
pub(crate) enum MetadataError {
    #[error("the discovery document is not a JSON object")]
    NotJson,
    #[error("the discovery document has no valid `{0}`")]
    Endpoint(&'static str),
    #[error(
        "the issuer in the discovery document is {found:?}, but its URL belongs to {expected:?}"
    )]
    Issuer { found: String, expected: String },
}

impl ProviderMetadata {
    /// Parses and validates the discovery document of a provider.
    pub(crate) fn parse(config: &ProviderConfig, body: &[u8]) -> Result<Self, MetadataError> {
        let document = object(body).ok_or(MetadataError::NotJson)?;
        let string = |name: &str| document.get(name).and_then(Value::as_str);
        let strings = |name: &str| -> Vec<String> {
            let list = document.get(name).and_then(Value::as_array);
            let strings = list.into_iter().flatten().filter_map(Value::as_str);
            strings.map(str::to_owned).collect()
        };
        // Endpoints on other hosts are common (Google, Cognito). Plain http is accepted only for
        // loopback endpoints of a provider that is configured with http.
        let endpoint = |name: &str| {
            string(name)
                .and_then(fetchable)
                .filter(|url| match url.scheme() {
                    "https" => true,
                    "http" => config.server_metadata_url.scheme() == "http" && is_loopback(url),
                    _ => false,
                })
        };
        let required = |name: &'static str| endpoint(name).ok_or(MetadataError::Endpoint(name));
        Ok(Self {
            issuer: validate_issuer(
                &config.server_metadata_url,
                string("issuer").unwrap_or_default(),
            )?,
            authorization_endpoint: required("authorization_endpoint")?,
            token_endpoint: required("token_endpoint")?,
            jwks_uri: Some(required("jwks_uri")?),
            userinfo_endpoint: endpoint("userinfo_endpoint"),
            end_session_endpoint: endpoint("end_session_endpoint"),
            token_endpoint_auth_methods: strings("token_endpoint_auth_methods_supported"),
            client_signing_algorithms: strings("token_endpoint_auth_signing_alg_values_supported"),
            signing_algorithms: strings("id_token_signing_alg_values_supported"),
            iss_parameter_supported: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
            prompt_values: strings("prompt_values_supported"),
            scopes: strings("scopes_supported"),
        })
    }

    /// Returns the metadata of a provider of plain OAuth 2.0, which publishes no document.
    pub(super) fn of_oauth2(config: &ProviderConfig, oauth2: &OAuth2) -> Self {
        let methods: &[&str] = match oauth2.api {
            Api::Plain => &[],
            // GitHub documents only this method ("Authorizing OAuth apps").
            Api::GitHub { .. } => &["client_secret_post"],
        };
        Self {
            issuer: Issuer::Fixed(issuer_of(&config.server_metadata_url)),
            authorization_endpoint: oauth2.authorization_endpoint.clone(),
            token_endpoint: oauth2.token_endpoint.clone(),
            jwks_uri: None,
            userinfo_endpoint: None,
            end_session_endpoint: None,
            token_endpoint_auth_methods: methods.iter().map(|&name| name.to_owned()).collect(),
            client_signing_algorithms: Vec::new(),
            signing_algorithms: Vec::new(),
            iss_parameter_supported: false,
            prompt_values: Vec::new(),
            scopes: Vec::new(),
        }
    }

    /// Returns false if the provider lists its values of `prompt` and `value` is not one of them.
    pub(crate) fn supports_prompt(&self, value: &str) -> bool {
        self.prompt_values.is_empty() || self.prompt_values.iter().any(|listed| listed == value)
    }
}
