//! The tokens stored with an identity.

use std::fmt;

use serde::{Deserialize, Serialize};
#[cfg(feature = "streamlit-cookies")]
use serde_json::{Map, Value};

use crate::config::ExposeTokens;

/// The tokens of a login that `expose_tokens` makes available to the app.
///
/// `Debug` shows which tokens are present, but not their values.
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

    /// Keeps only the tokens that `expose` makes available to the app.
    pub(super) fn exposed(self, expose: ExposeTokens) -> Self {
        Self {
            id: self.id.filter(|_| expose.id),
            access: self.access.filter(|_| expose.access),
        }
    }

    /// Returns these tokens, then smaller subsets in case not all of them fit. An exposed token
    /// takes precedence over one that is not exposed, and the ID token over the access token.
    pub(super) fn subsets(&self, expose: ExposeTokens) -> Vec<Self> {
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

    /// Returns the names of these tokens that are missing from `retained`.
    pub(super) fn names_missing_from(&self, retained: &Self) -> Vec<&'static str> {
        let id = self.id.is_some() && retained.id.is_none();
        let access = self.access.is_some() && retained.access.is_none();
        let names = [(id, "id_token"), (access, "access_token")];
        let left_out = names.into_iter().filter(|(is_left_out, _)| *is_left_out);
        left_out.map(|(_, name)| name).collect()
    }

    /// Returns the ID token if `expose_tokens` contains `"id"`.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the access token if `expose_tokens` contains `"access"` and the provider issued one.
    #[must_use]
    pub fn access(&self) -> Option<&str> {
        self.access.as_deref()
    }

    /// Converts the tokens to the object that Streamlit stores.
    #[cfg(feature = "streamlit-cookies")]
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
        let redacted = |token: &Option<String>| token.as_ref().map(|_| "[redacted]");
        f.debug_struct("Tokens")
            .field("id", &redacted(&self.id))
            .field("access", &redacted(&self.access))
            .finish()
    }
}
