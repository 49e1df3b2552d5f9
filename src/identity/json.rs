//! Reads the JSON text of an identity without building more values than needed.

use std::{borrow::Cow, fmt};

use memchr::{memchr, memchr2, memmem};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::HIDDEN_CLAIMS;
use crate::state::Envelope;

/// Returns the string under `key` in a JSON object, without a copy. `None` if it is missing, not a
/// string, or contains an escape sequence.
pub(super) fn get_str<'j>(json: &'j str, key: &str) -> Option<&'j str> {
    find_flat(json, key).or_else(|| parse_str(json, key))
}

/// Returns the entries that `st.user` lists. Only `is_logged_in` if the text is not a JSON object.
pub(super) fn claims(json: &str) -> Map<String, Value> {
    // A copy without the head is faster than parsing the hidden entries.
    let visible = Envelope::after_head(json).map(|entries| {
        let mut object = String::with_capacity("{".len() + entries.len());
        object.push('{');
        object + entries
    });
    serde_json::from_str(visible.as_deref().unwrap_or(json))
        .map_or_else(|_| logged_in(), |Visible(claims)| claims)
}

/// Finds the string under `key` without parsing. `None` for some of the strings that [`parse_str`]
/// finds.
///
/// Only the text before the first nested object is searched. There, `,"key":` is the key of an
/// entry, because the quotes in a string are escaped, and only punctuation follows a string.
fn find_flat<'j>(json: &'j str, key: &str) -> Option<&'j str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if key.is_empty() || !key.bytes().all(is_plain) {
        return None;
    }
    let entries = json.strip_prefix('{')?;
    let bytes = entries.as_bytes();
    let end = memchr(b'{', bytes).unwrap_or(bytes.len());
    let mut places = memmem::find_iter(&bytes[..end], key);
    let value = places.find_map(|start| {
        let is_quoted = matches!(bytes[..start], [.., b',', b'"'] | [b'"']);
        let rest = entries[start + key.len()..].strip_prefix("\":\"")?;
        is_quoted.then_some(rest)
    })?;
    let end = memchr2(b'"', b'\\', value.as_bytes())?;
    value[end..].starts_with('"').then_some(&value[..end])
}

/// Parses the object up to `key`.
fn parse_str<'j>(json: &'j str, key: &str) -> Option<&'j str> {
    let mut found = None;
    let find = FindString {
        key,
        found: &mut found,
    };
    // Stopping at the key is an error in serde_json, which expects an object to be read completely.
    let _ = serde_json::Deserializer::from_str(json).deserialize_map(find);
    found
}

struct FindString<'f, 'j> {
    key: &'f str,
    found: &'f mut Option<&'j str>,
}

impl<'de> Visitor<'de> for FindString<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            if key == self.key {
                *self.found = Some(map.next_value()?);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// `is_logged_in`, then the other entries in their order, without the hidden ones.
struct Visible(Map<String, Value>);

impl<'de> Deserialize<'de> for Visible {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(VisibleVisitor).map(Self)
    }
}

struct VisibleVisitor;

impl<'de> Visitor<'de> for VisibleVisitor {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut claims = logged_in();
        while let Some(Key(key)) = map.next_key()? {
            if HIDDEN_CLAIMS.contains(&&*key) {
                map.next_value::<IgnoredAny>()?;
            } else {
                claims.insert(key.into_owned(), map.next_value()?);
            }
        }
        Ok(claims)
    }
}

fn logged_in() -> Map<String, Value> {
    let mut claims = Map::with_capacity(INITIAL_CAPACITY);
    claims.insert("is_logged_in".to_owned(), true.into());
    claims
}

/// The largest map whose memory, less than 1 KiB, allocators reuse without a search. It grows at
/// most twice for the claims of a typical ID token.
const INITIAL_CAPACITY: usize = 8;

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn find_flat_agrees_with_parser() {
        let entries = [
            r#""a":"b""#,
            r#""a":"\"b\"""#,
            r#""b":",\"a\":\"""#,
            r#""b":"a""#,
            r#""a,":":""#,
            r#"":":"b""#,
            r#""":"a""#,
            r#""\"a":"b""#,
            r#""x\",":"a""#,
            r#""é":["a","é","b"]"#,
            r#""d":{"a":"c","b":"c"}"#,
            r#""e":"{""#,
        ];
        let count = entries.len();
        let mut found = 0;
        for number in 0..count.pow(4) {
            let places = (0..4).map(|place| number / count.pow(place) % count);
            let places: BTreeSet<usize> = places.collect();
            let listed: Vec<&str> = places.iter().map(|place| entries[*place]).collect();
            let json = format!("{{{}}}", listed.join(","));
            for key in ["a", "b", "c", "é", ":", ",", "", r#"a","b"#, r#"\"a"#] {
                if let Some(text) = find_flat(&json, key) {
                    found += 1;
                    assert_eq!(parse_str(&json, key), Some(text), "{json} {key}");
                }
            }
        }
        assert!(found > 1000);
    }

    #[test]
    fn find_flat_stops_at_nested_object() {
        let json = r#"{"a":"1","b":{"c":"2"},"d":"3"}"#;

        assert_eq!(find_flat(json, "a"), Some("1"));
        assert_eq!(find_flat(json, "c"), None);
        assert_eq!(get_str(json, "c"), None);
        assert_eq!(get_str(json, "d"), Some("3"));
    }
}
