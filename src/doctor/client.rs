//! Checks whether a provider accepts the client: its ID, its redirect URI, its authorization
//! requests and its credentials.

use super::{
    CheckReport, authorization,
    client_auth::{self, ClientProbe},
    credentials, logout,
    probe::{AuthorizeProbe, ErrorPage, silent_request, silent_request_of_unknown_client},
};
use crate::{
    config::{KeyLocations, ProviderConfig},
    login::is_open_to_mix_up,
    provider::{ProviderClient, ProviderMetadata},
    state::Settings,
};

pub(super) async fn check(
    report: &mut CheckReport,
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) {
    mix_up(report, settings, &provider.config, metadata);
    let probe = silent_request(settings, provider, metadata).await;
    let client = if is_development(settings, provider) {
        ClientProbe::AcceptsAny
    } else {
        client_auth::check(settings, provider, metadata).await
    };
    let is_unknown = is_unknown(settings, provider, metadata, &probe, &client).await;
    if is_unknown {
        unknown_client(report, settings, &provider.config, &client);
    } else {
        redirect_uri(report, settings, &provider.config, &probe);
    }
    if probe.is_final() {
        authorization::report_result(report, &provider.config, &probe);
    } else if matches!(
        probe,
        AuthorizeProbe::Returned { .. } | AuthorizeProbe::UriAccepted
    ) {
        authorization::check(report, settings, provider, metadata).await;
    }
    if !is_unknown {
        credentials::report_result(report, &provider.config, &client);
    }
    // The logout can only be checked at a provider that knows the client and its redirect URI.
    if !is_unknown && !matches!(probe, AuthorizeProbe::Refused(_)) {
        logout::check(report, settings, provider, metadata).await;
    }
}

/// Returns the locations of the table that sets the redirect URI of a provider.
pub(super) fn redirect_uri_locations<'c>(
    settings: &'c Settings,
    config: &'c ProviderConfig,
) -> &'c KeyLocations {
    match config.redirect_uri {
        Some(_) => &config.locations,
        None => &settings.config.locations,
    }
}

/// Warns about logins that are refused at the start because another provider could obtain their
/// codes.
fn mix_up(
    report: &mut CheckReport,
    settings: &Settings,
    config: &ProviderConfig,
    metadata: &ProviderMetadata,
) {
    let separate = config.to_separate(&settings.config);
    let Some(separate) = separate.filter(|_| is_open_to_mix_up(settings, config, metadata)) else {
        return;
    };
    let redirect_uri = format!(
        "{}/{}",
        settings.config.redirect_uri.as_str(),
        separate.name
    );
    report.warn(separate.locations.diagnostic(
        "redirect_uri",
        format!(
            "logins with {} are refused: its client is public, its responses do not name the provider, and its redirect URI is shared with another provider",
            config.label
        ),
        format!(
            "Set redirect_uri = \"{redirect_uri}\", and register exactly this at {} instead of the shared one.",
            separate.label
        ),
    ));
}

/// Checks whether the provider treats the client as one that does not exist.
///
/// A refusal may be due to the client ID, the redirect URI or the secret, and few providers say
/// which. If the client ID is wrong, a client that certainly does not exist gets the same response.
async fn is_unknown(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
    probe: &AuthorizeProbe,
    client: &ClientProbe,
) -> bool {
    if matches!(
        probe,
        AuthorizeProbe::Returned { .. } | AuthorizeProbe::UriAccepted
    ) {
        return false;
    }
    let error = match client {
        ClientProbe::Refused(error) => error,
        // `invalid_grant` says nothing about the client.
        ClientProbe::Inconclusive(error) | ClientProbe::SameForWrongSecret(error)
            if error.code != "invalid_grant" =>
        {
            error
        }
        _ => return false,
    };
    let unknown_error = client_auth::response_to_unknown_client(settings, provider, metadata).await;
    if unknown_error.is_none_or(|unknown_error| unknown_error.words != error.words) {
        return false;
    }
    let unknown_probe = silent_request_of_unknown_client(settings, provider, metadata).await;
    match (probe, unknown_probe) {
        (AuthorizeProbe::Refused(page), AuthorizeProbe::Refused(unknown_page)) => {
            page.words == unknown_page.words
        }
        // Some providers refuse an unknown client with a status such as 404.
        (AuthorizeProbe::Failed(reason), AuthorizeProbe::Failed(unknown_reason)) => {
            matches!(client, ClientProbe::Refused(_)) && *reason == unknown_reason
        }
        _ => false,
    }
}

fn unknown_client(
    report: &mut CheckReport,
    settings: &Settings,
    config: &ProviderConfig,
    client: &ClientProbe,
) {
    let label = &config.label;
    let redirect_uri = config.redirect_uri(&settings.config);
    let refused = match client {
        ClientProbe::Refused(error) => {
            format!("authorization and token requests ({})", error.code)
        }
        _ => "authorization requests".to_owned(),
    };
    report.fail(config.locations.diagnostic(
        "client_id",
        format!("{label} does not know this client ID and refuses its {refused}"),
        format!("Copy it again from {label}. If it is correct, both the redirect URI and the secret are wrong: register {redirect_uri} there and copy the secret again."),
    ));
}

fn redirect_uri(
    report: &mut CheckReport,
    settings: &Settings,
    config: &ProviderConfig,
    probe: &AuthorizeProbe,
) {
    let label = &config.label;
    let redirect_uri = config.redirect_uri(&settings.config);
    let locations = redirect_uri_locations(settings, config);
    let diagnostic = |message, help| locations.diagnostic("redirect_uri", message, help);
    match probe {
        AuthorizeProbe::Returned { .. } | AuthorizeProbe::UriAccepted => {
            report.pass(format!("{label}: client and redirect URI registered"));
        }
        AuthorizeProbe::Refused(ErrorPage { kind, .. }) => report.fail(diagnostic(
            format!("{label} does not accept this redirect URI and shows {kind}"),
            format!("Register exactly this at {label}: {redirect_uri}"),
        )),
        AuthorizeProbe::Inconclusive(reason) => report.unknown(format!(
            "{label}: only a login shows whether {redirect_uri} is registered: {reason}"
        )),
        AuthorizeProbe::Failed(reason) => report.warn(diagnostic(
            format!("could not check whether {label} accepts this redirect URI: {reason}"),
            format!(
                "Compare {redirect_uri} with the redirect URI registered there, or log in once."
            ),
        )),
    }
}

fn is_development(settings: &Settings, provider: &ProviderClient) -> bool {
    let url = &provider.config.server_metadata_url;
    settings.config.redirect_uri.is_development(url)
}
