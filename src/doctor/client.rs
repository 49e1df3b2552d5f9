//! What it means that a provider takes or refuses a sign-in and a code.

use super::{
    Report,
    client_auth::{self, Client},
    probe::{
        Refusal, SignIn, sign_in, sign_in_without_prompt, silent_sign_in,
        silent_sign_in_of_unknown_client,
    },
    provider::{address, use_method},
    sign_out,
};
use crate::{
    config::{DEFAULT_PROMPT, ProviderConfig},
    provider::{Metadata, Provider},
    site::Site,
};

pub(super) async fn check(
    report: &mut Report,
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
) {
    let asked = silent_sign_in(site, provider, metadata).await;
    let client = if is_development(site, provider) {
        Client::Anything
    } else {
        client_auth::check(site, provider, metadata).await
    };
    let is_unknown = is_unknown(site, provider, metadata, &asked, &client).await;
    if is_unknown {
        unknown_client(report, site, &provider.config, &client);
    } else {
        registered(report, site, &provider.config, &asked);
    }
    if asked.is_final() {
        accepted(report, &provider.config, &asked);
    } else if matches!(asked, SignIn::Back(_) | SignIn::Known) {
        request(report, site, provider, metadata).await;
    }
    if !is_unknown {
        secret(report, &provider.config, &client);
    }
    // A provider that does not know the client or its address has nothing to say of its way back.
    if !is_unknown && !matches!(asked, SignIn::Page(_)) {
        sign_out::check(report, site, provider, metadata).await;
    }
}

/// Checks whether the provider treats the client as one that does not exist.
///
/// A refusal may be due to the client ID, the redirect URI or the secret, and few providers say which. A client that certainly does not exist
/// is refused in the same words where the client ID is what is wrong.
async fn is_unknown(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
    asked: &SignIn,
    client: &Client,
) -> bool {
    if matches!(asked, SignIn::Back(_) | SignIn::Known) {
        return false;
    }
    let answer = match client {
        Client::Refused(answer) => answer,
        // Of the client it says nothing.
        Client::Untold(answer) if answer.code != "invalid_grant" => answer,
        _ => return false,
    };
    let to_unknown = client_auth::answer_to_unknown_client(site, provider, metadata).await;
    if to_unknown.is_none_or(|to_unknown| to_unknown.words != answer.words) {
        return false;
    }
    let other = silent_sign_in_of_unknown_client(site, provider, metadata).await;
    match (asked, other) {
        (SignIn::Page(Refusal { words, .. }), SignIn::Page(other)) => *words == other.words,
        // Trouble with a status such as 404 may be how an unknown client is refused.
        (SignIn::Trouble(reason), SignIn::Trouble(other)) => {
            matches!(client, Client::Refused(_)) && *reason == other
        }
        _ => false,
    }
}

fn unknown_client(report: &mut Report, site: &Site, config: &ProviderConfig, client: &Client) {
    let label = &config.label;
    let redirect_uri = site.config.redirect_uri.as_str();
    let also = match client {
        Client::Refused(answer) => format!(", and the secret too ({})", answer.code),
        _ => String::new(),
    };
    report.bad(config.places.fault(
        "client_id",
        format!("is not known to {label}: it refuses sign-in{also}."),
        format!("Copy it again from {label}. If it is right, then both other values are wrong: register {redirect_uri} there and copy the secret again."),
    ));
}

fn registered(report: &mut Report, site: &Site, config: &ProviderConfig, asked: &SignIn) {
    let label = &config.label;
    let redirect_uri = site.config.redirect_uri.as_str();
    let fault =
        |problem: String, fix: String| site.config.places.fault("redirect_uri", problem, fix);
    match asked {
        SignIn::Back(_) | SignIn::Known => {
            report.good(format!("{label}: knows the client and its redirect URI"));
        }
        SignIn::Page(Refusal { page, .. }) => report.bad(fault(
            format!("is not registered at {label}, which answers a sign-in with {page}."),
            format!("Register exactly this at {label}: {redirect_uri}"),
        )),
        SignIn::Elsewhere(reason) => report.unknown(format!(
            "{label}: only a login shows whether {redirect_uri} is registered: {reason}"
        )),
        SignIn::Trouble(reason) => report.doubt(fault(
            format!("may be registered at {label} or not: {reason}."),
            format!("Compare what is registered there with {redirect_uri}, or sign in once."),
        )),
    }
}

