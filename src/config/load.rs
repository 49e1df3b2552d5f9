//! Loads a [`Config`] from text, a serializable value or files.

use serde::Serialize;

use super::{
    Config, ConfigError, Diagnostic, auth,
    file::{self, LoadedFile},
    reader::TableReader,
    stray_tables::{missing_auth, no_auth, wrong_auth},
    table::{self, Entry, Location, Value},
};

impl Config {
    pub(crate) fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::from_loaded(&file::from_text(text)?)
    }

    /// Reads a value with the structure of secrets.toml, with `auth` at the top level.
    pub(crate) fn from_value(value: &impl Serialize) -> Result<Self, ConfigError> {
        let error = |message: &str| {
            ConfigError::new(vec![Diagnostic::new(
                "",
                &Location::default(),
                message,
                "Pass a map or struct with an `auth` entry.",
            )])
        };
        // The error of serde is dropped, because it may quote a secret.
        let value =
            serde_json::to_value(value).map_err(|_| error("the value cannot be serialized"))?;
        match table::from_json(value, &Location::default()) {
            Entry {
                value: Value::Table(table),
                location,
            } => Self::from_loaded(&LoadedFile {
                table,
                location,
                files: Vec::new(),
            }),
            _ => Err(error("the value is not a map or struct")),
        }
    }

    /// Reads the tables of the configuration files.
    pub(super) fn from_loaded(loaded: &LoadedFile) -> Result<Self, ConfigError> {
        let mut diagnostics = Vec::new();
        let config = match loaded.table.get("auth") {
            Some(Entry {
                value: Value::Table(table),
                location,
            }) if !table.0.is_empty() => {
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
        match config {
            Some(config) if diagnostics.is_empty() => Ok(Self {
                files: loaded.files.clone(),
                ..config
            }),
            _ => Err(ConfigError::new(diagnostics)),
        }
    }
}
