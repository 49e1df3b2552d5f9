//! The stored text of an identity, read without building more of it than is asked for.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::HIDDEN;

/// The text under `key` in a JSON object, borrowed from it: `None` if it is absent, no text, or holds an escape.
pub(super) fn text<'j>(json: &'j str, key: &str) -> Option<&'j str> {
    let mut found = None;
    let find = Find {
        key,
        found: &mut found,
    };
    // Stopping at the key is an error to serde_json, which expects everybody to read an object to its end.
    let _ = serde_json::Deserializer::from_str(json).deserialize_map(find);
    found
}

/// What `st.user` lists of a stored text; `is_logged_in` alone if it is no JSON object.
pub(super) fn claims(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).map_or_else(|_| logged_in(), |Shown(claims)| claims)
}

struct Find<'f, 'j> {
    key: &'f str,
    found: &'f mut Option<&'j str>,
}

impl<'de> Visitor<'de> for Find<'_, 'de> {
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

/// `is_logged_in`, then the rest in its order without what is hidden.
struct Shown(Map<String, Value>);

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ShownVisitor).map(Self)
    }
}

struct ShownVisitor;

impl<'de> Visitor<'de> for ShownVisitor {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut claims = logged_in();
        while let Some(Key(key)) = map.next_key()? {
            if HIDDEN.contains(&&*key) {
                map.next_value::<IgnoredAny>()?;
            } else {
                claims.insert(key.into_owned(), map.next_value()?);
            }
        }
        Ok(claims)
    }
}

fn logged_in() -> Map<String, Value> {
    let mut claims = Map::with_capacity(USUAL_CLAIMS);
    claims.insert("is_logged_in".to_owned(), true.into());
    claims
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Claims of an ID token as large providers make it, with room for a few of one's own.
const USUAL_CLAIMS: usize = 24;
