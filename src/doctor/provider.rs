//! Checks of the data that a provider publishes: its discovery document, its clock and its keys.

use serde_json::{Map, Value};

use super::{CheckReport, backchannel_logout, bearer, names, refresh};
use crate::{
    config::{ClientAuth, Diagnostic, ProviderConfig},
    login::fetch_error_code,
    provider::{
        Algorithm, Discovery, Issuer, LEEWAY, MetadataError, ProbeError, ProviderClient,
        ProviderMetadata, without_query,
    },
    state::Settings,
};

/// Returns the metadata of `provider`, unless the discovery document rules out any login.
pub(super) async fn check(
    report: &mut CheckReport,
    settings: &Settings,
    provider: &ProviderClient,
) -> Option<ProviderMetadata> {
    let config = &provider.config;
    let discovery = match provider.discover().await {
        Ok(discovery) => discovery,
        Err(error) => {
            let message = format!(
                "could not load the discovery document: {} {error}",
                without_query(&config.server_metadata_url)
            );
            let help = connection_help(&error).unwrap_or("Open this URL in a browser, which must show JSON. Compare each part of it with the URL in the console of the provider.");
            let key = match error.kind {
                Some(_) => config.host_key(),
                None => config.metadata_url_key(),
            };
            report.fail(config.locations.diagnostic(key, message, help));
            return None;
        }
    };
    let Discovery {
        document,
        metadata,
        date,
    } = discovery;
    report.pass(format!(
        "{}: discovery document at {}",
        config.label,
        without_query(&config.server_metadata_url)
    ));
    if let Some(date) = date {
        clock(report, config, date, settings.now());
    }
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(error) => {
            report.fail(invalid_metadata(config, &error));
            return None;
        }
    };
    let (Issuer::Fixed(issuer) | Issuer::Template(issuer)) = &metadata.issuer;
    report.pass(format!("{}: issuer {issuer}", config.label));
    capabilities(report, config, &document);
    client_auth(report, provider, &metadata);
    names::check(report, settings, config, &document);
    bearer::check(report, config, &document);
    backchannel_logout::check(report, settings, config, &document);
    refresh::check(report, settings, config, &document);
    if config.userinfo && metadata.userinfo_endpoint.is_none() {
        report.fail(config.locations.diagnostic(
            "userinfo",
            format!("{} does not have a UserInfo endpoint", config.label),
            "Set userinfo = false.",
        ));
    }
    keys(report, provider, &metadata).await;
    Some(metadata)
}

/// Returns a diagnostic for the key that sets the provider's discovery URL.
pub(super) fn address_diagnostic(
    config: &ProviderConfig,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Diagnostic {
    config
        .locations
        .diagnostic(config.metadata_url_key(), message, help)
}

/// Returns an array of strings in a discovery document, or an empty one if it is missing.
pub(super) fn string_array<'d>(document: &'d Map<String, Value>, name: &str) -> Vec<&'d str> {
    let array = document.get(name).and_then(Value::as_array);
    array
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Returns the remedy for a client that has to authenticate with `method`.
pub(super) fn method_help(method: ClientAuth) -> String {
    let line = format!(
        "Set client_kwargs = {{ token_endpoint_auth_method = \"{}\" }}",
        method.name()
    );
    match method {
        ClientAuth::None => format!("{line} and remove client_secret."),
        _ => format!("{line}."),
    }
}

/// Makes a provider's text safe for one line of a report and for a TOML string: without control
/// characters and quotes, at most 200 characters.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && *c != '"')
        .take(200)
        .collect()
}

/// Returns the remedy that the error page shows for a provider that does not respond.
pub(super) fn connection_help(error: &ProbeError) -> Option<&'static str> {
    let kind = error.kind.as_ref()?;
    Some(fetch_error_code(kind).help())
}

fn invalid_metadata(config: &ProviderConfig, error: &MetadataError) -> Diagnostic {
    let label = &config.label;
    match error {
        MetadataError::NotJson => address_diagnostic(
            config,
            "the discovery document is not a JSON object",
            "Check that this leads to the discovery document of the provider.",
        ),
        MetadataError::Endpoint(name) => address_diagnostic(
            config,
            format!("the discovery document has no valid `{name}` (https, or http on loopback)"),
            "Check that this leads to an OpenID Connect discovery document. If it does, correct the configuration of the provider.",
        ),
        MetadataError::Issuer { found, expected } => address_diagnostic(
            config,
            format!("the discovery document is for issuer {found:?}, expected {expected:?}"),
            format!(
                "Use the discovery URL below the issuer of {label}: server_metadata_url = \"{}/.well-known/openid-configuration\". If the provider is behind a proxy, configure its public URL at the provider.",
                printable(found).trim_end_matches('/')
            ),
        ),
    }
}

