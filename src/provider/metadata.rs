//! The discovery document, and whose issuer it may name.

use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::json::object;
use crate::config::{ProviderConfig, fetchable, is_loopback, issuer_of};

/// What a login needs of a discovery document (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) issuer: Issuer,
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    pub(crate) jwks_uri: Url,
    pub(crate) userinfo_endpoint: Option<Url>,
    pub(crate) end_session_endpoint: Option<Url>,
    /// Empty if the document has no such list.
    pub(crate) token_endpoint_auth_methods: Vec<String>,
    pub(crate) signing_algorithms: Vec<String>,
    /// Whether every answer names its issuer (RFC 9207, section 3).
    pub(crate) names_issuer: bool,
    /// `prompt_values_supported` (Initiating User Registration via OpenID Connect 1.0, section 4); empty if the document has no such list.
    prompt_values: Vec<String>,
}

/// The issuer of a provider's ID tokens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Issuer {
    /// Compared byte by byte.
    Fixed(String),
    /// Microsoft's `common`, `organizations` and `consumers`: `{tenantid}` stands for the token's `tid`.
    Template(String),
}

#[derive(Debug, Error)]
pub(crate) enum MetadataError {
    #[error("the discovery document is no JSON object")]
    NotJson,
    #[error("the discovery document has no usable `{0}`")]
    Endpoint(&'static str),
    #[error(
        "the discovery document names the issuer {found:?}, but its URL belongs to {expected:?}"
    )]
    Issuer { found: String, expected: String },
}

impl Metadata {
    pub(crate) fn parse(config: &ProviderConfig, body: &[u8]) -> Result<Self, MetadataError> {
        let document = object(body).ok_or(MetadataError::NotJson)?;
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let texts = |name: &str| -> Vec<String> {
            let list = document.get(name).and_then(Value::as_array);
            let texts = list.into_iter().flatten().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        // An endpoint on another host is common (Google, Cognito); plain http is only for a provider that is itself on loopback.
        let endpoint = |name: &str| {
            text(name)
                .and_then(fetchable)
                .filter(|url| match url.scheme() {
                    "https" => true,
                    "http" => config.server_metadata_url.scheme() == "http" && is_loopback(url),
                    _ => false,
                })
        };
        let required = |name: &'static str| endpoint(name).ok_or(MetadataError::Endpoint(name));
        Ok(Self {
            issuer: issuer(
                &config.server_metadata_url,
                text("issuer").unwrap_or_default(),
            )?,
            authorization_endpoint: required("authorization_endpoint")?,
            token_endpoint: required("token_endpoint")?,
            jwks_uri: required("jwks_uri")?,
            userinfo_endpoint: endpoint("userinfo_endpoint"),
            end_session_endpoint: endpoint("end_session_endpoint"),
            token_endpoint_auth_methods: texts("token_endpoint_auth_methods_supported"),
            signing_algorithms: texts("id_token_signing_alg_values_supported"),
            names_issuer: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
            prompt_values: texts("prompt_values_supported"),
        })
    }

    /// Returns false if the provider lists the values of `prompt` and this is not among them.
    pub(crate) fn supports_prompt(&self, value: &str) -> bool {
        self.prompt_values.is_empty() || self.prompt_values.iter().any(|listed| listed == value)
    }
}

impl Issuer {
    /// Whether an ID token with these claims comes from this issuer.
    ///
    /// Source: OpenID Connect Core 1.0, section 3.1.3.7, rule 2; Microsoft identity platform, "ID token claims reference".
    pub(crate) fn matches(&self, iss: &str, tid: Option<&str>) -> bool {
        match self {
            Self::Fixed(issuer) => issuer == iss,
            Self::Template(template) => {
                tid.is_some_and(|tid| is_guid(tid) && template.replace(TENANT_ID, tid) == iss)
            }
        }
    }

    /// Whether the `iss` parameter of a callback names this issuer (RFC 9207, section 2.4).
    pub(crate) fn matches_parameter(&self, iss: &str) -> bool {
        match self {
            Self::Fixed(issuer) => issuer == iss,
            Self::Template(template) => template == iss || microsoft_tenant(template, iss),
        }
    }
}

/// Returns true if an ID token of this `iss` may come from the provider whose discovery document is at `metadata_url`, as far as the two
/// texts tell.
pub(crate) fn is_issuer_at(metadata_url: &Url, iss: &str) -> bool {
    issuer(metadata_url, iss).is_ok()
}

/// Returns true if the provider is Microsoft Entra ID.
pub(crate) fn is_microsoft(metadata_url: &Url) -> bool {
    let host = metadata_url.host_str().unwrap_or_default();
    metadata_url.scheme() == "https" && MICROSOFT_HOSTS.contains(&host)
}

/// Characters of a wrong issuer that go into the log, escapes included.
const LONGEST_SHOWN: usize = 120;

const TENANT_ID: &str = "{tenantid}";

/// Microsoft's sign-in hosts: the public cloud and the national ones.
const MICROSOFT_HOSTS: [&str; 4] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.microsoft.com",
];

/// Compares the document's issuer with the URL that it was fetched from.
///
/// Source: OpenID Connect Discovery 1.0, section 4.3. One slash at the end may differ (Auth0, Authentik, Forgejo write it; the well-known URL
/// cannot show it). Microsoft alone names another issuer: a template for its shared tenants, the tenant's id for one named by its domain.
fn issuer(metadata_url: &Url, found: &str) -> Result<Issuer, MetadataError> {
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
        if microsoft_tenant(&template, found) {
            return Ok(Issuer::Fixed(found.to_owned()));
        }
    }
    Err(MetadataError::Issuer {
        found: found
            .chars()
            .scan(0, |length, letter| {
                *length += letter.escape_debug().count();
                (*length <= LONGEST_SHOWN).then_some(letter)
            })
            .collect(),
        expected,
    })
}

/// Whether `issuer` is `template` with some tenant's id in it.
fn microsoft_tenant(template: &str, issuer: &str) -> bool {
    let (before, after) = template.split_once(TENANT_ID).unwrap_or((template, ""));
    issuer
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after))
        .is_some_and(is_guid)
}

pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
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
        issuer(
            &Url::parse(&format!("{url}/.well-known/openid-configuration")).unwrap(),
            found,
        )
        .ok()
    }

    #[test]
    fn the_issuer_is_that_of_the_url_but_for_one_slash() {
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
    fn a_wrong_issuer_is_shown_up_to_120_letters() {
        for (found, shown) in [("x", 120), ("\n", 60)] {
            let url = Url::parse("https://a.example/.well-known/openid-configuration").unwrap();
            let Err(MetadataError::Issuer { found, .. }) = issuer(&url, &found.repeat(1000)) else {
                panic!("{found:?} is taken for the issuer");
            };
            assert_eq!(found.chars().count(), shown);
        }
    }

    #[test]
    fn a_tenant_is_a_guid() {
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
    fn the_parameter_of_a_callback_names_the_issuer_its_template_or_a_tenant() {
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let common = Issuer::Template(template.to_owned());
        assert!(common.matches_parameter(template) && common.matches_parameter(TENANT));
        assert!(!common.matches_parameter("https://login.microsoftonline.com/evil/v2.0"));
        assert!(!common.matches_parameter(""));

        let tenant = Issuer::Fixed(TENANT.to_owned());
        assert!(tenant.matches_parameter(TENANT));
        assert!(!tenant.matches_parameter(template) && !tenant.matches_parameter(""));
    }

    /// Row 14 of the attacks.
    #[test]
    fn only_microsoft_may_name_a_template_or_a_tenant_by_its_domain() {
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
