//! Reads the list of providers: the default provider in `[auth]` itself, and the named ones.

use super::{
    DEFAULT, Diagnostic, LogoutParams, OAuth2, Preset, ProviderConfig, RedirectUri,
    auth::SHARED_KEYS,
    diagnostic::Problem,
    logout_params::LOGOUT_PARAMS,
    oauth2::ISSUER,
    provider::{self, ALLOW},
    reader::TableReader,
    redirect_uri::REDIRECT_URI,
    stray_tables::stray_providers,
    table::Table,
    unknown_keys::{self, UnknownEntry},
};

/// Reads the default provider, if any of its keys is set, and the named ones.
pub(super) fn read(
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
    let mut lower_case_names = Vec::new();
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
pub(super) fn has_default(auth: &TableReader<'_>) -> bool {
    provider::KEYS.iter().any(|key| auth.entry(key).is_some())
}

/// Reads `[auth.<name>]`.
fn named_provider(
    auth: &TableReader<'_>,
    name: &str,
    reader: &TableReader<'_>,
    lower_case_names: &mut Vec<String>,
    redirect_uri: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ProviderConfig> {
    if let Some(problem) = name_problem(name) {
        diagnostics.push(auth.diagnose(name, problem));
        return None;
    }
    let lower_case_name = name.to_ascii_lowercase();
    if lower_case_names.contains(&lower_case_name) {
        diagnostics.push(auth.diagnostic(
            name,
            "differs from another provider name only in upper and lower case",
            "Choose another name, because Streamlit does not distinguish the two.",
        ));
    }
    lower_case_names.push(lower_case_name);
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
    let shared = LogoutParams::read(auth, &mut Vec::new());
    provider.logout_params.inherit(shared);
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
