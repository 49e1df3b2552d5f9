//! Reports whether a provider accepts the client's credentials.

use super::{CheckReport, client_auth::ClientProbe, provider::method_help};
use crate::config::{Credential, ProviderConfig};

pub(super) fn report_result(
    report: &mut CheckReport,
    config: &ProviderConfig,
    client: &ClientProbe,
) {
    const METHOD_KEY: &str = "client_kwargs.token_endpoint_auth_method";

    let label = &config.label;
    let key = config.credential.key().unwrap_or(METHOD_KEY);
    let (noun, this, remedy) = match &config.credential {
        Credential::Public => (
            "public client",
            "a public client",
            "Remove this and set client_secret. The client is not registered as public at the provider.",
        ),
        Credential::Secret(_) => (
            "client secret",
            "this client secret",
            "Copy it again from the provider. Create a new one there if it was replaced or has expired.",
        ),
        Credential::AssertionFile(_) => (
            "client assertion",
            "the assertion in this file",
            "At the provider, trust its issuer, subject and audience, exactly as they are in the file.",
        ),
        Credential::Key(_) => (
            "client key",
            "this key",
            "At the provider, register the public key of this file for the client, under client_key_id if it is set.",
        ),
        Credential::AppleKey(_) => (
            "client key",
            "this key",
            "Compare the team ID, the key ID and the client ID (the Services ID) with your Apple developer account. The key may be revoked there.",
        ),
    };
    match client {
        ClientProbe::Accepted => report.pass(format!("{label}: {noun} accepted")),
        ClientProbe::AcceptsAny => report.pass(format!(
            "{label}: development provider, accepts any client secret"
        )),
        ClientProbe::ExpectsMethod(method) => report.fail(config.locations.diagnostic(
            METHOD_KEY,
            format!(
                "{label} expects this client to authenticate with `{}`",
                method.name()
            ),
            method_help(*method),
        )),
        ClientProbe::ExpectsAssertion(setting) => report.fail(config.locations.diagnostic(
            setting.key,
            format!("{label} accepts this client key only with another value"),
            format!("Write: {}", setting.line),
        )),
        ClientProbe::Refused(error) => report.fail(config.locations.diagnostic(
            key,
            format!("{label} does not accept {this} ({})", error.code),
            remedy,
        )),
        ClientProbe::Inconclusive(error) => report.unknown(format!(
            "{label}: only a login shows whether the {noun} is accepted: the token endpoint responds with {}",
            error.code
        )),
        ClientProbe::SameForWrongSecret(error) => report.unknown(format!(
            "{label}: only a login shows whether the {noun} is accepted: a wrong one gets {} too",
            error.code
        )),
        ClientProbe::Failed(reason) => report.warn(config.locations.diagnostic(
            key,
            format!("could not check whether {label} accepts {this}: {reason}"),
            "Log in once to find out.",
        )),
    }
}
