//! Providers of plain OAuth 2.0, which have no ID token and no discovery document.

use url::Url;

pub(crate) use self::claims_map::ClaimsMap;
use super::{
    Diagnostic, Preset,
    diagnostic::Problem,
    graph::{GRAPH_URL, GROUPS_FROM_GRAPH},
    logout_params::LOGOUT_PARAMS,
    metadata_url::{self, DISCOVERY, METADATA_URL},
    reader::{TableReader, as_str},
    secret::is_placeholder,
    table::Entry,
    url::{fetchable, is_loopback},
};

mod claims_map;
mod github;

/// The endpoints of a provider without ID tokens, and the meaning of its user data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuth2 {
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    /// Returns the user of an access token as a JSON object.
    pub(crate) user_endpoint: Url,
    pub(crate) api: Api,
    pub(crate) claims_map: ClaimsMap,
}

/// The kind of API that the user data comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// One JSON object.
    Plain,
    /// GitHub's REST API. Its user object may have an address that is not verified, so the address
    /// comes from a separate list.
    GitHub { emails_endpoint: Url },
}

/// The keys that configure a provider of plain OAuth 2.0.
pub(super) const OAUTH2_KEYS: &[&str] = &[
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    CLAIMS_MAP,
];

/// The value of the claim `iss`. Without one of [`OAUTH2_KEYS`], this key is treated as a typo of
/// `server_metadata_url`.
pub(super) const ISSUER: &str = "issuer";

pub(super) const CLAIMS_MAP: &str = "claims_map";

/// Keys of OpenID Connect that have no effect without ID tokens.
const OPENID_KEYS: [&str; 5] = [
    "trusted_audiences",
    "userinfo",
    "provider_logout",
    GROUPS_FROM_GRAPH,
    GRAPH_URL,
];

impl OAuth2 {
    pub(crate) fn is_github(&self) -> bool {
        matches!(self.api, Api::GitHub { .. })
    }

    /// Returns true if a provider's table has one of [`OAUTH2_KEYS`].
    pub(super) fn is_configured(reader: &TableReader<'_>) -> bool {
        OAUTH2_KEYS.iter().any(|key| reader.entry(key).is_some())
    }

    /// Reports the keys of plain OAuth 2.0 in the table of a provider whose address comes from
    /// other keys.
    ///
    /// Without its ID token, a login at an OpenID Connect provider would lose the signature, the
    /// audience and the nonce.
    pub(super) fn reject_keys(
        preset: Option<&Preset>,
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let is_extended = |key: &str| key == CLAIMS_MAP && preset.is_some_and(Preset::maps_claims);
        let keys = OAUTH2_KEYS.iter().chain([&ISSUER]);
        for key in keys.filter(|key| reader.entry(key).is_some() && !is_extended(key)) {
            let problem = match preset.filter(|_| reader.entry(METADATA_URL).is_none()) {
                Some(preset) => Problem::new(
                    format!(
                        "not allowed for {}, because its endpoints are known",
                        preset.label
                    ),
                    "Remove this line, or give the table another name if this is another provider.",
                ),
                None => Problem::new(
                    "not allowed together with `server_metadata_url`, which names the endpoints",
                    "Remove this line. Only a provider without ID tokens (OAuth 2.0) uses it instead of `server_metadata_url`.",
                ),
            };
            diagnostics.push(reader.diagnose(key, problem));
        }
    }

