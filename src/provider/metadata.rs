//! Parses the discovery document and validates its issuer.

use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::json::object;
use crate::config::{
    Api, MICROSOFT_HOSTS, OAuth2, ProviderConfig, fetchable, is_loopback, issuer_of,
};

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
}

/// The issuer of a provider's ID tokens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Issuer {
    /// Compared byte by byte.
    Fixed(String),
    /// Microsoft's `common`, `organizations` and `consumers`. `{tenantid}` is replaced by the
    /// token's `tid`.
    Template(String),
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
        })
    }

    /// Returns the metadata of a provider of plain OAuth 2.0, which publishes no document.
    pub(super) fn of_oauth2(config: &ProviderConfig, oauth2: &OAuth2) -> Self {
        let methods: &[&str] = match oauth2.api {
            Api::Plain => &[],
            // GitHub documents only this one ("Authorizing OAuth apps").
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
        }
    }

    /// Returns false if the provider lists its values of `prompt` without `value`.
    pub(crate) fn supports_prompt(&self, value: &str) -> bool {
        self.prompt_values.is_empty() || self.prompt_values.iter().any(|listed| listed == value)
    }
}

impl Issuer {
    /// Returns true if an ID token with these claims comes from this issuer.
    ///
    /// Source: OpenID Connect Core 1.0, section 3.1.3.7, rule 2; Microsoft identity platform, "ID
    /// token claims reference".
    pub(crate) fn matches(&self, iss: &str, tid: Option<&str>) -> bool {
        match self {
            Self::Fixed(issuer) => issuer == iss,
            Self::Template(template) => {
                tid.is_some_and(|tid| is_guid(tid) && template.replace(TENANT_ID, tid) == iss)
            }
        }
    }

    /// Returns true if the `iss` parameter of a callback matches this issuer (RFC 9207, section
    /// 2.4).
    pub(crate) fn matches_iss_parameter(&self, iss: &str) -> bool {
        match self {
            Self::Fixed(issuer) => issuer == iss,
            Self::Template(template) => template == iss || is_microsoft_tenant(template, iss),
        }
    }
}

/// Returns true if the provider with this discovery URL may issue ID tokens with this `iss`.
/// Compares only the two strings.
pub(crate) fn is_issuer_at(metadata_url: &Url, iss: &str) -> bool {
    validate_issuer(metadata_url, iss).is_ok()
}

/// Returns true if the provider is Microsoft Entra ID.
pub(crate) fn is_microsoft(metadata_url: &Url) -> bool {
    let host = metadata_url.host_str().unwrap_or_default();
    metadata_url.scheme() == "https" && MICROSOFT_HOSTS.contains(&host)
}

/// Maximum number of characters of a wrong issuer in the log, including escapes.
const MAX_SHOWN_ISSUER_LEN: usize = 120;

/// The placeholder in Microsoft's issuer templates.
const TENANT_ID: &str = "{tenantid}";

/// Checks that the issuer of a discovery document belongs to the URL of the document.
///
/// 1. A trailing slash may differ. Auth0, Authentik and Forgejo write one, and the discovery URL
///    does not show it.
/// 2. Microsoft's shared tenants have a template as their issuer.
/// 3. The issuer of a Microsoft tenant contains the tenant's ID, even if the URL contains its
///    domain.
///
/// Source: OpenID Connect Discovery 1.0, section 4.3.
fn validate_issuer(metadata_url: &Url, found: &str) -> Result<Issuer, MetadataError> {
    let expected = issuer_of(metadata_url);
    if found == expected || found.strip_suffix('/') == Some(&expected) {
        return Ok(Issuer::Fixed(found.to_owned()));
    }
    if is_microsoft(metadata_url) {
        let host = metadata_url.host_str().unwrap_or_default();
        let template = format!("https://{host}/{TENANT_ID}/v2.0");
        if found == template {
            return Ok(Issuer::Template(template));
        }
        if is_microsoft_tenant(&template, found) {
            return Ok(Issuer::Fixed(found.to_owned()));
        }
    }
    Err(MetadataError::Issuer {
        found: found
            .chars()
            .scan(0, |length, c| {
                *length += c.escape_debug().count();
                (*length <= MAX_SHOWN_ISSUER_LEN).then_some(c)
            })
            .collect(),
        expected,
    })
}

