//! Combines a builder and its providers into one table, and reads it.

use super::{AuthLayerBuilder, Provider};
use crate::config::{
    Config, ConfigError, DEFAULT, Diagnostic, Preset, SHARED_KEYS, auth,
    diagnostic::Problem,
    provider::{ALLOW, IGNORED_KEYS, KEYS, LOGOUT_PARAMS},
    reader::TableReader,
    redirect_uri::REDIRECT_URI,
    table::{Entry, Location, Table, Value},
};

impl AuthLayerBuilder {
    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all errors.
    pub(crate) fn config(self) -> Result<Config, ConfigError> {
        let (table, mut diagnostics) = self.assemble();
        let reader = TableReader {
            name: "auth".to_owned(),
            table: &table,
            location: Location::of_method("AuthLayer::builder"),
        };
        let has_conflict = !diagnostics.is_empty();
        let config = auth::read(&reader, &Table::default(), &mut diagnostics);
        if has_conflict {
            // A provider that could not be added may be the only one.
            diagnostics.retain(|diagnostic| diagnostic.key() != reader.name);
        }
        match config {
            Some(config) if diagnostics.is_empty() => Ok(config),
            _ => Err(ConfigError::new(diagnostics)),
        }
    }

    /// Returns `[auth]` as it would be in secrets.toml, and what a file could not say.
    pub(super) fn assemble(self) -> (Table, Vec<Diagnostic>) {
        let mut table = self.draft.table;
        let mut diagnostics = Vec::new();
        for provider in self.providers {
            provider.add_to(&mut table, &mut diagnostics);
        }
        (table, diagnostics)
    }
}

impl Provider {
    /// Adds the provider to `[auth]`: the keys of the default provider, or a table with the name of
    /// another one.
    fn add_to(self, auth: &mut Table, diagnostics: &mut Vec<Diagnostic>) {
        let location = Location::of_method(&format!("Provider::{}", self.constructor));
        let name = self.name.clone();
        let table = self.into_table();
        let problem = if name == DEFAULT {
            add_default(table, auth, diagnostics)
        } else {
            add_named(&name, table, &location, auth)
        };
        if let Err(Problem { message, help }) = problem {
            let key = format!("auth.{name}");
            diagnostics.push(Diagnostic::new(&key, &location, message, help));
        }
    }
}

fn add_default(
    mut table: Table,
    auth: &mut Table,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), Problem> {
    if KEYS.iter().any(|key| auth.get(key).is_some()) {
        return Err(Problem::new(
            "second provider without a name",
            "Give it a name, such as: .name(\"my-company\")",
        ));
    }
    // In `[auth]`, these keys apply to all providers.
    for key in [ALLOW, LOGOUT_PARAMS, REDIRECT_URI] {
        if let Some(entry) = table.remove(key) {
            diagnostics.push(Diagnostic::new(
                &format!("auth.{key}"),
                &entry.location,
                "not allowed for the default provider",
                "Give the provider a name, such as: .name(\"my-company\"), or call the method of `AuthLayerBuilder`, which is for all providers.",
            ));
        }
    }
    auth.0.extend(table.0);
    Ok(())
}

fn add_named(
    name: &str,
    table: Table,
    location: &Location,
    auth: &mut Table,
) -> Result<(), Problem> {
    let is_key = SHARED_KEYS.contains(&name)
        || KEYS.contains(&name)
        || IGNORED_KEYS.contains(&name)
        || Preset::any_has(name);
    if is_key {
        return Err(Problem::new(
            "name reserved for a key of the configuration",
            "Choose another name, such as: .name(\"my-company\")",
        ));
    }
    if auth.get(name).is_some() {
        return Err(Problem::new(
            "second provider with this name",
            "Give one of them another name, such as: .name(\"my-company\")",
        ));
    }
    let entry = Entry::new(Value::Table(table), location.clone());
    auth.0.push((name.to_owned(), entry));
    Ok(())
}
