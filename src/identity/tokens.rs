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

    /// These tokens, then fewer of them, for where there is no space for all. A token that the app asked for is kept before one that it did
    /// not ask for, and the ID token before the access token.
    pub(super) fn selections(&self, expose: ExposeTokens) -> Vec<Self> {
        let (id, access) = (self.clone(), self.clone());
        let id = Self { access: None, ..id };
        let access = Self { id: None, ..access };
        let single = if expose.id {
            [id, access]
        } else {
            [access, id]
        };
        let all = std::iter::once(self.clone()).chain(single);
        all.filter(|tokens| !tokens.is_empty()).collect()
    }

    /// Names of these tokens that `kept` has not.
    pub(super) fn names_without(&self, kept: &Self) -> Vec<&'static str> {
        let id = self.id.is_some() && kept.id.is_none();
        let access = self.access.is_some() && kept.access.is_none();
        let names = [(id, "id_token"), (access, "access_token")];
        let left_out = names.into_iter().filter(|(is_left_out, _)| *is_left_out);
        left_out.map(|(_, name)| name).collect()
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
