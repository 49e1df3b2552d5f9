//! Checks whether a provider accepts the authorization request of a login.

use super::{
    CheckReport,
    probe::{AuthorizeProbe, ErrorPage, login_request, login_request_without_prompt},
    provider::address_diagnostic,
};
use crate::{
    config::{DEFAULT_PROMPT, ProviderConfig},
    provider::{ProviderClient, ProviderMetadata},
    state::Settings,
};

/// Sends an authorization request with the parameters of a login.
pub(super) async fn check(
    report: &mut CheckReport,
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) {
    let config = &provider.config;
    let label = &config.label;
    let probe = login_request(settings, provider, metadata).await;
    let is_omitted = config.default_prompt && !metadata.supports_prompt(DEFAULT_PROMPT);
    let prompt = config.parameters.get("prompt").filter(|_| !is_omitted);
    let prompt = prompt.filter(|prompt| *prompt != "none");
    // This request may show a page, so `interaction_required` is a refusal as well (Pocket ID).
    let refusal = match &probe {
        AuthorizeProbe::Returned { error: Some(code) } if !probe.is_final() => Some(code),
        AuthorizeProbe::Refused(ErrorPage { kind, .. }) => Some(kind),
        _ => None,
    };
    if let (Some(prompt), Some(refusal)) = (prompt, refusal) {
        let without = login_request_without_prompt(settings, provider, metadata).await;
        if matches!(
            without,
            AuthorizeProbe::Returned { error: None } | AuthorizeProbe::Inconclusive(_)
        ) {
            let default = if config.default_prompt {
                "default "
            } else {
                ""
            };
            report.fail(config.locations.diagnostic(
                "client_kwargs.prompt",
                format!("{label} does not accept the {default}prompt `{prompt}` ({refusal})"),
                "Set client_kwargs = { prompt = \"\" }.",
            ));
            return;
        }
    }
    report_result(report, config, &probe);
}

pub(super) fn report_result(
    report: &mut CheckReport,
    config: &ProviderConfig,
    probe: &AuthorizeProbe,
) {
    const CHANGE_PARAMETERS: &str = "Change or remove parameters in client_kwargs.";

    let label = &config.label;
    match probe {
        AuthorizeProbe::Returned { error: Some(code) } if AuthorizeProbe::is_refusal(code) => {
            let (key, help) = match code.as_str() {
                "invalid_scope" => (
                    "client_kwargs.scope",
                    format!(
                        "Request fewer scopes, for example client_kwargs = {{ scope = \"openid email\" }}, or allow {:?} there.",
                        config.scope
                    ),
                ),
                "unauthorized_client" => (
                    "client_id",
                    "Allow the authorization code flow for this client at the provider.".to_owned(),
                ),
                _ => ("client_kwargs", CHANGE_PARAMETERS.to_owned()),
            };
            let message = format!("{label} refuses the authorization request ({code})");
            report.fail(config.locations.diagnostic(key, message, help));
        }
        AuthorizeProbe::Refused(ErrorPage { kind, .. }) => {
            report.fail(config.locations.diagnostic(
                "client_kwargs",
                format!("{label} refuses the authorization request and shows {kind}"),
                CHANGE_PARAMETERS,
            ));
        }
        AuthorizeProbe::Failed(reason) => report.warn(address_diagnostic(
            config,
            format!("could not check the authorization request at {label}: {reason}"),
            "Try again later.",
        )),
        AuthorizeProbe::Returned { .. }
        | AuthorizeProbe::UriAccepted
        | AuthorizeProbe::Inconclusive(_) => {
            report.pass(format!("{label}: authorization request accepted"));
        }
    }
}
