//! Checks whether a provider issues refresh tokens.

use serde_json::{Map, Value};

use super::{CheckReport, provider::string_array};
use crate::{
    config::{OFFLINE_ACCESS, OfflineAccess, ProviderConfig},
    state::Settings,
};

/// Compares `refresh` with the metadata of the provider.
///
/// A missing list says nothing: Microsoft Entra does not list its grant types.
///
/// Source: RFC 8414, section 2; OpenID Connect Core 1.0, section 11.
pub(super) fn check(
    report: &mut CheckReport,
    settings: &Settings,
    config: &ProviderConfig,
    document: &Map<String, Value>,
) {
    if !settings.config.refresh {
        return;
    }
    let scopes: Vec<_> = string_array(document, "scopes_supported")
        .into_iter()
        .map(str::to_owned)
        .collect();
    let requested = config.scope_at(&scopes);
    let mut requested = requested.split_whitespace();
    let is_requested = requested.any(|scope| scope == OFFLINE_ACCESS);
    if let Some(missing) = missing(document, &scopes, is_requested) {
        let help = "Enable refresh tokens for this client at the provider. Without them, users have to log in again when the access token has expired.";
        let message = format!(
            "{} does not list {missing}, so it might not issue refresh tokens",
            config.label
        );
        let locations = &settings.config.locations;
        return report.warn(locations.diagnostic("refresh", message, help));
    }
    let label = &config.label;
    match config.offline_access {
        _ if is_requested => report.pass(format!(
            "{label}: logins ask for a refresh token with the scope {OFFLINE_ACCESS}"
        )),
        OfflineAccess::AccessType => report.pass(format!(
            "{label}: logins ask for a refresh token with access_type"
        )),
        OfflineAccess::Nothing | OfflineAccess::Scope => report.pass(format!(
            "{label}: issues refresh tokens without a special request"
        )),
        OfflineAccess::ScopeIfListed => report.unknown(format!(
            "{label} does not list the scope {OFFLINE_ACCESS}, so logins do not ask for a refresh token; some providers issue one nevertheless"
        )),
    }
}

/// Returns what the provider would have to list.
fn missing(
    document: &Map<String, Value>,
    scopes: &[String],
    is_requested: bool,
) -> Option<&'static str> {
    let grants = string_array(document, "grant_types_supported");
    if !grants.is_empty() && !grants.contains(&"refresh_token") {
        return Some("the grant type refresh_token");
    }
    let lists_others = !scopes.is_empty() && scopes.iter().all(|scope| scope != OFFLINE_ACCESS);
    (is_requested && lists_others).then_some("the scope offline_access")
}
