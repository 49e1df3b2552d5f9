//! The configuration as a tree in which every value knows its file and line.

use std::{fmt, path::Path, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::linked_files::LinkedFile;

/// The file and line of a key, or the method that set it. A serializable value has neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) file: Option<Arc<Path>>,
    pub(crate) line: Option<usize>,
    /// The method of a builder, such as `Provider::google`.
    pub(crate) method: Option<Arc<str>>,
}

/// A value and its location. It does not implement `Debug`, because it may be a secret.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    pub(crate) location: Location,
    /// True if the value contains an escaped placeholder, which is not an unexpanded variable.
    pub(crate) is_escaped: bool,
}

impl Entry {
    pub(crate) fn new(value: Value, location: Location) -> Self {
        Self {
            value,
            location,
            is_escaped: false,
        }
    }
}

#[derive(Clone)]
pub(crate) enum Value {
    String(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Array(Vec<Entry>),
    Table(Table),
    /// The file that a string named.
    File(LinkedFile),
    /// A null, or a number that does not fit into the types above.
    Other,
}

/// Keys in the order of the file.
#[derive(Clone, Default)]
pub(crate) struct Table(pub(crate) Vec<(String, Entry)>);

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{}:{line}", file.display()),
            (Some(file), None) => write!(f, "{}", file.display()),
            (None, Some(line)) => write!(f, "line {line}"),
            (None, None) => f.write_str(self.method.as_deref().unwrap_or_default()),
        }
    }
}

/// A TOML syntax error. It never contains a configured value.
pub(crate) struct SyntaxError {
    pub(crate) location: Location,
    pub(crate) reason: String,
}

impl Location {
    /// A whole file.
    pub(crate) fn of_file(path: &Path) -> Self {
        Self {
            file: Some(path.into()),
            ..Self::default()
        }
    }

    /// A method of a builder, such as `Provider::google`.
    pub(crate) fn of_method(name: &str) -> Self {
        Self {
            method: Some(name.into()),
            ..Self::default()
        }
    }
}

impl Table {
    pub(crate) fn get_table_mut(&mut self, key: &str) -> Option<&mut Self> {
        let mut entries = self.0.iter_mut();
        let (_, entry) = entries.find(|(name, _)| name == key)?;
        match &mut entry.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, entry)| entry)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Entry> {
        let index = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(index).1)
    }

    /// Replaces entries of `self` with those of `other`. Only top-level keys are compared, as when
    /// Streamlit merges its files.
    ///
    /// Source: Streamlit 1.67, `runtime/secrets.py`, `Secrets._parse`.
    pub(crate) fn overlay(&mut self, other: Table) {
        self.0.retain(|(name, _)| other.get(name).is_none());
        self.0.extend(other.0);
    }
}

impl Value {
    /// Returns the name of this type, with its article.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::String(_) | Self::File(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Boolean(_) => "a boolean",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
            Self::Other => "an unsupported value",
        }
    }
}

/// Parses TOML.
///
/// # Errors
///
/// [`SyntaxError`] with the parser's message. The parser's own `Display` is not used, because it
/// prints the offending line, which may hold a secret.
pub(crate) fn parse(text: &str, file: Option<&Arc<Path>>) -> Result<Table, SyntaxError> {
    let source = Source { text, file };
    match DeTable::parse(text) {
        Ok(table) => Ok(source.table(table.get_ref())),
        Err(error) => {
            let location = source.location(error.span().map_or(0, |span| span.start));
            let reason = error.message().to_owned();
            Err(SyntaxError { location, reason })
        }
    }
}

