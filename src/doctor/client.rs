//! What it means that a provider takes or refuses a sign-in, a code, and a way back from sign-out.

use super::{
    Report,
    probe::{Client, SignIn, client, sign_in, sign_in_without_prompt, silent_sign_in},
    provider::{address, use_method},
};
use crate::{
    config::{DEFAULT_PROMPT, ProviderConfig},
    logout::end_session_url,
    provider::{Metadata, Provider, bare},
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
        client(site, provider, metadata).await
    };
    registered(report, site, &provider.config, &asked, &client);
    if asked.is_final() {
        accepted(report, &provider.config, &asked);
    } else if matches!(asked, SignIn::Back(_) | SignIn::Known) {
        let asked = sign_in(site, provider, metadata).await;
        if refuses_default_prompt(site, provider, metadata, &asked).await {
            report.bad(provider.config.places.fault(
                "client_kwargs.prompt",
                format!(
                    "is \"select_account\" by default, which {} refuses.",
                    provider.config.label
                ),
                "Write: client_kwargs = { prompt = \"\" }",
            ));
        } else {
            accepted(report, &provider.config, &asked);
        }
    }
    secret(report, &provider.config, &asked, &client);
    // A provider that does not know the client or its address has nothing to say of its way back.
    if !matches!(asked, SignIn::Page(_)) {
        sign_out(report, site, provider, metadata).await;
    }
}

/// The errors of a provider that would have to show a page, but was told not to (OpenID Connect Core 1.0, section 3.1.2.6).
const NEEDS_A_PAGE: [&str; 5] = [
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
    "access_denied",
];

fn registered(
    report: &mut Report,
    site: &Site,
    config: &ProviderConfig,
    asked: &SignIn,
    client: &Client,
) {
    let label = &config.label;
    let redirect_uri = site.config.redirect_uri.as_str();
    let fault =
        |problem: String, fix: String| site.config.places.fault("redirect_uri", problem, fix);
    match (asked, client) {
        (SignIn::Back(_) | SignIn::Known, _) => {
            report.good(format!("{label}: knows the client and its redirect URI"));
        }
        (SignIn::Page(_), Client::Refused(code)) => report.bad(config.places.fault(
            "client_id",
            format!("is not known to {label}: it refuses sign-in, and the secret too ({code})."),
            format!("Copy it again from {label}. If it is right, then both other values are wrong: register {redirect_uri} there and copy the secret again."),
        )),
        (SignIn::Page(page), _) => report.bad(fault(
            format!("is not registered at {label}, which answers a sign-in with {page}."),
            format!("Register exactly this at {label}: {redirect_uri}"),
        )),
        (SignIn::Elsewhere(reason) | SignIn::Trouble(reason), _) => report.doubt(fault(
            format!("may be registered at {label} or not: {reason}."),
            format!("Compare what is registered there with {redirect_uri}, or sign in once."),
        )),
    }
}

fn accepted(report: &mut Report, config: &ProviderConfig, asked: &SignIn) {
    let label = &config.label;
    match asked {
        SignIn::Back(Some(code)) if !NEEDS_A_PAGE.contains(&code.as_str()) => {
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
                _ => CHANGE_REQUEST.to_owned(),
            };
            let problem = format!("makes sign-in requests that {label} refuses: {code}.");
            report.bad(config.places.fault(key, problem, fix));
        }
        SignIn::Page(page) => report.bad(config.places.fault(
            "client_kwargs",
            format!("makes sign-in requests that {label} answers with {page}."),
            CHANGE_REQUEST,
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

const CHANGE_REQUEST: &str = "Change or remove what client_kwargs sends.";

/// Whether the same request is refused with the default `prompt` and not without it.
async fn refuses_default_prompt(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
    asked: &SignIn,
) -> bool {
    let is_sent = provider.config.default_prompt && metadata.supports_prompt(DEFAULT_PROMPT);
    let may_be_refused =
        matches!(asked, SignIn::Page(_) | SignIn::Back(Some(_))) && !asked.is_final();
    if !is_sent || !may_be_refused {
        return false;
    }
    let without = sign_in_without_prompt(site, provider, metadata).await;
    !matches!(
        without,
        SignIn::Page(_) | SignIn::Back(Some(_)) | SignIn::Trouble(_)
    )
}

fn secret(report: &mut Report, config: &ProviderConfig, asked: &SignIn, client: &Client) {
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
        // Told already, as a client that is not known.
        Client::Refused(_) if matches!(asked, SignIn::Page(_)) => {}
        Client::Refused(code) => report.bad(config.places.fault(
            key,
            format!("is not accepted by {label} ({code})."),
            match config.client_secret {
                Some(_) => "Copy it again from the provider; make a new one there if it was replaced or has expired.",
                None => "The client is not a public one there: remove this, and write its client_secret.",
            },
        )),
        Client::Unclear(reason) => report.doubt(config.places.fault(
            key,
            format!("may be right or not, {label} does not tell: {reason}."),
            "Sign in once to see.",
        )),
    }
}

async fn sign_out(report: &mut Report, site: &Site, provider: &Provider, metadata: &Metadata) {
    let config = &provider.config;
    let label = &config.label;
    let endpoint = match &metadata.end_session_endpoint {
        Some(endpoint) if config.provider_logout => endpoint,
        Some(_) => {
            report.good(format!(
                "{label}: sign-out stays in the app (provider_logout = false)"
            ));
            return;
        }
        None => {
            report.good(format!(
                "{label}: has no end_session_endpoint, so sign-out stays in the app"
            ));
            return;
        }
    };
    let known = format!("{label}: sign-out goes on to {}", bare(endpoint));
    if config.wants_id_token_hint() {
        report.good(known);
        return;
    }
    let redirect_uri = site.config.redirect_uri.as_str();
    let url = end_session_url(endpoint, config, redirect_uri, None);
    let trouble = match provider.look(&url).await {
        Ok(look) if (400..500).contains(&look.status) && look.status != 429 => {
            report.doubt(site.config.places.fault(
                "redirect_uri",
                format!("is no way back from the sign-out of {label}, which answers with status {}.", look.status),
                format!("Register it there as a URL to go to after sign-out too: {redirect_uri}. Or write provider_logout = false."),
            ));
            return;
        }
        Ok(look) if look.status >= 400 => format!("answers with status {}", look.status),
        Ok(_) => {
            report.good(known);
            return;
        }
        Err(reason) => reason.to_string(),
    };
    report.doubt(address(
        config,
        format!(
            "leads to a provider whose sign-out, {}, {trouble}.",
            bare(endpoint)
        ),
        "Try again later, or write provider_logout = false.",
    ));
}

fn is_development(site: &Site, provider: &Provider) -> bool {
    let url = &provider.config.server_metadata_url;
    site.config.redirect_uri.is_development(url)
}
