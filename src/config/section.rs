//! One table of the configuration, read key by key; what is wrong is collected, not returned.

use super::{
    Fault,
    document::{Item, Place, Table, Value},
};

pub(crate) struct Section<'a> {
    /// The dotted name, such as `auth.google`.
    pub(crate) name: String,
    pub(crate) table: &'a Table,
    pub(crate) place: Place,
}

impl<'a> Section<'a> {
    /// The full dotted name of one key, quoted as TOML wants it.
    pub(crate) fn key(&self, key: &str) -> String {
        let bare = key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if bare && !key.is_empty() {
            format!("{}.{key}", self.name)
        } else {
            format!("{}.{key:?}", self.name)
        }
    }

    pub(crate) fn item(&self, key: &str) -> Option<&'a Item> {
        self.table.get(key)
    }

    /// The place of `key`, or of the table if the key is absent.
    pub(crate) fn place(&self, key: &str) -> &Place {
        self.item(key).map_or(&self.place, |item| &item.place)
    }

    pub(crate) fn fault(
        &self,
        key: &str,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Fault {
        Fault::new(&self.key(key), self.place(key), problem, fix)
    }

    pub(crate) fn text(&self, key: &str, faults: &mut Vec<Fault>) -> Option<&'a str> {
        match &self.item(key)?.value {
            Value::Text(text) => Some(text),
            other => self.wrong(key, "a text in quotes", other, faults),
        }
    }

    /// A text that has to be there and not be blank. `example` is the line to write.
    pub(crate) fn required(
        &self,
        key: &str,
        example: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<&'a str> {
        let text = match self.item(key) {
            None => {
                faults.push(self.fault(
                    key,
                    "is missing.",
                    format!("Add to `[{}]`: {example}", self.name),
                ));
                return None;
            }
            Some(_) => self.text(key, faults)?,
        };
        if text.trim().is_empty() {
            faults.push(self.fault(key, "is empty.", format!("Write: {example}")));
            return None;
        }
        Some(text)
    }

    pub(crate) fn flag(&self, key: &str, faults: &mut Vec<Fault>) -> Option<bool> {
        match &self.item(key)?.value {
            Value::Flag(flag) => Some(*flag),
            other => self.wrong(key, "true or false", other, faults),
        }
    }

    /// A whole number between `least` and `most`.
    pub(crate) fn whole(
        &self,
        key: &str,
        least: i64,
        most: i64,
        faults: &mut Vec<Fault>,
    ) -> Option<i64> {
        match &self.item(key)?.value {
            Value::Whole(whole) if (least..=most).contains(whole) => Some(*whole),
            other => self.wrong(
                key,
                &format!("a whole number from {least} to {most}"),
                other,
                faults,
            ),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&self, key: &str, faults: &mut Vec<Fault>) -> Option<Vec<&'a str>> {
        let value = &self.item(key)?.value;
        let texts = match value {
            Value::List(list) => list.iter().map(text_of).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        texts.or_else(|| {
            self.wrong(
                key,
                "a list of texts, such as [\"one\", \"two\"]",
                value,
                faults,
            )
        })
    }

    pub(crate) fn table(&self, key: &str, faults: &mut Vec<Fault>) -> Option<Section<'a>> {
        let item = self.item(key)?;
        match &item.value {
            Value::Table(table) => Some(Section {
                name: self.key(key),
                table,
                place: item.place.clone(),
            }),
            other => self.wrong(key, "a table", other, faults),
        }
    }

    /// Reports `key` as unknown, with the known key that was probably meant.
    pub(crate) fn unknown(&self, key: &str, known: &[&str], faults: &mut Vec<Fault>) {
        let fix = match nearest(key, known) {
            Some(meant) => format!("Did you mean `{meant}`?"),
            None => format!("Remove it; known here are {}.", known.join(", ")),
        };
        faults.push(self.fault(key, "is not a known key.", fix));
    }

    fn wrong<T>(
        &self,
        key: &str,
        wanted: &str,
        found: &Value,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        let problem = match found {
            Value::Whole(_) | Value::List(_) => format!("must be {wanted}."),
            other => format!("must be {wanted}, but is {}.", other.kind()),
        };
        faults.push(self.fault(key, problem, "Correct this line."));
        None
    }
}

pub(crate) fn text_of(item: &Item) -> Option<&str> {
    match &item.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The one of `known` that `key` is a slip of: at most two edits away, and at most half of its letters.
pub(crate) fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let key = key.to_ascii_lowercase();
    let distance = |other: &str| strsim::levenshtein(&key, other);
    let best = known.iter().copied().min_by_key(|other| distance(other))?;
    (distance(best) <= 2.min(best.len() / 2)).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["client_id", "client_secret", "label"];

        assert_eq!(nearest("client_secrt", &known), Some("client_secret"));
        assert_eq!(nearest("Client_ID", &known), Some("client_id"));
        assert_eq!(nearest("clientid", &known), Some("client_id"));
        assert_eq!(nearest("timeout", &known), None);
        // Of a short name, a half may differ and no more.
        assert_eq!(nearest("ib", &["id"]), Some("id"));
        assert_eq!(nearest("xy", &["id"]), None);
    }
}