/// Returns true if `issuer` is `template` with a tenant ID.
fn is_microsoft_tenant(template: &str, issuer: &str) -> bool {
    let (before, after) = template.split_once(TENANT_ID).unwrap_or((template, ""));
    issuer
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after))
        .is_some_and(is_guid)
}

/// Returns true for a GUID with hyphens and without braces.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str =
        "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0";

    fn issuer_at(url: &str, found: &str) -> Option<Issuer> {
        validate_issuer(
            &Url::parse(&format!("{url}/.well-known/openid-configuration")).unwrap(),
            found,
        )
        .ok()
    }

    #[test]
    fn issuer_may_differ_by_trailing_slash() {
        for found in ["https://a.example", "https://a.example/"] {
            assert_eq!(
                issuer_at("https://a.example", found),
                Some(Issuer::Fixed(found.to_owned()))
            );
        }
        for found in [
            "",
            "https://a.example//",
            "https://A.example",
            "https://a.example:443",
            "https://b.example",
            "http://a.example",
        ] {
            assert_eq!(issuer_at("https://a.example", found), None, "{found}");
        }
    }

    #[test]
    fn wrong_issuer_is_truncated_in_errors() {
        for (found, shown) in [("x", 120), ("\n", 60)] {
            let url = Url::parse("https://a.example/.well-known/openid-configuration").unwrap();
            let Err(MetadataError::Issuer { found, .. }) =
                validate_issuer(&url, &found.repeat(1000))
            else {
                panic!("{found:?} was accepted as issuer");
            };
            assert_eq!(found.chars().count(), shown);
        }
    }

    #[test]
    fn tenant_must_be_a_guid() {
        let guid = "72f988bf-86f1-41af-91ab-2d7cd011DB47";
        assert!(is_guid(guid));
        for wrong in [
            "",
            &guid[1..],
            &format!("{guid}0"),
            &guid.replace('f', "g"),
            &guid.replace('-', "0"),
            &guid.replace('8', "-"),
        ] {
            assert!(!is_guid(wrong), "{wrong}");
        }
    }

    #[test]
    fn iss_parameter_matches_issuer_or_template() {
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let common = Issuer::Template(template.to_owned());
        assert!(common.matches_iss_parameter(template) && common.matches_iss_parameter(TENANT));
        assert!(!common.matches_iss_parameter("https://login.microsoftonline.com/evil/v2.0"));
        assert!(!common.matches_iss_parameter(""));

        let tenant = Issuer::Fixed(TENANT.to_owned());
        assert!(tenant.matches_iss_parameter(TENANT));
        assert!(!tenant.matches_iss_parameter(template) && !tenant.matches_iss_parameter(""));
    }

    #[test]
    fn issuer_template_is_accepted_for_microsoft_only() {
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let common = issuer_at("https://login.microsoftonline.com/common/v2.0", template).unwrap();
        assert!(common.matches(TENANT, Some("72f988bf-86f1-41af-91ab-2d7cd011db47")));
        assert!(!common.matches(TENANT, Some("00000000-86f1-41af-91ab-2d7cd011db47")));
        assert!(!common.matches(TENANT, None));
        assert!(!common.matches("https://login.microsoftonline.com/evil/v2.0", Some("evil")));

        let domain = issuer_at(
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0",
            TENANT,
        )
        .unwrap();
        assert_eq!(domain, Issuer::Fixed(TENANT.to_owned()));

        assert_eq!(
            issuer_at("https://evil.example/common/v2.0", template),
            None
        );
        assert_eq!(
            issuer_at(
                "https://evil.example/common/v2.0",
                "https://evil.example/{tenantid}/v2.0"
            ),
            None
        );
        assert_eq!(issuer_at("https://evil.example/contoso/v2.0", TENANT), None);
    }
}
