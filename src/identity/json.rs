//! Reads the JSON text of an identity without building more values than needed.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::HIDDEN_CLAIMS;

/// Returns the string under `key` in a JSON object, without a copy. `None` if it is missing, not a
/// string, or contains an escape sequence.
pub(super) fn get_str<'j>(json: &'j str, key: &str) -> Option<&'j str> {
    let mut found = None;
    let find = FindString {
        key,
        found: &mut found,
    };
    // Stopping at the key is an error in serde_json, which expects an object to be read completely.
    let _ = serde_json::Deserializer::from_str(json).deserialize_map(find);
    found
}

/// Returns the entries that `st.user` lists. Only `is_logged_in` if the text is not a JSON object.
pub(super) fn claims(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).map_or_else(|_| logged_in(), |Visible(claims)| claims)
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
    let mut claims = Map::with_capacity(TYPICAL_CLAIMS);
    claims.insert("is_logged_in".to_owned(), true.into());
    claims
}

/// Claims of a typical ID token of a large provider, plus a few custom ones.
const TYPICAL_CLAIMS: usize = 24;

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
