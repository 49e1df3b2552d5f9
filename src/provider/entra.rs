//! Version 1.0 access tokens of the Microsoft identity platform. The version 2.0 discovery document
//! does not describe them, although the same keys sign them.
//!
//! Source: Microsoft identity platform, "Access token claims reference".

use url::Url;

use super::{
    Issuer,
    issuer::{is_guid, is_microsoft},
};

/// Returns true if version 1.0 tokens of a tenant at this discovery URL may have this `iss`.
pub(super) fn is_v1_issuer_at(metadata_url: &Url, iss: &str) -> bool {
    is_microsoft(metadata_url) && tenant_of(iss).is_some()
}

/// Returns true if `iss` is the version 1.0 issuer for the tenant of `issuer`. If `issuer` is a
/// template, the tenant must be the `tid` of the token.
pub(super) fn is_v1_issuer(issuer: &Issuer, iss: &str, tid: Option<&str>) -> bool {
    let Some(tenant) = tenant_of(iss) else {
        return false;
    };
    match issuer {
        Issuer::Fixed(issuer) => {
            let mut parts = issuer.rsplit('/');
            parts.next() == Some("v2.0") && parts.next() == Some(tenant)
        }
        Issuer::Template(_) => tid == Some(tenant),
    }
}

/// Returns true if two audiences differ at most in a trailing slash. Version 1.0 tokens contain an
/// identifier URI as the client wrote it.
pub(super) fn is_same_audience(expected: &str, audience: &str) -> bool {
    expected.strip_suffix('/').unwrap_or(expected) == audience.strip_suffix('/').unwrap_or(audience)
}

/// Returns the tenant in a version 1.0 issuer.
fn tenant_of(iss: &str) -> Option<&str> {
    let hosts = V1_ISSUERS.iter();
    let tenant = hosts.filter_map(|host| iss.strip_prefix(host)).next()?;
    tenant.strip_suffix('/').filter(|tenant| is_guid(tenant))
}

/// The public cloud, and China.
const V1_ISSUERS: [&str; 2] = ["https://sts.windows.net/", "https://sts.chinacloudapi.cn/"];
