//! Reads `[auth]`: the settings that all providers share, and the list of providers.

use std::{collections::BTreeSet, env};

use super::{
    Allow, Config, DEFAULT, Diagnostic, ExposeTokens, KeyLocations, OAuth2, Preset, ProviderConfig,
    RedirectUri,
    app_path::login_page,
    bearer::{self, RESOURCE},
    cookie_budget, cookie_format, cookie_secrets,
    diagnostic::Problem,
    identity_headers::{self, HEADERS},
    lifetime,
    login_params::{self, LOGIN_PARAMS},
    oauth2::ISSUER,
    presets::PRESET,
    provider::{self, ALLOW, LOGOUT_PARAMS},
    reader::{TableReader, as_str},
    redirect_uri::REDIRECT_URI,
    sessions::{self, SESSION_IDLE, SESSION_STORE},
    stray_tables::stray_providers,
    table::{Table, Value},
    unknown_keys::{self, UnknownEntry},
};

/// Keys of `[auth]` that apply to all providers.
pub(crate) const SHARED_KEYS: &[&str] = &[
    "allow",
    "redirect_uri",
    "cookie_secret",
    "cookie_secret_file",
    "cookie_secrets_old",
    "cookie_lifetime",
    "cookie_days",
    "revoked_before",
    "cookie_budget",
    "expose_tokens",
    "claims",
    "app_name",
    "login_page",
    LOGIN_PARAMS,
    "signed_out_page",
    "streamlit_cookies",
    SESSION_STORE,
    SESSION_IDLE,
    RESOURCE,
    LOGOUT_PARAMS,
    HEADERS,
];

