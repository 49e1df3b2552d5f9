//! Where the keys of a table stand, for what turns out wrong after the file was read.

use super::{
    Fault,
    document::{Place, Value},
    section::Section,
};

#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// The table's dotted name, such as `auth.google`.
    name: String,
    table: Place,
    /// Keys as they are written below the table, such as `client_kwargs.scope`.
    keys: Vec<(String, Place)>,
}

impl Places {
    pub(crate) fn of(section: &Section<'_>) -> Self {
        let mut keys = Vec::new();
        for (key, item) in &section.table.0 {
            keys.push((key.clone(), item.place.clone()));
            if let Value::Table(inner) = &item.value {
                let inner = inner.0.iter();
                keys.extend(
                    inner.map(|(name, item)| (format!("{key}.{name}"), item.place.clone())),
                );
            }
        }
        Self {
            name: section.name.clone(),
            table: section.place.clone(),
            keys,
        }
    }

    /// Whether `key` is written.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// A fault of `key`, at its line; if it is not written, at the line of the table that it belongs in.
    pub(crate) fn fault(
        &self,
        key: &str,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Fault {
        let (name, place) = self.locate(key);
        Fault::new(&name, place, problem, fix)
    }

    /// The full name of `key` and its line; if it is not written, the line of the table that it belongs in.
    pub(crate) fn locate(&self, key: &str) -> (String, &Place) {
        let outer = key.split_once('.').and_then(|(outer, _)| self.find(outer));
        let place = self.find(key).or(outer).unwrap_or(&self.table);
        (format!("{}.{key}", self.name), place)
    }

    /// The table's dotted name.
    pub(crate) fn table(&self) -> &str {
        &self.name
    }

    fn find(&self, key: &str) -> Option<&Place> {
        self.keys
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, place)| place)
    }
}
