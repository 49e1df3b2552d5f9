//! The table that the methods of a builder fill.

use std::{fmt, path::Path};

use serde_json::{Map, Value as Json};

use crate::config::table::{self, Entry, Location, Table, Value};

/// A table of the configuration, as the parser of secrets.toml would return it. The location of
/// each value is a method instead of a file and line.
#[derive(Clone)]
pub(super) struct Draft {
    /// The name of the type with the methods.
    owner: &'static str,
    pub(super) table: Table,
}

impl Draft {
    pub(super) fn new(owner: &'static str) -> Self {
        let table = Table::default();
        Self { owner, table }
    }

    /// Returns the location of the values that `method` sets.
    pub(super) fn location(&self, method: &str) -> Location {
        Location::of_method(&format!("{}::{method}", self.owner))
    }

    /// Sets the key at `path`, and creates the tables that contain it.
    pub(super) fn set_at(&mut self, method: &str, path: &[&str], value: impl Into<Json>) {
        let entry = table::from_json(value.into(), &self.location(method));
        insert(&mut self.table, path, entry);
    }

    /// Adds a value to the array `key`.
    pub(super) fn push(&mut self, method: &str, key: &str, value: impl Into<Json>) {
        let mut values = match self.table.get(key).and_then(table::to_json) {
            Some(Json::Array(values)) => values,
            _ => Vec::new(),
        };
        values.push(value.into());
        self.set_at(method, &[key], values);
    }
}

fn insert(table: &mut Table, path: &[&str], entry: Entry) {
    let [key, inner_path @ ..] = path else {
        return;
    };
    if inner_path.is_empty() {
        table.0.retain(|(name, _)| name != key);
        table.0.push(((*key).to_owned(), entry));
        return;
    }
    if table.get(key).is_none() {
        let inner = Entry::new(Value::Table(Table::default()), entry.location.clone());
        table.0.push(((*key).to_owned(), inner));
    }
    let inner = table.0.iter_mut().find(|(name, _)| name == key);
    if let Some((
        _,
        Entry {
            value: Value::Table(inner),
            ..
        },
    )) = inner
    {
        insert(inner, inner_path, entry);
    }
}

/// Prints the keys without their values, which may be secrets.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.table.0.iter().map(|(key, _)| key))
            .finish()
    }
}

pub(super) fn strings(strings: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    strings.into_iter().map(Into::into).collect()
}

pub(super) fn pairs(
    pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
) -> Map<String, Json> {
    let pairs = pairs.into_iter();
    pairs
        .map(|(name, value)| (name.into(), value.into().into()))
        .collect()
}

/// A path that is not UTF-8 cannot be written in secrets.toml either.
pub(super) fn path_text(path: impl AsRef<Path>) -> String {
    path.as_ref().to_string_lossy().into_owned()
}
