//! Scopes, claims and `prompt` values in the configuration that a provider does not list.

use serde_json::{Map, Value};

use super::{
    CheckReport,
    provider::{printable, string_array},
};
use crate::{
    config::{ProviderConfig, closest_key},
    state::Settings,
};

pub(super) fn check(
    report: &mut CheckReport,
    settings: &Settings,
    config: &ProviderConfig,
    document: &Map<String, Value>,
) {
    scopes(report, config, &string_array(document, "scopes_supported"));
    claims(
        report,
        settings,
        config,
        &string_array(document, "claims_supported"),
    );
    prompt(
        report,
        config,
        &string_array(document, "prompt_values_supported"),
    );
}

/// Reports scopes that look like typos.
///
/// A scope that is only missing from the list is not reported, because a provider may support more
/// scopes than it lists (OpenID Connect Discovery 1.0, section 3). An authorization request reveals
/// the scopes that the provider refuses.
fn scopes(report: &mut CheckReport, config: &ProviderConfig, listed: &[&str]) {
    if listed.is_empty() {
        return;
    }
    let known: Vec<&str> = listed.iter().copied().chain(STANDARD_SCOPES).collect();
    let unknown = config
        .scope
        .split_whitespace()
        .filter(|scope| !known.contains(scope));
    for scope in unknown {
        if let Some(similar) = closest_key(scope, &known) {
            report.warn(config.locations.diagnostic(
                "client_kwargs.scope",
                format!("{} does not list the scope `{scope}`", config.label),
                format!("Did you mean `{similar}`?"),
            ));
        }
    }
}

/// Source: OpenID Connect Core 1.0, sections 3.1.2.1, 5.4 and 11.
const STANDARD_SCOPES: [&str; 6] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
];

/// Reports claims in `claims` and `headers` that look like typos. A header for such a claim would
/// always be empty.
fn claims(report: &mut CheckReport, settings: &Settings, config: &ProviderConfig, known: &[&str]) {
    let retained = settings.config.claims.iter().flatten();
    let retained = retained.map(|claim| ("claims".to_owned(), claim));
    let headers = settings.config.identity_headers.iter().flatten();
    let headers = headers.map(|header| (format!("headers.{}", header.key), &header.claim));
    let unknown = retained
        .chain(headers)
        .filter(|(_, claim)| !known.contains(&claim.as_str()));
    for (key, claim) in unknown {
        if let Some(similar) = closest_key(claim, known) {
            report.warn(settings.config.locations.diagnostic(
                &key,
                format!("{} does not list the claim `{claim}`", config.label),
                format!("Did you mean `{similar}`?"),
            ));
        }
    }
}

/// Compares `prompt` with the values that the provider lists.
///
/// Source: Initiating User Registration via OpenID Connect 1.0, section 5:
/// `prompt_values_supported`.
fn prompt(report: &mut CheckReport, config: &ProviderConfig, listed: &[&str]) {
    const KEY: &str = "client_kwargs.prompt";
    let sent = config.parameters.get("prompt").map_or("", String::as_str);
    let Some(unknown) = sent.split_whitespace().find(|word| !listed.contains(word)) else {
        return;
    };
    if listed.is_empty() {
        return;
    }
    let label = &config.label;
    let listed = printable(&listed.join(", "));
    if config.default_prompt {
        report.pass(format!(
            "{label}: prompt `{unknown}` is not listed, so the default prompt is omitted (listed: {listed})"
        ));
    } else {
        report.warn(config.locations.diagnostic(
            KEY,
            format!("{label} does not list the prompt `{unknown}`"),
            format!("Set it to one of: {listed}. To send no prompt, set client_kwargs = {{ prompt = \"\" }}"),
        ));
    }
}
