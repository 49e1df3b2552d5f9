//! An identity without our fingerprint: a Streamlit app wrote it, or this crate in Streamlit's format. Its claims say whose it is.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use super::Refused;
use crate::{config::ProviderConfig, cookie::Rejected, provider::is_issuer_at, site::Site};

/// Checks a text that is no [`Frame`](super::Frame)'s, and returns the index of the configured provider that it belongs to.
///
/// 1. It is a JSON object that can be read as a whole, for this origin, and `is_logged_in` is true.
/// 2. `provider` is configured. Streamlit 1.42 to 1.52 did not write it; then any provider will do.
/// 3. `aud` contains the client ID of that provider, and `iss` belongs to its `server_metadata_url`, if they are there.
///
/// Source: Streamlit 1.67, `starlette_auth_routes._auth_callback`: the payload holds every claim of the ID token.
pub(super) fn provider_of(site: &Site, json: &str) -> Result<usize, Refused> {
    let head: Head<'_> = serde_json::from_str(json).map_err(|_| Rejected::Malformed)?;
    let Readable = serde_json::from_str(json).map_err(|_| Refused::Unreadable)?;
    if head.origin != site.config.redirect_uri.origin() || !head.is_logged_in {
        return Err(Rejected::Malformed.into());
    }
    let mut providers = site.config.providers.iter();
    let found = providers.position(|provider| head.belongs_to(provider));
    found.ok_or(Refused::UnknownClient)
}

/// What is read of a payload before it is accepted. A key that is there twice is an error here.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    origin: Cow<'a, str>,
    is_logged_in: bool,
    #[serde(borrow, default)]
    provider: Option<Cow<'a, str>>,
    #[serde(default)]
    aud: Option<Value>,
    #[serde(default)]
    iss: Option<Value>,
}

impl Head<'_> {
    fn belongs_to(&self, provider: &ProviderConfig) -> bool {
        let is_named = self
            .provider
            .as_ref()
            .is_none_or(|name| *name == provider.name);
        let is_for_client = |aud: &Value| match aud {
            Value::Array(list) => list.iter().any(|aud| *aud == *provider.client_id),
            aud => *aud == *provider.client_id,
        };
        let is_by_issuer = |iss: &Value| {
            let iss = iss.as_str();
            iss.is_some_and(|iss| is_issuer_at(&provider.server_metadata_url, iss))
        };
        is_named
            && self.aud.as_ref().is_none_or(is_for_client)
            && self.iss.as_ref().is_none_or(is_by_issuer)
    }
}

/// Any JSON that [`Value`] can be made of, read without making one: not nested deeper than `serde_json` goes, no number out of range, and
/// no half of a character, which Python writes as `\ud83e`.
struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Readable {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}
