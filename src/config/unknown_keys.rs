//! Unknown keys: typos, which are errors, and settings of the app, which are only logged.

use super::{
    Diagnostic, Preset,
    provider::KEYS,
    reader::{TableReader, closest_key},
    table::{Entry, Table, Value},
};

/// The meaning of an unknown entry of `[auth]`.
pub(super) enum UnknownEntry<'a> {
    Provider(&'a Table),
    /// A provider written in `[[double brackets]]`.
    ProviderArray,
    /// A typo of this known key.
    Typo(&'a str),
    /// A setting of the app, because it does not resemble any known key.
    App,
}

impl<'a> UnknownEntry<'a> {
    pub(super) fn classify(name: &str, entry: &'a Entry, known: &[&'a str]) -> Self {
        match &entry.value {
            Value::Table(table) if is_provider(name, table) => Self::Provider(table),
            Value::Array(array) if array.iter().any(|entry| is_provider_item(name, entry)) => {
                Self::ProviderArray
            }
            value => match (resembled(name, known), value) {
                (Some(resembled), _) => Self::Typo(resembled),
                // A provider without a valid key, but with one that resembles a valid key.
                (None, Value::Table(table)) if table.0.is_empty() || has_typo(table) => {
                    Self::Provider(table)
                }
                (None, _) => Self::App,
            },
        }
    }
}

fn is_provider(name: &str, table: &Table) -> bool {
    Preset::named(name).is_some() || table.0.iter().any(|(key, _)| KEYS.contains(&key.as_str()))
}

fn is_provider_item(name: &str, entry: &Entry) -> bool {
    matches!(&entry.value, Value::Table(table) if is_provider(name, table))
}

fn has_typo(table: &Table) -> bool {
    table
        .0
        .iter()
        .any(|(key, _)| closest_key(key, KEYS).is_some())
}

/// Reports an unknown key of a provider: an error if it resembles a known one, else a warning.
pub(super) fn unknown(
    reader: &TableReader<'_>,
    key: &str,
    known: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) {
    match resembled(key, known) {
        Some(resembled) => diagnostics.push(typo(reader, key, resembled)),
        // Without this error, the provider's address would unexpectedly not depend on the key.
        None if Preset::any_has(key) && !is_misspelt_preset(&reader.name) => {
            diagnostics.push(reader.diagnostic(
                key,
                "unknown key for this kind of provider",
                "Remove this line. The key belongs to another kind of provider.",
            ))
        }
        None => warn(reader, key),
    }
}

/// Returns true if the name of the table is a typo, so that its keys need no correction.
fn is_misspelt_preset(table: &str) -> bool {
    let name = table.rsplit('.').next().unwrap_or_default();
    Preset::named(name).is_none() && Preset::closest_name(name).is_some()
}

pub(super) fn typo(reader: &TableReader<'_>, key: &str, resembled: &str) -> Diagnostic {
    reader.diagnostic(key, "unknown key", format!("Did you mean `{resembled}`?"))
}

pub(super) fn warn(reader: &TableReader<'_>, key: &str) {
    tracing::warn!(key = reader.key(key), "unknown key ignored");
}

/// Returns the known key that `key` is a typo, a part or another name of.
fn resembled<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let find = |name: &str| known.iter().copied().find(|known| *known == name);
    let normalized = key.to_ascii_lowercase().replace('-', "_");
    closest_key(key, known)
        // An ignored list of users would leave the app open to every user.
        .or_else(|| find("allow").filter(|_| normalized.starts_with("allow")))
        .or_else(|| {
            let is_part = |known: &&str| {
                known.starts_with(normalized.as_str()) || known.ends_with(normalized.as_str())
            };
            let is_long = normalized.len() >= MIN_PART_LEN;
            known
                .iter()
                .copied()
                .find(|known| is_long && is_part(known))
        })
        .or_else(|| {
            let mut aliases = ALIASES.iter();
            aliases.find_map(|(key, names)| find(key).filter(|_| names.contains(&&*normalized)))
        })
}

/// In bytes. A shorter part of a key is usually an unrelated word.
const MIN_PART_LEN: usize = 8;

/// Names of the same settings in other libraries, and keys that belong one level deeper.
const ALIASES: [(&str, &[&str]); 5] = [
    ("allow", &["domains", "emails", "whitelist", "restrict"]),
    (
        "client_kwargs",
        &[
            "scope",
            "scopes",
            "prompt",
            "login_hint",
            "max_age",
            "acr_values",
        ],
    ),
    (
        "server_metadata_url",
        &["issuer", "issuer_url", "discovery_url", "well_known_url"],
    ),
    ("redirect_uri", &["callback_url", "callback_uri"]),
    ("trusted_audiences", &["audience"]),
];
