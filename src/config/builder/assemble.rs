//! Combines a builder and its providers into one table.

use super::{AuthLayerBuilder, Provider};
use crate::config::{
    DEFAULT, Diagnostic, Preset, SHARED_KEYS, Source,
    diagnostic::Problem,
    file::LoadedFile,
    logout_params::LOGOUT_PARAMS,
    provider::{ALLOW, IGNORED_KEYS, KEYS},
    redirect_uri::REDIRECT_URI,
    table::{Entry, Location, Table, Value},
};

impl AuthLayerBuilder {
    /// Returns the source that the configuration is read from, initially and when a file that it
    /// names changes.
    pub(crate) fn source(self) -> Source {
        let (auth, problems) = self.assemble();
        let location = Location::of_method("AuthLayer::builder");
        let auth = Entry::new(Value::Table(auth), location);
        Source::Code(LoadedFile {
            table: Table(vec![("auth".to_owned(), auth)]),
            problems,
            ..LoadedFile::default()
        })
    }

    /// Returns `[auth]` as it would be in secrets.toml, and the problems that a file cannot have.
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
        } else if is_key(&name) {
            // Reported for `auth`, so that it replaces the diagnostic of an `auth` without
            // providers.
            diagnostics.push(Diagnostic::new(
                "auth",
                &location,
                format!("`{name}` is a key and cannot be the name of a provider"),
                "Choose another name, such as: .name(\"my-company\")",
            ));
            Ok(())
        } else {
            add_named(&name, table, &location, auth)
        };
        if let Err(Problem { message, help }) = problem {
            let key = format!("auth.{name}");
            diagnostics.push(Diagnostic::new(&key, &location, message, help));
        }
    }
}

/// Returns true if `[auth.<name>]` would not be the table of a provider.
fn is_key(name: &str) -> bool {
    SHARED_KEYS.contains(&name)
        || KEYS.contains(&name)
        || IGNORED_KEYS.contains(&name)
        || Preset::any_has(name)
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
