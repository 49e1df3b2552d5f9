//! What a provider publishes: its discovery document, its clock, its keys.

use serde_json::{Map, Value};

use super::{Report, names};
use crate::{
    config::{ClientAuth, Fault, ProviderConfig},
    login::of_outage,
    pages,
    provider::{
        Algorithm, Discovery, Issuer, LEEWAY, Metadata, MetadataError, ProbeError, Provider, bare,
    },
    site::Site,
};

/// The metadata of `provider`, if it is one that people could sign in with.
pub(super) async fn check(
    report: &mut Report,
    site: &Site,
    provider: &Provider,
) -> Option<Metadata> {
    let config = &provider.config;
    let discovery = match provider.discover().await {
        Ok(discovery) => discovery,
        Err(reason) => {
            let problem = format!(
                "leads to {}, which {reason}.",
                bare(&config.server_metadata_url)
            );
            let fix = remedy(&reason).unwrap_or("Open that address in a browser: it has to show JSON. Compare each part of it with what the provider shows you.");
            let key = match reason.kind {
                Some(_) => config.host_key(),
                None => config.address_key(),
            };
            report.bad(config.places.fault(key, problem, fix));
            return None;
        }
    };
    let Discovery {
        document,
        metadata,
        date,
    } = discovery;
    report.good(format!(
        "{}: its discovery document is at {}",
        config.label,
        bare(&config.server_metadata_url)
    ));
    if let Some(date) = date {
        clock(report, config, date, site.config.now());
    }
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(error) => {
            report.bad(refused(config, &error));
            return None;
        }
    };
    let (Issuer::Fixed(issuer) | Issuer::Template(issuer)) = &metadata.issuer;
    report.good(format!("{}: its issuer is {issuer}", config.label));
    abilities(report, config, &document);
    client_auth(report, provider, &metadata);
    names::check(report, site, config, &document);
    if config.userinfo && metadata.userinfo_endpoint.is_none() {
        report.bad(config.places.fault(
            "userinfo",
            format!(
                "asks for the UserInfo claims, but {} has no such endpoint.",
                config.label
            ),
            "Write userinfo = false.",
        ));
    }
    keys(report, provider, &metadata).await;
    Some(metadata)
}

/// A fault of the key that says where the provider is.
pub(super) fn address(
    config: &ProviderConfig,
    problem: impl Into<String>,
    fix: impl Into<String>,
) -> Fault {
    config.places.fault(config.address_key(), problem, fix)
}

/// What an error page says about a provider that does not answer.
fn remedy(error: &ProbeError) -> Option<&'static str> {
    let kind = error.kind.as_ref()?;
    Some(pages::fix(of_outage(kind)))
}

/// A list of texts in a discovery document; empty if there is none.
pub(super) fn list<'d>(document: &'d Map<String, Value>, name: &str) -> Vec<&'d str> {
    let list = document.get(name).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn refused(config: &ProviderConfig, error: &MetadataError) -> Fault {
    let label = &config.label;
    match error {
        MetadataError::NotJson => address(
            config,
            "leads to something that is no JSON object.",
            "It has to be the address of the discovery document.",
        ),
        MetadataError::Endpoint(name) => address(
            config,
            format!("leads to a document without a usable `{name}` (https, or http on loopback)."),
            "It has to be the address of an OpenID Connect discovery document; if it is, the provider is set up wrongly.",
        ),
        MetadataError::Issuer { found, expected } => address(
            config,
            format!("leads to a document of the issuer {found:?}, but belongs to {expected:?}."),
            format!(
                "Write the address below {label}'s own issuer: server_metadata_url = \"{}/.well-known/openid-configuration\". If the provider stands behind a proxy, tell the provider its public address.",
                printable(found).trim_end_matches('/')
            ),
        ),
    }
}

fn clock(report: &mut Report, config: &ProviderConfig, theirs: u64, ours: u64) {
    let ahead = ours.cast_signed().saturating_sub(theirs.cast_signed());
    let seconds = ahead.saturating_abs();
    let label = &config.label;
    let which = if ahead.is_positive() {
        "ahead of"
    } else {
        "behind"
    };
    let fault = || {
        address(
            config,
            format!(
                "leads to a provider whose clock differs: this machine is {seconds} s {which} {label}."
            ),
            format!("Set both clocks by NTP: sign-in bears a difference of {LEEWAY} s."),
        )
    };
    if seconds > LEEWAY {
        report.bad(fault());
    } else if seconds > LEEWAY / 2 {
        report.doubt(fault());
    } else {
        report.good(format!("{label}: its clock and ours agree"));
    }
}

