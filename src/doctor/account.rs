//! Checks of a provider without ID tokens. It publishes no document, so only its API can be
//! checked.

use super::{CheckReport, provider::connection_help};
use crate::{
    config::{Api, Diagnostic, OAuth2, ProviderConfig},
    provider::{ProviderClient, ProviderMetadata, without_query},
    state::Settings,
};

/// Requests a user from the API without an access token. The API has to refuse this request.
/// Returns the metadata that the configuration implies.
pub(super) async fn check(
    report: &mut CheckReport,
    settings: &Settings,
    provider: &ProviderClient,
    oauth2: &OAuth2,
) -> ProviderMetadata {
    let config = &provider.config;
    let label = &config.label;
    report.pass(format!(
        "{label}: OAuth 2.0 without ID tokens, so its API identifies the user"
    ));
    let url = without_query(&oauth2.user_endpoint);
    let diagnostic = |message: String, help: &str| {
        let key = match oauth2.api {
            Api::Plain => "userinfo_endpoint",
            Api::GitHub { .. } => "url",
        };
        config.locations.diagnostic(key, message, help)
    };
    match provider.fetch_page(&oauth2.user_endpoint).await {
        Err(error) => report.fail(diagnostic(
            format!("could not reach the API of {label}: {url} {error}"),
            connection_help(&error).unwrap_or(COMPARE),
        )),
        Ok(response) => match response.status {
            400..=403 => report.pass(format!("{label}: API at {url} requires an access token")),
            status @ (429 | 500..) => report.warn(diagnostic(
                format!("could not check the API of {label}: {url} returns status {status}"),
                "Try again later.",
            )),
            status @ 200..300 => report.warn(diagnostic(
                format!("{url} returns status {status} without an access token"),
                COMPARE,
            )),
            status => report.fail(diagnostic(
                format!("could not use the API of {label}: {url} returns status {status}"),
                COMPARE,
            )),
        },
    }
    if let Some(diagnostic) = unmapped_address(settings, config, oauth2) {
        report.fail(diagnostic);
    }
    provider.oauth2_metadata(oauth2)
}

const COMPARE: &str = "Compare this with the documentation of the provider. It has to be the API that returns the user of an access token.";

/// Returns a diagnostic if a rule reads an address that `claims_map` does not map. Such a rule
/// admits no user.
fn unmapped_address(
    settings: &Settings,
    config: &ProviderConfig,
    oauth2: &OAuth2,
) -> Option<Diagnostic> {
    let is_mapped = |claim: &str| oauth2.claims_map.others.contains_key(claim);
    let is_known = match oauth2.api {
        Api::GitHub { .. } => true,
        Api::Plain => is_mapped("email") && is_mapped("email_verified"),
    };
    let is_read = settings.config.rules_use("email_verified");
    (is_read && !is_known).then(|| {
        config.locations.diagnostic(
            "claims_map",
            format!(
                "does not map both `email` and `email_verified`, so the rules for addresses admit no user of {}",
                config.label
            ),
            "Map both, for example claims_map = { sub = \"id\", email = \"email\", email_verified = \"verified\" }. Use rules for other claims if the provider does not verify addresses.",
        )
    })
}
