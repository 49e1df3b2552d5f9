//! The tokens beside an identity.

use std::fmt;

use serde::{Deserialize, Serialize};
#[cfg(feature = "streamlit")]
use serde_json::{Map, Value};

use crate::config::ExposeTokens;

/// The tokens of a login, as far as `expose_tokens` shows them to the app.
///
/// `Debug` says which are there and shows none.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Tokens {
    #[serde(default, rename = "id_token", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(
        default,
        rename = "access_token",
        skip_serializing_if = "Option::is_none"
    )]
    access: Option<String>,
}

impl Tokens {
    pub(crate) fn new(id: Option<String>, access: Option<String>) -> Self {
        Self { id, access }
    }

    /// Those of them that `expose` lets the app see.
    pub(super) fn exposed(self, expose: ExposeTokens) -> Self {
        Self {
            id: self.id.filter(|_| expose.id),
            access: self.access.filter(|_| expose.access),
        }
    }

    /// The ID token, if `expose_tokens` holds `"id"`.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The access token, if `expose_tokens` holds `"access"` and the provider gave one.
    #[must_use]
    pub fn access(&self) -> Option<&str> {
        self.access.as_deref()
    }

    /// As Streamlit stores them.
    #[cfg(feature = "streamlit")]
    pub(super) fn to_map(&self) -> Map<String, Value> {
        let tokens = [("id_token", &self.id), ("access_token", &self.access)];
        tokens
            .into_iter()
            .filter_map(|(name, token)| Some((name.to_owned(), token.clone()?.into())))
            .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.id.is_none() && self.access.is_none()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |token: &Option<String>| token.as_ref().map(|_| "[redacted]");
        f.debug_struct("Tokens")
            .field("id", &shown(&self.id))
            .field("access", &shown(&self.access))
            .finish()
    }
}