/// Asks for a sign-in with the parameters of a login.
async fn request(report: &mut Report, site: &Site, provider: &Provider, metadata: &Metadata) {
    let config = &provider.config;
    let asked = sign_in(site, provider, metadata).await;
    let is_left_out = config.default_prompt && !metadata.supports_prompt(DEFAULT_PROMPT);
    let sent = config.parameters.get("prompt").filter(|_| !is_left_out);
    let sent = sent.filter(|sent| *sent != "none");
    // With a page to show, `interaction_required` is a refusal as well: Pocket ID.
    let refusal = match &asked {
        SignIn::Back(Some(code)) if !asked.is_final() => Some(code),
        SignIn::Page(Refusal { page, .. }) => Some(page),
        _ => None,
    };
    if let (Some(sent), Some(refusal)) = (sent, refusal) {
        let without = sign_in_without_prompt(site, provider, metadata).await;
        if matches!(without, SignIn::Back(None) | SignIn::Elsewhere(_)) {
            let by_default = if config.default_prompt {
                " by default"
            } else {
                ""
            };
            report.bad(config.places.fault(
                "client_kwargs.prompt",
                format!(
                    "is \"{sent}\"{by_default}, which {} refuses: {refusal}.",
                    config.label
                ),
                "Write: client_kwargs = { prompt = \"\" }",
            ));
            return;
        }
    }
    accepted(report, config, &asked);
}

fn accepted(report: &mut Report, config: &ProviderConfig, asked: &SignIn) {
    let label = &config.label;
    match asked {
        SignIn::Back(Some(code)) if SignIn::is_refusal(code) => {
            let key = match code.as_str() {
                "invalid_scope" => "client_kwargs.scope",
                "unauthorized_client" => "client_id",
                _ => "client_kwargs",
            };
            let fix = match code.as_str() {
                "invalid_scope" => format!(
                    "Ask for less, for example: client_kwargs = {{ scope = \"openid email\" }}; or allow {:?} there.",
                    config.scope
                ),
                "unauthorized_client" => {
                    "Allow this client the authorization code flow at the provider.".to_owned()
                }
                _ => "Change or remove what client_kwargs sends.".to_owned(),
            };
            let problem = format!("makes sign-in requests that {label} refuses: {code}.");
            report.bad(config.places.fault(key, problem, fix));
        }
        SignIn::Page(Refusal { page, .. }) => report.bad(config.places.fault(
            "client_kwargs",
            format!("makes sign-in requests that {label} answers with {page}."),
            "Change or remove what client_kwargs sends.",
        )),
        SignIn::Trouble(reason) => report.doubt(address(
            config,
            format!("leads to a provider with a sign-in page in trouble: {reason}."),
            "Try again later.",
        )),
        SignIn::Back(_) | SignIn::Known | SignIn::Elsewhere(_) => {
            report.good(format!("{label}: takes our sign-in requests"));
        }
    }
}

fn secret(report: &mut Report, config: &ProviderConfig, client: &Client) {
    let label = &config.label;
    let (key, noun) = match config.client_secret {
        Some(_) => ("client_secret", "the client secret"),
        None => (
            "client_kwargs.token_endpoint_auth_method",
            "a public client",
        ),
    };
    match client {
        Client::Accepted => report.good(format!("{label}: accepts {noun}")),
        Client::Anything => report.good(format!("{label}: the development provider takes any secret")),
        Client::By(method) => report.bad(config.places.fault(
            "client_kwargs.token_endpoint_auth_method",
            format!("is not how {label} knows this client, but {} is.", method.name()),
            use_method(*method),
        )),
        Client::Refused(answer) => report.bad(config.places.fault(
            key,
            format!("is not accepted by {label} ({}).", answer.code),
            match config.client_secret {
                Some(_) => "Copy it again from the provider; make a new one there if it was replaced or has expired.",
                None => "The client is not a public one there: remove this, and write its client_secret.",
            },
        )),
        Client::Untold(answer) => report.unknown(format!(
            "{label}: only a login shows whether it accepts {noun}: it answers {} to a wrong one too",
            answer.code
        )),
        Client::Unclear(reason) => report.doubt(config.places.fault(
            key,
            format!("may be right or not, {label} does not tell: {reason}."),
            "Sign in once to see.",
        )),
    }
}

fn is_development(site: &Site, provider: &Provider) -> bool {
    let url = &provider.config.server_metadata_url;
    site.config.redirect_uri.is_development(url)
}
