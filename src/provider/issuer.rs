//! The issuer of a provider, and its comparison with the URL of the discovery document.

use url::Url;

use super::MetadataError;
use crate::config::{MICROSOFT_HOSTS, issuer_of};

/// The issuer of a provider's ID tokens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Issuer {
    /// Compared byte by byte.
    Fixed(String),
    /// Microsoft's `common`, `organizations` and `consumers`. `{tenantid}` is replaced by the
    /// token's `tid`.
    Template(String),
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
/// 1. A trailing slash may differ. Auth0, authentik and Forgejo write one, and the discovery URL
///    does not show it.
/// 2. Microsoft's shared tenants have a template as their issuer.
/// 3. The issuer of a Microsoft tenant contains the tenant's ID, even if the URL contains its
///    domain.
///
/// Source: OpenID Connect Discovery 1.0, section 4.3.
pub(super) fn validate_issuer(metadata_url: &Url, found: &str) -> Result<Issuer, MetadataError> {
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