/// Converts a JSON value. Serializable configurations and the arguments of builders are converted
/// to JSON first.
pub(crate) fn from_json(value: serde_json::Value, location: &Location) -> Entry {
    use serde_json::Value as Json;
    let entry = |value| from_json(value, location);
    let value = match value {
        Json::String(string) => Value::String(string),
        Json::Bool(boolean) => Value::Boolean(boolean),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Integer(integer),
            (None, Some(float)) => Value::Float(float),
            (None, None) => Value::Other,
        },
        Json::Array(array) => Value::Array(array.into_iter().map(entry).collect()),
        Json::Object(map) if map.contains_key(DATETIME) => match &map[DATETIME] {
            Json::String(datetime) => Value::String(datetime.clone()),
            _ => Value::Other,
        },
        // A `None` in the caller's struct is an absent key.
        Json::Object(map) => Value::Table(Table(
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, entry(value)))
                .collect(),
        )),
        Json::Null => Value::Other,
    };
    Entry::new(value, location.clone())
}

/// The only key of a `toml::value::Datetime` that is serialized in another format.
///
/// Source: toml_datetime 1.1, `datetime::FIELD`.
const DATETIME: &str = "$__toml_private_datetime";

/// Converts an entry to JSON. Returns `None` if it contains a [`Value::File`] or a
/// [`Value::Other`].
pub(crate) fn to_json(entry: &Entry) -> Option<serde_json::Value> {
    Some(match &entry.value {
        Value::String(string) => string.as_str().into(),
        Value::Integer(integer) => (*integer).into(),
        Value::Float(float) => (*float).into(),
        Value::Boolean(boolean) => (*boolean).into(),
        Value::Array(array) => array
            .iter()
            .map(to_json)
            .collect::<Option<Vec<_>>>()?
            .into(),
        Value::Table(table) => {
            let entries = table
                .0
                .iter()
                .map(|(key, entry)| Some((key.clone(), to_json(entry)?)));
            serde_json::Value::Object(entries.collect::<Option<_>>()?)
        }
        Value::File(_) | Value::Other => return None,
    })
}

/// The text that is parsed, to turn byte offsets into lines.
struct Source<'a> {
    text: &'a str,
    file: Option<&'a Arc<Path>>,
}

impl Source<'_> {
    fn location(&self, offset: usize) -> Location {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        Location {
            file: self.file.cloned(),
            line: Some(line),
            method: None,
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        Table(
            entries
                .into_iter()
                .map(|(key, value)| (key.get_ref().clone().into_owned(), self.entry(value)))
                .collect(),
        )
    }

    fn entry(&self, value: &Spanned<DeValue<'_>>) -> Entry {
        let location = self.location(value.span().start);
        let value = match value.get_ref() {
            DeValue::String(string) => Value::String(string.clone().into_owned()),
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
                .map_or(Value::Other, Value::Integer),
            DeValue::Float(float) => float.as_str().parse().map_or(Value::Other, Value::Float),
            DeValue::Boolean(boolean) => Value::Boolean(*boolean),
            DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
            DeValue::Array(array) => {
                Value::Array(array.iter().map(|value| self.entry(value)).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Entry::new(value, location)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_entries_record_their_line() {
        let table = parse("\n[auth]\na = 1\n\n[auth.google]\nb = \"x\"\n", None)
            .ok()
            .unwrap();
        let Value::Table(auth) = &table.get("auth").unwrap().value else {
            panic!("auth is a table")
        };
        let Value::Table(google) = &auth.get("google").unwrap().value else {
            panic!("google is a table")
        };

        assert_eq!(table.get("auth").unwrap().location.line, Some(2));
        assert_eq!(auth.get("a").unwrap().location.line, Some(3));
        assert_eq!(auth.get("google").unwrap().location.line, Some(5));
        assert_eq!(google.get("b").unwrap().location.line, Some(6));
    }

    #[test]
    fn syntax_error_names_line_but_no_value() {
        let error = parse("[auth]\ncookie_secret = \"canary\nclient_id = 1\n", None)
            .err()
            .unwrap();

        assert_eq!(error.location.line, Some(2));
        assert!(!error.reason.contains("canary"), "{}", error.reason);
    }
}
