//! Names that a configuration asks for and a provider does not list: scopes, claims and `prompt`.

use serde_json::{Map, Value};

use super::{
    Report,
    provider::{list, printable},
};
use crate::{
    config::{ProviderConfig, nearest},
    site::Site,
};

pub(super) fn check(
    report: &mut Report,
    site: &Site,
    config: &ProviderConfig,
    document: &Map<String, Value>,
) {
    scopes(report, config, &list(document, "scopes_supported"));
    claims(report, site, config, &list(document, "claims_supported"));
    prompt(report, config, &list(document, "prompt_values_supported"));
}

/// Reports scopes that look like typos.
///
/// A scope that is only missing from the list is no fault, because a provider may leave supported scopes out of it (OpenID Connect
/// Discovery 1.0, section 3). A scope that the provider refuses is found by a sign-in request.
fn scopes(report: &mut Report, config: &ProviderConfig, listed: &[&str]) {
    if listed.is_empty() {
        return;
    }
    let known: Vec<&str> = listed.iter().copied().chain(STANDARD_SCOPES).collect();
    let unknown = config
        .scope
        .split_whitespace()
        .filter(|word| !known.contains(word));
    for word in unknown {
        if let Some(meant) = nearest(word, &known) {
            report.doubt(config.places.fault(
                "client_kwargs.scope",
                format!("asks for `{word}`, which {} does not list.", config.label),
                format!("Did you mean `{meant}`?"),
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

fn claims(report: &mut Report, site: &Site, config: &ProviderConfig, known: &[&str]) {
    let kept = site.config.claims.iter().flatten();
    for claim in kept.filter(|claim| !known.contains(&claim.as_str())) {
        if let Some(meant) = nearest(claim, known) {
            report.doubt(site.config.places.fault(
                "claims",
                format!("keeps `{claim}`, which {} does not list.", config.label),
                format!("Did you mean `{meant}`?"),
            ));
        }
    }
}

/// Compares `prompt` with the values that the provider lists.
///
/// Source: Initiating User Registration via OpenID Connect 1.0, section 5: `prompt_values_supported`.
fn prompt(report: &mut Report, config: &ProviderConfig, listed: &[&str]) {
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
        report.good(format!(
            "{label}: lists no prompt=\"{unknown}\", so the default prompt is left out; it lists {listed}"
        ));
    } else {
        report.doubt(config.places.fault(
            KEY,
            format!("is \"{unknown}\", which {label} does not list."),
            format!("It lists {listed}. To send none, write: client_kwargs = {{ prompt = \"\" }}"),
        ));
    }
}