fn abilities(report: &mut Report, config: &ProviderConfig, document: &Map<String, Value>) {
    const PROVIDERS_MATTER: &str =
        "That is set at the provider, for this client or for all: look for it in its console.";
    let label = &config.label;
    let listed = list(document, "id_token_signing_alg_values_supported");
    let owned: Vec<String> = listed.iter().map(|&name| name.to_owned()).collect();
    let usable = Algorithm::among(&owned);
    if usable.is_empty() {
        let problem = format!(
            "leads to a provider that signs by {} alone, none of which is supported.",
            printable(&listed.join(", "))
        );
        report.bad(address(config, problem, PROVIDERS_MATTER));
    }
    let response_types = list(document, "response_types_supported");
    let has_code = response_types.is_empty() || response_types.contains(&"code");
    if !has_code {
        report.bad(address(
            config,
            "leads to a provider without the authorization code flow.",
            PROVIDERS_MATTER,
        ));
    }
    let pkce = list(document, "code_challenge_methods_supported");
    if !pkce.is_empty() && !pkce.contains(&"S256") {
        report.doubt(address(
            config,
            "leads to a provider that lists PKCE without S256.",
            "S256 is sent all the same; if sign-in fails, PKCE has to be set to S256 at the provider.",
        ));
    } else if has_code && !usable.is_empty() {
        let names: Vec<&str> = usable.iter().map(|algorithm| algorithm.name).collect();
        let pkce = if pkce.is_empty() {
            "PKCE is not listed, and sent all the same"
        } else {
            "PKCE by S256"
        };
        report.good(format!("{label}: signs by {}; {pkce}", names.join(", ")));
    }
}

fn client_auth(report: &mut Report, provider: &Provider, metadata: &Metadata) {
    const KEY: &str = "client_kwargs.token_endpoint_auth_method";
    let config = &provider.config;
    let chosen = provider.client_auth(metadata);
    let listed = &metadata.token_endpoint_auth_methods;
    let lists = |method: ClientAuth| listed.iter().any(|name| name == method.name());
    // Many providers do not list `none` for the public clients that they have.
    if listed.is_empty() || lists(chosen) || chosen == ClientAuth::None {
        report.good(format!(
            "{}: the client authenticates by {}",
            config.label,
            chosen.name()
        ));
        return;
    }
    let better = [
        ClientAuth::SecretBasic,
        ClientAuth::SecretPost,
        ClientAuth::None,
    ]
    .into_iter()
    .find(|method| lists(*method));
    let problem = format!(
        "is {}, which {} does not list.",
        chosen.name(),
        config.label
    );
    report.bad(match better {
        Some(better) => config.places.fault(KEY, problem, use_method(better)),
        None => config.places.fault(
            KEY,
            problem,
            "None of the methods that it lists is supported: register the client for client_secret_basic or client_secret_post.",
        ),
    });
}

pub(super) fn use_method(method: ClientAuth) -> String {
    let line = format!(
        "Write: client_kwargs = {{ token_endpoint_auth_method = \"{}\" }}",
        method.name()
    );
    match method {
        ClientAuth::None => format!("{line}, and remove client_secret."),
        _ => line,
    }
}

async fn keys(report: &mut Report, provider: &Provider, metadata: &Metadata) {
    let config = &provider.config;
    let algorithms = Algorithm::among(&metadata.signing_algorithms);
    if algorithms.is_empty() {
        return;
    }
    let keys = bare(&metadata.jwks_uri);
    match provider.count_keys(metadata, &algorithms).await {
        Err(reason) => report.bad(address(
            config,
            format!("leads to a provider whose keys are at {keys}, which {reason}."),
            remedy(&reason).unwrap_or("The provider names that address itself (`jwks_uri`): this machine has to reach it."),
        )),
        Ok((0, unusable)) => {
            let reasons = unusable.first().map_or(String::new(), |reason| {
                format!(" One cannot be used: {reason}.")
            });
            report.bad(address(
                config,
                format!("leads to a provider whose keys at {keys} can check none of its algorithms.{reasons}"),
                "It has to publish an RSA key of 2048 to 4096 bits, a P-256, P-384, P-521 or Ed25519 key for signing.",
            ));
        }
        Ok((count, unusable)) => {
            report.good(format!("{}: usable keys: {count}", config.label));
            if let Some(reason) = unusable.first() {
                report.doubt(address(
                    config,
                    format!("leads to a provider that publishes a key at {keys} that cannot be used: {reason}."),
                    "Sign-in fails if the provider signs with that key. Replace it at the provider.",
                ));
            }
        }
    }
}

/// A provider's text, fit for one line of a report.
pub(super) fn printable(text: &str) -> String {
    let plain = text
        .chars()
        .filter(|letter| !letter.is_control() && *letter != '"');
    plain.take(200).collect()
}
