//! Source locations of configuration keys, for problems found after parsing.

use super::{
    Diagnostic,
    reader::TableReader,
    table::{Location, Value},
};

/// The locations of the keys of one table.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyLocations {
    /// The table's dotted name, such as `auth.google`.
    name: String,
    table: Location,
    /// The keys relative to the table, such as `client_kwargs.scope`.
    keys: Vec<(String, Location)>,
}

impl KeyLocations {
    pub(crate) fn new(reader: &TableReader<'_>) -> Self {
        let mut keys = Vec::new();
        for (key, entry) in &reader.table.0 {
            keys.push((key.clone(), entry.location.clone()));
            if let Value::Table(inner) = &entry.value {
                let inner = inner.0.iter();
                keys.extend(
                    inner.map(|(name, entry)| (format!("{key}.{name}"), entry.location.clone())),
                );
            }
        }
        Self {
            name: reader.name.clone(),
            table: reader.location.clone(),
            keys,
        }
    }

    /// Returns true if `key` is present.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Returns a diagnostic for `key` at the location that [`locate`](Self::locate) returns.
    pub(crate) fn diagnostic(
        &self,
        key: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        let (name, location) = self.locate(key);
        Diagnostic::new(&name, location, message, help)
    }

    /// Returns the full name of `key` and its location. For an absent key, it is the location of
    /// the table that the key belongs to. A key with its value in a file is located at the key that
    /// names the file, such as `client_secret_file`.
    pub(crate) fn locate(&self, key: &str) -> (String, &Location) {
        let file_key = format!("{key}_file");
        let is_in_file = !self.has(key) && self.has(&file_key);
        let key = if is_in_file { &*file_key } else { key };
        let outer = key.split_once('.').and_then(|(outer, _)| self.find(outer));
        let location = self.find(key).or(outer).unwrap_or(&self.table);
        (format!("{}.{key}", self.name), location)
    }

    /// Returns the table's dotted name.
    pub(crate) fn table(&self) -> &str {
        &self.name
    }

    fn find(&self, key: &str) -> Option<&Location> {
        self.keys
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, location)| location)
    }
}
