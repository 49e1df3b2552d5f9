//! Loads a [`Config`] from text, a serializable value or files.

use serde::Serialize;

use super::{
    Config, ConfigError, Diagnostic, auth,
    file::{self, LoadedFile},
    reader::TableReader,
    stray_tables::{missing_auth, no_auth, wrong_auth},
    table::{self, Entry, Location, Value},
};

impl LoadedFile {
    /// Reads the text of a secrets.toml.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the text is not TOML.
    pub(crate) fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Ok(file::from_text(text)?.expanded())
    }

    /// Reads a value with the structure of secrets.toml, with `auth` at the top level.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the value cannot be serialized, or is not a map or struct.
    pub(crate) fn from_value(value: &impl Serialize) -> Result<Self, ConfigError> {
        let error = |message: &str| {
            ConfigError::new(vec![Diagnostic::new(
                "",
                &Location::default(),
                message,
                "Pass a map or struct with an `auth` entry.",
            )])
        };
        // The error from serde is dropped, because it may quote a secret.
        let value =
            serde_json::to_value(value).map_err(|_| error("the value cannot be serialized"))?;
        match table::from_json(value, &Location::default()).value {
            Value::Table(table) => Ok(Self {
                table,
                ..Self::default()
            }),
            _ => Err(error("the value is not a map or struct")),
        }
    }
}

impl Config {
    #[cfg(any(test, fuzzing))]
    pub(crate) fn from_toml(text: &str) -> Result<Self, ConfigError> {
        super::Source::toml(text)?.read().config()
    }

    #[cfg(any(test, feature = "dev"))]
    /// Reads a value as [`LoadedFile::from_value`] does.
    pub(crate) fn from_value(value: &impl Serialize) -> Result<Self, ConfigError> {
        super::Source::value(value)?.read().config()
    }

    /// Reads the tables of the configuration files.
    pub(super) fn from_loaded(loaded: &LoadedFile) -> Result<Self, ConfigError> {
        for diagnostic in &loaded.ignored {
            tracing::warn!(reason = diagnostic.finding(), "secrets file ignored");
        }
        let mut diagnostics = Vec::new();
        let config = match loaded.table.get("auth") {
            Some(Entry {
                value: Value::Table(table),
                location,
                ..
            }) if !table.0.is_empty() || location.method.is_some() => {
                let reader = TableReader {
                    name: "auth".to_owned(),
                    table,
                    location: location.clone(),
                };
                auth::read(&reader, &loaded.table, &mut diagnostics)
            }
            Some(Entry {
                value: Value::Table(_),
                location,
                ..
            }) => {
                diagnostics.push(no_auth(location, "empty table"));
                None
            }
            Some(entry) => {
                diagnostics.push(wrong_auth(entry));
                None
            }
            None => {
                diagnostics.extend(missing_auth(loaded));
                None
            }
        };
        // A value with a placeholder that cannot be replaced is not checked.
        diagnostics.retain(|diagnostic| {
            let mut problems = loaded.problems.iter();
            problems.all(|problem| problem.key() != diagnostic.key())
        });
        diagnostics.extend(loaded.problems.iter().cloned());
        match config {
            Some(config) if diagnostics.is_empty() => Ok(Self {
                files: loaded.files.clone(),
                linked_files: loaded
                    .linked_files()
                    .iter()
                    .map(|file| file.path.clone())
                    .collect(),
                has_written_secrets: loaded.has_written_secrets,
                ..config
            }),
            _ => Err(ConfigError::new(diagnostics)),
        }
    }
}
