//! Keys that are not known: typos, and settings of the app's own.

use super::{
    Fault, Preset,
    document::{Item, Table, Value},
    provider::KEYS,
    section::{Section, nearest},
};

/// What an entry of `[auth]` with a name that is not known is.
pub(super) enum Entry<'a> {
    Provider(&'a Table),
    /// A provider in `[[double brackets]]`.
    ProviderArray,
    /// The known key that was probably meant.
    Typo(&'a str),
    /// Unlike any known key, so it is a setting of the app's own.
    App,
}

impl<'a> Entry<'a> {
    pub(super) fn of(name: &str, item: &'a Item, known: &[&'a str]) -> Self {
        match &item.value {
            Value::Table(table) if is_provider(name, table) => Self::Provider(table),
            Value::List(list) if list.iter().any(|item| is_provider_item(name, item)) => {
                Self::ProviderArray
            }
            value => match (meant(name, known), value) {
                (Some(meant), _) => Self::Typo(meant),
                // No key is right, but one is nearly so.
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

fn is_provider_item(name: &str, item: &Item) -> bool {
    matches!(&item.value, Value::Table(table) if is_provider(name, table))
}

fn has_typo(table: &Table) -> bool {
    table.0.iter().any(|(key, _)| nearest(key, KEYS).is_some())
}

/// Reports an unknown key: an error if it resembles a known one, else a warning.
pub(super) fn unknown(section: &Section<'_>, key: &str, known: &[&str], faults: &mut Vec<Fault>) {
    match meant(key, known) {
        Some(meant) => faults.push(typo(section, key, meant)),
        None => warn(section, key),
    }
}

pub(super) fn typo(section: &Section<'_>, key: &str, meant: &str) -> Fault {
    section.fault(
        key,
        "is not a known key.",
        format!("Did you mean `{meant}`?"),
    )
}

pub(super) fn warn(section: &Section<'_>, key: &str) {
    tracing::warn!(target: crate::LOG, key = section.key(key), "unknown key ignored");
}

/// Returns the known key that `key` is a typo, a part or another name of.
fn meant<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let find = |meant: &str| known.iter().copied().find(|known| *known == meant);
    let plain = key.to_ascii_lowercase().replace('-', "_");
    nearest(key, known)
        // A list of users that is not read would leave the app open.
        .or_else(|| find("allow").filter(|_| plain.starts_with("allow")))
        .or_else(|| {
            let is_part =
                |known: &&str| known.starts_with(plain.as_str()) || known.ends_with(plain.as_str());
            let long = plain.len() >= MIN_PART_LETTERS;
            known.iter().copied().find(|known| long && is_part(known))
        })
        .or_else(|| {
            let mut others = OTHER_NAMES.iter();
            others.find_map(|(meant, names)| find(meant).filter(|_| names.contains(&&*plain)))
        })
}

/// A shorter part of a key is a word of its own.
const MIN_PART_LETTERS: usize = 8;

/// Names that other libraries use, and keys that belong one level deeper.
const OTHER_NAMES: [(&str, &[&str]); 5] = [
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
