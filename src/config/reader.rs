//! Reads one table of the configuration key by key. Problems are collected instead of returned, so
//! that all of them are reported at once.

use super::{
    Diagnostic,
    diagnostic::Problem,
    linked_files::LinkedFile,
    table::{Entry, Location, Table, Value},
};

pub(crate) struct TableReader<'a> {
    /// The dotted name, such as `auth.google`.
    pub(crate) name: String,
    pub(crate) table: &'a Table,
    pub(crate) location: Location,
}

impl<'a> TableReader<'a> {
    /// Returns the full dotted name of a key, quoted where TOML requires it.
    pub(crate) fn key(&self, key: &str) -> String {
        dotted(&self.name, key)
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.table.get(key)
    }

    /// Returns the location of `key`, or of the table if the key is absent.
    pub(crate) fn location(&self, key: &str) -> &Location {
        self.entry(key)
            .map_or(&self.location, |entry| &entry.location)
    }

    pub(crate) fn diagnostic(
        &self,
        key: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(&self.key(key), self.location(key), message, help)
    }

    /// Returns the diagnostic of a [`Problem`] with `key`.
    pub(super) fn diagnose(&self, key: &str, problem: Problem) -> Diagnostic {
        self.diagnostic(key, problem.message, problem.help)
    }

    pub(crate) fn string(&self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a str> {
        self.string_or(key, "Write it in quotes.", diagnostics)
    }

    /// Reads a string. `help` is the remedy for a value of another type.
    pub(crate) fn string_or(
        &self,
        key: &str,
        help: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<&'a str> {
        match &self.entry(key)?.value {
            Value::String(string) => Some(string),
            other => {
                diagnostics.push(self.mismatch(key, "a string", other, help));
                None
            }
        }
    }

    /// Reads a string that may be absent, but not blank.
    pub(crate) fn text(&self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a str> {
        let text = self.string(key, diagnostics)?;
        if text.trim().is_empty() {
            diagnostics.push(self.diagnostic(key, "empty", "Write a value, or remove this line."));
            return None;
        }
        Some(text)
    }

    /// Reads a string that must be present and not blank. `example` is the line to write.
    pub(crate) fn required_string(
        &self,
        key: &str,
        example: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<&'a str> {
        let string = match self.entry(key) {
            None => {
                let help = format!("Add to `[{}]`: {example}", self.name);
                diagnostics.push(self.diagnostic(key, "missing", help));
                return None;
            }
            Some(_) => self.string(key, diagnostics)?,
        };
        if string.trim().is_empty() {
            diagnostics.push(self.diagnostic(key, "empty", format!("Write: {example}")));
            return None;
        }
        Some(string)
    }

    /// Returns the text of the file that `key` names.
    pub(crate) fn file(&self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a str> {
        const PATH: &str = "Write the path of a file in quotes.";
        let diagnostic = match &self.entry(key)?.value {
            Value::File(LinkedFile { text: Ok(text), .. }) => return Some(text),
            Value::File(LinkedFile {
                text: Err(problem), ..
            }) => self.diagnose(key, problem.clone()),
            Value::String(_) => self.diagnostic(key, "empty", PATH),
            other => self.mismatch(key, "the path of a file", other, PATH),
        };
        diagnostics.push(diagnostic);
        None
    }

    /// Returns `key` or `other`, the one that is present, or `key` if neither is. Both together are
    /// an error.
    pub(crate) fn one_of<'k>(
        &self,
        key: &'k str,
        other: &'k str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<&'k str> {
        match (self.entry(key), self.entry(other)) {
            (Some(_), Some(entry)) => {
                let line = entry.location.line;
                let line = line.map_or_else(String::new, |line| format!(", line {line}"));
                diagnostics.push(self.diagnostic(
                    key,
                    format!("cannot be combined with {}{line}", self.key(other)),
                    "Remove one of the two.",
                ));
                None
            }
            (None, Some(_)) => Some(other),
            (_, None) => Some(key),
        }
    }

    pub(crate) fn boolean(&self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<bool> {
        match &self.entry(key)?.value {
            Value::Boolean(boolean) => Some(*boolean),
            other => {
                let help = "Write `true` or `false`, without quotes.";
                diagnostics.push(self.mismatch(key, "a boolean", other, help));
                None
            }
        }
    }

    /// Reads an integer from `min` to `max`.
    pub(crate) fn integer(
        &self,
        key: &str,
        min: i64,
        max: i64,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<i64> {
        let help = format!("Write an integer from {min} to {max}.");
        let diagnostic = match &self.entry(key)?.value {
            Value::Integer(integer) if (min..=max).contains(integer) => return Some(*integer),
            Value::Integer(_) => self.diagnostic(key, "out of range", help),
            other => self.mismatch(key, "an integer", other, &help),
        };
        diagnostics.push(diagnostic);
        None
    }

    /// Reads an array of strings.
    pub(crate) fn strings(
        &self,
        key: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Vec<&'a str>> {
        const EXAMPLE: &str = "Write an array of strings, such as [\"one\", \"two\"].";
        let diagnostic = match &self.entry(key)?.value {
            Value::Array(array) => match array.iter().map(as_str).collect() {
                Some(strings) if has_blank(&strings) => {
                    let help = "Remove the entry, or write a value.";
                    self.diagnostic(key, "contains an empty entry", help)
                }
                Some(strings) => return Some(strings),
                None => self.diagnostic(key, "contains an entry that is not a string", EXAMPLE),
            },
            other => self.mismatch(key, "an array of strings", other, EXAMPLE),
        };
        diagnostics.push(diagnostic);
        None
    }

    pub(crate) fn table(
        &self,
        key: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<TableReader<'a>> {
        let entry = self.entry(key)?;
        match &entry.value {
            Value::Table(table) => Some(TableReader {
                name: self.key(key),
                table,
                location: entry.location.clone(),
            }),
            other => {
                let help = format!("Write a table: {key} = {{ name = \"value\" }}");
                diagnostics.push(self.mismatch(key, "a table", other, &help));
                None
            }
        }
    }

    /// Reports `key` as unknown, with the known key that it is most likely a typo of.
    pub(crate) fn unknown(&self, key: &str, known: &[&str], diagnostics: &mut Vec<Diagnostic>) {
        let help = match closest_key(key, known) {
            Some(closest) => format!("Did you mean `{closest}`?"),
            None => format!("Remove it. The known keys are {}.", known.join(", ")),
        };
        diagnostics.push(self.diagnostic(key, "unknown key", help));
    }

    fn mismatch(&self, key: &str, expected: &str, found: &Value, help: &str) -> Diagnostic {
        let message = format!("expected {expected}, found {}", found.kind());
        self.diagnostic(key, message, help)
    }
}

fn has_blank(strings: &Vec<&str>) -> bool {
    strings.iter().any(|string| string.trim().is_empty())
}

/// Returns the full name of a key of `table`, quoted where TOML requires it.
pub(super) fn dotted(table: &str, key: &str) -> String {
    let bare = key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if bare && !key.is_empty() {
        format!("{table}.{key}")
    } else {
        format!("{table}.{key:?}")
    }
}

/// Returns the string of an entry, or `None` if it has another type.
pub(crate) fn as_str(entry: &Entry) -> Option<&str> {
    match &entry.value {
        Value::String(string) => Some(string),
        _ => None,
    }
}

/// Returns the known key that `key` is most likely a typo of: at most two edits, and at most half
/// its length.
pub(crate) fn closest_key<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let key = key.to_ascii_lowercase();
    let distance = |known: &str| strsim::levenshtein(&key, known);
    let closest = known.iter().copied().min_by_key(|known| distance(known))?;
    (distance(closest) <= 2.min(closest.len() / 2)).then_some(closest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_matched_to_known_keys() {
        let known = ["client_id", "client_secret", "label"];

        assert_eq!(closest_key("client_secrt", &known), Some("client_secret"));
        assert_eq!(closest_key("Client_ID", &known), Some("client_id"));
        assert_eq!(closest_key("clientid", &known), Some("client_id"));
        assert_eq!(closest_key("timeout", &known), None);
        // At most half of a short key may differ.
        assert_eq!(closest_key("ib", &["id"]), Some("id"));
        assert_eq!(closest_key("xy", &["id"]), None);
    }
}