fn clock(report: &mut CheckReport, config: &ProviderConfig, provider_time: u64, now: u64) {
    let ahead = now
        .cast_signed()
        .saturating_sub(provider_time.cast_signed());
    let seconds = ahead.saturating_abs();
    let label = &config.label;
    let direction = if ahead.is_positive() {
        "ahead of"
    } else {
        "behind"
    };
    let diagnostic = || {
        address_diagnostic(
            config,
            format!("the clock of this machine is {seconds} s {direction} {label}"),
            format!("Set both clocks with NTP. Logins tolerate a difference of {LEEWAY} s."),
        )
    };
    if seconds > LEEWAY {
        report.fail(diagnostic());
    } else if seconds > LEEWAY / 2 {
        report.warn(diagnostic());
    } else {
        report.pass(format!("{label}: clock agrees with this machine"));
    }
}

fn capabilities(report: &mut CheckReport, config: &ProviderConfig, document: &Map<String, Value>) {
    const CHANGE_AT_PROVIDER: &str =
        "Change this in the console of the provider, for this client or for all clients.";
    let label = &config.label;
    let listed = string_array(document, "id_token_signing_alg_values_supported");
    let names: Vec<String> = listed.iter().map(|&name| name.to_owned()).collect();
    let usable = Algorithm::supported(&names);
    if usable.is_empty() {
        let message = format!(
            "{label} signs ID tokens only with unsupported algorithms: {}",
            printable(&listed.join(", "))
        );
        report.fail(address_diagnostic(config, message, CHANGE_AT_PROVIDER));
    }
    let response_types = string_array(document, "response_types_supported");
    let has_code = response_types.is_empty() || response_types.contains(&"code");
    if !has_code {
        report.fail(address_diagnostic(
            config,
            format!("{label} does not support the authorization code flow"),
            CHANGE_AT_PROVIDER,
        ));
    }
    let pkce = string_array(document, "code_challenge_methods_supported");
    if !pkce.is_empty() && !pkce.contains(&"S256") {
        report.warn(address_diagnostic(
            config,
            format!("{label} lists PKCE methods, but not S256"),
            "If logins fail, set PKCE to S256 at the provider. S256 is sent even if it is not listed.",
        ));
    } else if has_code && !usable.is_empty() {
        let names: Vec<&str> = usable.iter().map(|algorithm| algorithm.name).collect();
        let pkce = if pkce.is_empty() {
            "PKCE not listed, sent anyway"
        } else {
            "PKCE with S256"
        };
        report.pass(format!(
            "{label}: ID tokens signed with {}; {pkce}",
            names.join(", ")
        ));
    }
}

fn client_auth(report: &mut CheckReport, provider: &ProviderClient, metadata: &ProviderMetadata) {
    const KEY: &str = "client_kwargs.token_endpoint_auth_method";
    let config = &provider.config;
    let chosen = provider.client_auth(metadata);
    let listed = &metadata.token_endpoint_auth_methods;
    let lists = |method: ClientAuth| listed.iter().any(|name| name == method.name());
    // Many providers support public clients and assertions without listing them.
    let may_be_unlisted = matches!(chosen, ClientAuth::None | ClientAuth::PrivateKeyJwt);
    if listed.is_empty() || lists(chosen) || may_be_unlisted {
        report.pass(format!(
            "{}: client authenticates with {}",
            config.label,
            chosen.name()
        ));
        return;
    }
    let supported = [
        ClientAuth::SecretBasic,
        ClientAuth::SecretPost,
        ClientAuth::None,
    ]
    .into_iter()
    .find(|method| lists(*method));
    let message = format!(
        "{} does not list the authentication method `{}`",
        config.label,
        chosen.name()
    );
    let help = match supported {
        Some(method) => method_help(method),
        None => "Register the client for client_secret_basic or client_secret_post. No method that the provider lists is supported.".to_owned(),
    };
    report.fail(config.locations.diagnostic(KEY, message, help));
}

async fn keys(report: &mut CheckReport, provider: &ProviderClient, metadata: &ProviderMetadata) {
    let config = &provider.config;
    let algorithms = Algorithm::supported(&metadata.signing_algorithms);
    if algorithms.is_empty() {
        return;
    }
    let Some(jwks_uri) = &metadata.jwks_uri else {
        return;
    };
    let url = without_query(jwks_uri);
    match provider.count_keys(jwks_uri, &algorithms).await {
        Err(error) => report.fail(address_diagnostic(
            config,
            format!("could not load the keys of {}: {url} {error}", config.label),
            connection_help(&error).unwrap_or("Make sure that this machine can load this URL, the `jwks_uri` of the discovery document."),
        )),
        Ok((0, unusable)) => {
            let reason = unusable.first().map_or(String::new(), |reason| {
                format!(" (one key is unusable: {reason})")
            });
            report.fail(address_diagnostic(
                config,
                format!("no key at {url} can verify the ID tokens of {}{reason}", config.label),
                "Publish a signing key at the provider: RSA with 2048 to 4096 bits, P-256, P-384, P-521 or Ed25519.",
            ));
        }
        Ok((count, unusable)) => {
            report.pass(format!("{}: usable keys: {count}", config.label));
            if let Some(reason) = unusable.first() {
                report.warn(address_diagnostic(
                    config,
                    format!("{} publishes an unusable key at {url}: {reason}", config.label),
                    "Replace this key at the provider. Logins fail if the provider signs with it.",
                ));
            }
        }
    }
}