    /// Reads the keys of plain OAuth 2.0. Also returns the URL that represents the issuer.
    pub(super) fn read(
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<(Url, Self)> {
        let authorization_endpoint = endpoint(reader, "authorization_endpoint", diagnostics);
        let token_endpoint = endpoint(reader, "token_endpoint", diagnostics);
        let user_endpoint = endpoint(reader, "userinfo_endpoint", diagnostics);
        let claims_map = ClaimsMap::read(reader, diagnostics);
        let issuer = issuer(reader, authorization_endpoint.as_ref(), diagnostics);
        Some((
            issuer?,
            Self {
                authorization_endpoint: authorization_endpoint?,
                token_endpoint: token_endpoint?,
                user_endpoint: user_endpoint?,
                api: Api::Plain,
                claims_map: claims_map?,
            },
        ))
    }

    /// Reports keys that a provider without ID tokens does not use.
    pub(super) fn check_keys(reader: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) {
        // In `[auth]`, the parameters of the logout apply to all providers.
        let own = [LOGOUT_PARAMS];
        let own = own.iter().filter(|_| reader.name != "auth");
        let keys = OPENID_KEYS.iter().chain(own);
        for key in keys.filter(|key| reader.entry(key).is_some()) {
            diagnostics.push(reader.diagnostic(
                key,
                "has no effect on a provider without ID tokens",
                "Remove this line.",
            ));
        }
        for table in ["client_kwargs", "authorize_params"] {
            // The type of the value is checked where the parameters are read.
            let Some(kwargs) = reader.table(table, &mut Vec::new()) else {
                continue;
            };
            for (name, entry) in kwargs
                .table
                .0
                .iter()
                .filter(|(name, entry)| requires(name, entry))
            {
                diagnostics.push(Diagnostic::new(
                    &kwargs.key(name),
                    &entry.location,
                    "cannot be verified without ID tokens, so every login would fail",
                    "Remove this parameter.",
                ));
            }
            let scope = kwargs.string("scope", &mut Vec::new()).unwrap_or_default();
            if scope.split_whitespace().any(|value| value == "openid") {
                diagnostics.push(kwargs.diagnostic(
                    "scope",
                    "contains `openid`, which requests an ID token that would not be verified",
                    "Remove `openid`. If the provider has ID tokens, configure it with `server_metadata_url`.",
                ));
            }
        }
    }
}

/// Returns true for a parameter of the authorization request that the ID token has to confirm.
fn requires(name: &str, entry: &Entry) -> bool {
    match name {
        "max_age" | "acr_values" => as_str(entry) != Some(""),
        "prompt" => {
            let prompt = as_str(entry).unwrap_or_default();
            prompt.split_ascii_whitespace().any(|word| word == "login")
        }
        _ => false,
    }
}

/// Reads the URL of an endpoint.
fn endpoint(reader: &TableReader<'_>, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Url> {
    let example = format!("{key} = \"https://…\"");
    let text = reader.required_string(key, &example, diagnostics)?;
    let problem = match fetchable(text) {
        _ if is_placeholder(text) || text.contains(['{', '<']) => "still a placeholder",
        None => "not an absolute URL",
        Some(url) if !url.username().is_empty() || url.password().is_some() => {
            "contains a user name"
        }
        Some(url) if url.fragment().is_some() => "contains a fragment",
        Some(url) if url.scheme() == "https" => return Some(url),
        Some(url) if url.scheme() == "http" && is_loopback(&url) => return Some(url),
        Some(_) => "expected an https:// URL (or http:// on loopback)",
    };
    let help = format!("Copy it from the documentation of the provider: {example}");
    diagnostics.push(reader.diagnostic(key, problem, help));
    None
}

/// Reads `issuer`, by default the origin of the authorization endpoint. Returns the URL that a
/// discovery document of this issuer would have.
fn issuer(
    reader: &TableReader<'_>,
    authorization_endpoint: Option<&Url>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Url> {
    let text = match reader.entry(ISSUER) {
        Some(_) => {
            let example = "issuer = \"https://example.com\"";
            let text = reader.required_string(ISSUER, example, diagnostics)?;
            text.trim_end_matches('/').to_owned()
        }
        None => authorization_endpoint?.origin().ascii_serialization(),
    };
    let url = Some(format!("{text}{DISCOVERY}"))
        .filter(|_| !text.contains(['?', '#']))
        .and_then(|url| metadata_url::parse(&url).ok());
    if url.is_none() {
        diagnostics.push(reader.diagnostic(
            ISSUER,
            "expected an https:// URL without query or fragment (or http:// on loopback)",
            "Write the address of the provider: issuer = \"https://example.com\"",
        ));
    }
    url
}
