//! Checks whether programs can obtain access tokens for the app.

use serde_json::{Map, Value};

use super::{CheckReport, provider::string_array};
use crate::config::{AccessTokens, Config, ProviderConfig};

/// Reports the URL of the metadata of the app, if it accepts bearer tokens.
pub(super) fn resource(report: &mut CheckReport, config: &Config) {
    if let Some(resource) = &config.resource {
        report.pass(format!(
            "bearer tokens for {}: metadata at {}",
            resource.identifier, resource.metadata_url
        ));
    }
}

/// Checks whether the discovery document allows what agents need.
///
/// Source: Model Context Protocol 2026-07-28, "Authorization": clients must refuse a provider that
/// does not list PKCE, and need another way to obtain a client ID if they cannot register.
pub(super) fn check(
    report: &mut CheckReport,
    config: &ProviderConfig,
    document: &Map<String, Value>,
) {
    if !config.accepts_bearer() {
        return;
    }
    let label = &config.label;
    report.pass(format!(
        "{label}: access tokens for {} are accepted",
        config.bearer_audiences.join(", ")
    ));
    if !string_array(document, "code_challenge_methods_supported").contains(&"S256") {
        report.unknown(format!(
            "{label} does not list PKCE with S256, so some agents refuse to log in"
        ));
    }
    let is_true = |name: &str| document.get(name) == Some(&Value::Bool(true));
    if !document.contains_key("registration_endpoint")
        && !is_true("client_id_metadata_document_supported")
    {
        report.unknown(format!(
            "{label} does not let agents register themselves, so each needs a client ID from you"
        ));
    }
    if config.access_tokens == AccessTokens::Zitadel {
        report.unknown(format!(
            "{label} issues JWTs only for applications with the token type JWT"
        ));
    }
}
