//! Configuration text as a tree in which every value knows its file and line.

use std::{fmt, path::Path, sync::Arc};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a key stands. Values from code have no place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: Option<Arc<Path>>,
    pub(crate) line: Option<usize>,
}

/// A value and the place of its key. It has no `Debug`, because it may be a secret.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) value: Value,
    pub(crate) place: Place,
}

#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Whole(i64),
    Float(f64),
    Flag(bool),
    List(Vec<Item>),
    Table(Table),
    /// A null or a number that no key of ours takes.
    Other,
}

/// Keys in the order of the file.
#[derive(Clone, Default)]
pub(crate) struct Table(pub(crate) Vec<(String, Item)>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{}:{line}", file.display()),
            (Some(file), None) => write!(f, "{}", file.display()),
            (None, Some(line)) => write!(f, "line {line}"),
            (None, None) => Ok(()),
        }
    }
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Item> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, item)| item)
    }

    /// Puts `other` over `self`, key by key at the top level only, as Streamlit merges its files.
    ///
    /// Source: Streamlit 1.67, `runtime/secrets.py`, `Secrets._parse`.
    pub(crate) fn overlay(&mut self, other: Table) {
        self.0.retain(|(name, _)| other.get(name).is_none());
        self.0.extend(other.0);
    }
}

impl Value {
    /// What a person calls this kind of value.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Whole(_) | Self::Float(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other => "something else",
        }
    }
}

/// Reads TOML.
///
/// # Errors
///
/// The place and the parser's reason. The parser's own `Display` is not used: it prints the offending line,
/// which may be the one with a secret.
pub(crate) fn parse(text: &str, file: Option<&Arc<Path>>) -> Result<Table, (Place, String)> {
    let source = Source { text, file };
    match DeTable::parse(text) {
        Ok(table) => Ok(source.table(table.get_ref())),
        Err(error) => {
            let place = source.place(error.span().map_or(0, |span| span.start));
            Err((place, error.message().to_owned()))
        }
    }
}

/// Takes over a value that some serde type was turned into.
pub(crate) fn from_json(value: serde_json::Value) -> Item {
    use serde_json::Value as Json;
    let value = match value {
        Json::String(text) => Value::Text(text),
        Json::Bool(flag) => Value::Flag(flag),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Whole(whole),
            (None, Some(float)) => Value::Float(float),
            (None, None) => Value::Other,
        },
        Json::Array(list) => Value::List(list.into_iter().map(from_json).collect()),
        // An absent `Option` of the caller's struct is an absent key.
        Json::Object(map) => Value::Table(Table(
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, from_json(value)))
                .collect(),
        )),
        Json::Null => Value::Other,
    };
    Item {
        value,
        place: Place::default(),
    }
}

/// The reverse of [`from_json`]; `None` if there is a value in it that is neither text, number, flag, list nor table.
pub(crate) fn to_json(item: &Item) -> Option<serde_json::Value> {
    Some(match &item.value {
        Value::Text(text) => text.as_str().into(),
        Value::Whole(whole) => (*whole).into(),
        Value::Float(float) => (*float).into(),
        Value::Flag(flag) => (*flag).into(),
        Value::List(list) => list.iter().map(to_json).collect::<Option<Vec<_>>>()?.into(),
        Value::Table(table) => {
            let entries = table
                .0
                .iter()
                .map(|(key, item)| Some((key.clone(), to_json(item)?)));
            serde_json::Value::Object(entries.collect::<Option<_>>()?)
        }
        Value::Other => return None,
    })
}

struct Source<'a> {
    text: &'a str,
    file: Option<&'a Arc<Path>>,
}

impl Source<'_> {
    fn place(&self, offset: usize) -> Place {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        Place {
            file: self.file.cloned(),
            line: Some(line),
        }
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        Table(
            entries
                .into_iter()
                .map(|(key, value)| (key.get_ref().clone().into_owned(), self.item(value)))
                .collect(),
        )
    }

    fn item(&self, value: &Spanned<DeValue<'_>>) -> Item {
        let place = self.place(value.span().start);
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.clone().into_owned()),
            DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix())
                .map_or(Value::Other, Value::Whole),
            DeValue::Float(float) => float.as_str().parse().map_or(Value::Other, Value::Float),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(time) => Value::Text(time.to_string()),
            DeValue::Array(list) => {
                Value::List(list.iter().map(|value| self.item(value)).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Item { value, place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_knows_its_line() {
        let table = parse("\n[auth]\na = 1\n\n[auth.google]\nb = \"x\"\n", None)
            .ok()
            .unwrap();
        let Value::Table(auth) = &table.get("auth").unwrap().value else {
            panic!("auth is a table")
        };
        let Value::Table(google) = &auth.get("google").unwrap().value else {
            panic!("google is a table")
        };

        assert_eq!(table.get("auth").unwrap().place.line, Some(2));
        assert_eq!(auth.get("a").unwrap().place.line, Some(3));
        assert_eq!(auth.get("google").unwrap().place.line, Some(5));
        assert_eq!(google.get("b").unwrap().place.line, Some(6));
    }

    #[test]
    fn a_syntax_error_names_its_line_and_no_value() {
        let (place, reason) = parse("[auth]\ncookie_secret = \"canary\nclient_id = 1\n", None)
            .err()
            .unwrap();

        assert_eq!(place.line, Some(2));
        assert!(!reason.contains("canary"), "{reason}");
    }
}
