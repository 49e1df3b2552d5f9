//! Uses the claims of an identity without a fingerprint to find its client. Such an identity was
//! written by a Streamlit app, or by this crate in Streamlit's format.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use super::AdmissionError;
use crate::{config::ProviderConfig, cookie::VerifyError, provider::is_issuer_at, state::Settings};

/// Returns the index of the configured provider that a text without an
/// [`Envelope`](crate::state::Envelope) belongs to. The rules are:
///
/// 1. The text is a JSON object that can be read completely. It is for this origin, and
///    `is_logged_in` is true.
/// 2. `provider` is configured. Streamlit 1.42 to 1.52 did not write it. Without it, any provider
///    matches.
/// 3. `aud` contains the client ID of that provider, and `iss` belongs to its
///    `server_metadata_url`. A missing claim is not checked.
///
/// Source: Streamlit 1.67, `starlette_auth_routes._auth_callback`. The payload contains every claim
/// of the ID token.
pub(super) fn provider_of(settings: &Settings, json: &str) -> Result<usize, AdmissionError> {
    let binding: Binding<'_> = serde_json::from_str(json).map_err(|_| VerifyError::Malformed)?;
    let Readable = serde_json::from_str(json).map_err(|_| AdmissionError::Unreadable)?;
    if binding.origin != settings.config.redirect_uri.origin() || !binding.is_logged_in {
        return Err(VerifyError::Malformed.into());
    }
    let mut providers = settings.config.providers.iter();
    let found = providers.position(|provider| binding.belongs_to(provider));
    found.ok_or(AdmissionError::UnknownClient)
}

/// The entries of a payload that are checked before it is accepted. A duplicate key is an error.
#[derive(Deserialize)]
struct Binding<'a> {
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

impl Binding<'_> {
    fn belongs_to(&self, provider: &ProviderConfig) -> bool {
        let has_name = self
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
        has_name
            && self.aud.as_ref().is_none_or(is_for_client)
            && self.iss.as_ref().is_none_or(is_by_issuer)
    }
}

/// Any JSON that can be deserialized into a [`Value`], checked without building one. It is not
/// nested deeper than the limit of `serde_json`. It contains no number out of range, and no
/// unpaired surrogate, which Python writes as `\ud83e`.
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
