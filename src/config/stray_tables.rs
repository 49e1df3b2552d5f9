//! Diagnostics for tables next to `[auth]` if `[auth]` or its providers are missing.

use super::{
    Diagnostic, EXAMPLE, Preset,
    file::LoadedFile,
    metadata_url::METADATA_URL,
    provider::KEYS,
    reader::closest_key,
    table::{Entry, Location, Table, Value},
};

/// Returns the diagnostics of a configuration without `[auth]`.
pub(super) fn missing_auth(loaded: &LoadedFile) -> Vec<Diagnostic> {
    let typo = loaded.table.0.iter().find(|(name, entry)| {
        matches!(entry.value, Value::Table(_) | Value::Array(_))
            && closest_key(name, &["auth"]).is_some()
    });
    if let Some((name, entry)) = typo {
        let help = "Did you mean `[auth]`?";
        return vec![Diagnostic::new(
            name,
            &entry.location,
            "unknown table",
            help,
        )];
    }
    let mut diagnostics = stray_providers(&loaded.table);
    diagnostics.push(no_auth(
        &loaded.location,
        "missing table, so no provider is configured",
    ));
    diagnostics
}

/// Returns the diagnostic of an `auth` that is not a table.
pub(super) fn wrong_auth(entry: &Entry) -> Diagnostic {
    let Entry {
        value, location, ..
    } = entry;
    let is_table = |entry: &Entry| matches!(entry.value, Value::Table(_));
    match value {
        Value::Array(array) if array.iter().any(is_table) => Diagnostic::new(
            "auth",
            location,
            "expected a table, found an array of tables",
            "Write it with single brackets: `[auth]`",
        ),
        value => no_auth(
            location,
            &format!("expected a table, found {}", value.kind()),
        ),
    }
}

/// Returns a diagnostic of `auth` with an example.
pub(super) fn no_auth(location: &Location, message: &str) -> Diagnostic {
    Diagnostic::new(
        "auth",
        location,
        message,
        format!("Write, with your own values:\n\n{EXAMPLE}"),
    )
}

/// Returns a diagnostic for each table next to `[auth]` that looks like a provider.
pub(super) fn stray_providers(table: &Table) -> Vec<Diagnostic> {
    let stray = table.0.iter().filter(|(name, entry)| {
        name != "auth"
            && matches!(&entry.value, Value::Table(table) if is_stray_provider(name, table))
    });
    stray
        .map(|(name, entry)| {
            let message = "provider table outside of `[auth]`";
            let help = format!("Write: [auth.{name}]");
            Diagnostic::new(name, &entry.location, message, help)
        })
        .collect()
}

fn is_stray_provider(name: &str, table: &Table) -> bool {
    let has = |key: &str| table.get(key).is_some();
    has(METADATA_URL) || Preset::named(name).is_some() && KEYS.iter().any(|key| has(key))
}