pub(crate) fn read(
    auth: &TableReader<'_>,
    top_level: &Table,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Config> {
    let redirect_uri = redirect_uri(auth, diagnostics);
    let cookie_secrets = cookie_secrets::read(auth, redirect_uri.as_ref(), diagnostics);
    let lifetime = lifetime::read(auth, diagnostics);
    let cookie_budget = cookie_budget::read(auth, diagnostics);
    let expose_tokens = expose_tokens(auth, diagnostics);
    let claims = auth
        .strings("claims", diagnostics)
        .map(|claims| claims.into_iter().map(str::to_owned).collect());
    let app_name = auth.string("app_name", diagnostics).map(str::to_owned);
    #[cfg(feature = "streamlit-cookies")]
    let cookie_format = cookie_format::read(auth, diagnostics);
    #[cfg(not(feature = "streamlit-cookies"))]
    cookie_format::reject(auth, diagnostics);
    let allow = auth
        .table("allow", diagnostics)
        .map(|reader| Allow::read(&reader, diagnostics));
    let identity_headers = identity_headers::read(auth, diagnostics);
    let login_page = redirect_uri
        .as_ref()
        .and_then(|uri| login_page(auth, uri, diagnostics));
    let login_params = login_params::read(auth, diagnostics);
    if !has_default(auth) {
        // The default provider reads this table itself.
        provider::logout_params(auth, diagnostics);
    }
    let signed_out_page = auth
        .boolean("signed_out_page", diagnostics)
        .unwrap_or(false);
    let sessions = sessions::read(auth, redirect_uri.as_ref(), diagnostics);
    let providers = providers(auth, top_level, redirect_uri.as_ref(), diagnostics);
    let resource = bearer::resource(auth, redirect_uri.as_ref(), &providers, diagnostics);
    let redirect_uri = redirect_uri?;
    Some(Config {
        cookie_secrets: cookie_secrets?,
        cookie_max_age: lifetime.max_age,
        revoked_before: lifetime.revoked_before,
        cookie_budget,
        expose_tokens,
        claims,
        allow: allow.unwrap_or_default(),
        identity_headers,
        #[cfg(feature = "streamlit-cookies")]
        cookie_format: cookie_format.unwrap_or_default(),
        app_name: app_name.unwrap_or_else(|| redirect_uri.host().to_owned()),
        login_page,
        login_params,
        signed_out_page,
        sessions,
        resource,
        providers: providers.into_iter().map(Into::into).collect(),
        redirect_uri,
        files: Vec::new(),
        linked_files: Vec::new(),
        has_written_secrets: true,
        locations: KeyLocations::new(auth),
    })
}

fn redirect_uri(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<RedirectUri> {
    let configured = if auth.entry(REDIRECT_URI).is_none() && has_preset(auth) {
        LOCAL_REDIRECT_URI
    } else {
        auth.required_string(
            REDIRECT_URI,
            "redirect_uri = \"http://localhost:8501/oauth2callback\"",
            diagnostics,
        )?
    };
    RedirectUri::parse(&configured.replace("{port}", &port()))
        .map_err(|problem| diagnostics.push(auth.diagnose(REDIRECT_URI, problem)))
        .ok()
}

/// Returns true if a provider table relies on a preset. Otherwise `redirect_uri` is required, as in
/// Streamlit.
fn has_preset(auth: &TableReader<'_>) -> bool {
    let relies_on_preset = |name: &str, table: &Table| {
        table.get(provider::METADATA_URL).is_none()
            && (table.get(PRESET).is_some() || Preset::named(name).is_some())
    };
    relies_on_preset(DEFAULT, auth.table)
        || auth.table.0.iter().any(|(name, entry)| {
            matches!(&entry.value, Value::Table(table) if relies_on_preset(name, table))
        })
}

/// The default `redirect_uri` during development, on this computer.
const LOCAL_REDIRECT_URI: &str = "http://localhost:{port}/oauth2callback";

/// Returns the value of `{port}`: the environment variable of Streamlit's `server.port`, else the
/// usual `PORT`, else Streamlit's default.
pub(super) fn port() -> String {
    ["STREAMLIT_SERVER_PORT", "PORT"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|port| port.parse::<u16>().is_ok())
        .unwrap_or_else(|| "8501".to_owned())
}

/// Reads `expose_tokens`: `"id"`, `"access"`, or an array of them.
///
/// Source: Streamlit 1.67, `auth_util.get_expose_tokens_config`.
fn expose_tokens(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> ExposeTokens {
    const KEY: &str = "expose_tokens";
    let mut expose = ExposeTokens::default();
    let names = match auth.entry(KEY).map(|entry| &entry.value) {
        None => return expose,
        Some(Value::String(name)) => Some(vec![name.as_str()]),
        Some(Value::Array(array)) => array.iter().map(as_str).collect(),
        Some(_) => None,
    };
    for name in names.unwrap_or_else(|| vec![""]) {
        match name {
            "id" => expose.id = true,
            "access" => expose.access = true,
            _ => {
                diagnostics.push(auth.diagnostic(
                    KEY,
                    "expected only \"id\" and \"access\"",
                    "Write: expose_tokens = [\"id\", \"access\"]",
                ));
            }
        }
    }
    expose
}

/// Reads the default provider, if any of its keys is set, and the named ones.
fn providers(
    auth: &TableReader<'_>,
    top_level: &Table,
    redirect_uri: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<ProviderConfig> {
    let mut providers = Vec::new();
    let has_default = has_default(auth);
    if has_default {
        providers.extend(provider::read(DEFAULT, auth, redirect_uri, diagnostics));
    }
    let default_preset = Preset::of(DEFAULT, auth.table);
    let preset_keys = default_preset.map_or(&[][..], |preset| preset.keys);
    let known: Vec<&str> = SHARED_KEYS
        .iter()
        .chain(provider::KEYS)
        .copied()
        .chain(preset_keys.iter().map(|key| key.name))
        .chain(OAuth2::is_configured(auth).then_some(ISSUER))
        .collect();
    let is_unknown = |name: &str| !known.contains(&name) && !provider::IGNORED_KEYS.contains(&name);
    let mut lower_case_names = BTreeSet::new();
    let mut has_named = false;
    for (name, entry) in auth.table.0.iter().filter(|(name, _)| is_unknown(name)) {
        match UnknownEntry::classify(name, entry, &known) {
            UnknownEntry::Provider(table) => {
                has_named = true;
                let reader = TableReader {
                    name: auth.key(name),
                    table,
                    location: entry.location.clone(),
                };
                providers.extend(named_provider(
                    auth,
                    name,
                    &reader,
                    &mut lower_case_names,
                    redirect_uri,
                    diagnostics,
                ));
            }
            UnknownEntry::ProviderArray => {
                has_named = true;
                let help = format!("Write it with single brackets: `[{}]`", auth.key(name));
                let message = "expected a table, found an array of tables";
                diagnostics.push(auth.diagnostic(name, message, help));
            }
            UnknownEntry::Typo(closest) => {
                diagnostics.push(unknown_keys::typo(auth, name, closest));
            }
            UnknownEntry::App => unknown_keys::warn(auth, name),
        }
    }
    let stray = stray_providers(top_level);
    if has_default || has_named {
        for diagnostic in stray {
            tracing::warn!(reason = diagnostic.finding(), "provider ignored");
        }
    } else if stray.is_empty() {
        diagnostics.push(Diagnostic::new(
            &auth.name,
            &auth.location,
            "no provider is configured",
            format!(
                "Add the last three of these lines, with your own values:\n\n{}",
                super::EXAMPLE
            ),
        ));
    } else {
        diagnostics.extend(stray);
    }
    providers
}

/// Returns true if `[auth]` itself contains a provider.
fn has_default(auth: &TableReader<'_>) -> bool {
    provider::KEYS.iter().any(|key| auth.entry(key).is_some())
}

/// Reads `[auth.<name>]`.
fn named_provider(
    auth: &TableReader<'_>,
    name: &str,
    reader: &TableReader<'_>,
    lower_case_names: &mut BTreeSet<String>,
    redirect_uri: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ProviderConfig> {
    if let Some(problem) = name_problem(name) {
        diagnostics.push(auth.diagnose(name, problem));
        return None;
    }
    if !lower_case_names.insert(name.to_ascii_lowercase()) {
        diagnostics.push(auth.diagnostic(
            name,
            "differs from another provider name only in upper and lower case",
            "Choose another name, because Streamlit does not distinguish the two.",
        ));
    }
    let may_be_own = [ALLOW, LOGOUT_PARAMS, REDIRECT_URI];
    let misplaced = SHARED_KEYS
        .iter()
        .filter(|key| !may_be_own.contains(key) && reader.entry(key).is_some());
    for key in misplaced {
        diagnostics.push(reader.diagnostic(
            key,
            "only allowed in `[auth]`, where it applies to every provider",
            "Move it to `[auth]`.",
        ));
    }
    let mut provider = provider::read(name, reader, redirect_uri, diagnostics)?;
    // Problems of this table are reported once, by `read`.
    for (name, value) in provider::logout_params(auth, &mut Vec::new()) {
        provider.logout_params.entry(name).or_insert(value);
    }
    Some(provider)
}

/// Returns the problem of a provider name. Names are part of paths and, in Streamlit, of
/// the keys of stored states.
///
/// Source: Streamlit 1.67, `auth_util.validate_auth_credentials`, which rejects `_`.
fn name_problem(name: &str) -> Option<Problem> {
    if name.contains('_') {
        return Some(Problem::new(
            "provider names may not contain underscores, which Streamlit rejects",
            "Use `-` instead.",
        ));
    }
    if name == DEFAULT {
        return Some(Problem::new(
            "name reserved for the provider in `[auth]` itself",
            "Move its keys to `[auth]`, or choose another name.",
        ));
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if !name.bytes().all(is_allowed) {
        return Some(Problem::new(
            "provider names may only contain letters, digits, `-` and `.`",
            "Choose another name, such as `my-company`.",
        ));
    }
    if name.len() > MAX_NAME_LEN {
        return Some(Problem::new(
            format!("provider names may have at most {MAX_NAME_LEN} characters"),
            "Choose a shorter name.",
        ));
    }
    // Browsers remove the path segments `.` and `..`.
    if name.bytes().all(|byte| byte == b'.') {
        return Some(Problem::new(
            "provider names need a letter, a digit or `-`",
            "Choose another name, such as `my-company`.",
        ));
    }
    None
}

/// In bytes. The name is part of the URLs of logins.
const MAX_NAME_LEN: usize = 64;
