//! The tokens stored with an identity.

use std::{fmt, iter};

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
    /// Further tokens of Streamlit, such as its announced `refresh_token`. Only
    /// [`from_streamlit`](Self::from_streamlit) reads them.
    #[cfg(feature = "streamlit-cookies")]
    #[serde(skip)]
    other: Map<String, Value>,
}

impl Tokens {
    pub(crate) fn new(id: Option<String>, access: Option<String>) -> Self {
        Self {
            id,
            access,
            #[cfg(feature = "streamlit-cookies")]
            other: Map::new(),
        }
    }

    /// Parses the object that Streamlit stores. The further tokens in it are only passed on, so
    /// that a new signature does not lose them.
    #[cfg(feature = "streamlit-cookies")]
    pub(super) fn from_streamlit(text: &str) -> Self {
        let mut other: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
        other.retain(|name, _| !NAMES.contains(&name.as_str()));
        Self {
            other,
            ..serde_json::from_str(text).unwrap_or_default()
        }
    }

    /// Keeps only the tokens that `expose` makes available to the app.
    pub(super) fn exposed(self, expose: ExposeTokens) -> Self {
        Self::new(
            self.id.filter(|_| expose.id),
            self.access.filter(|_| expose.access),
        )
    }

    /// Returns these tokens, then smaller subsets in case not all of them fit. An exposed token
    /// takes precedence over one that is not exposed, and the ID token over the access token.
    /// Further tokens are left out first.
    pub(super) fn subsets(&self, expose: ExposeTokens) -> Vec<Self> {
        let both = Self::new(self.id.clone(), self.access.clone());
        let id = Self::new(self.id.clone(), None);
        let access = Self::new(None, self.access.clone());
        let smaller = if expose.id {
            [both, id, access]
        } else {
            [both, access, id]
        };
        let mut subsets: Vec<_> = iter::once(self.clone()).chain(smaller).collect();
        subsets.retain(|tokens| !tokens.is_empty());
        subsets.dedup();
        subsets
    }

    /// Returns the names of these tokens that are missing from `retained`.
    pub(super) fn names_missing_from(&self, retained: &Self) -> Vec<&'static str> {
        let id = self.id.is_some() && retained.id.is_none();
        let access = self.access.is_some() && retained.access.is_none();
        let other = self.has_other() && !retained.has_other();
        let names = [
            (id, NAMES[0]),
            (access, NAMES[1]),
            (other, "other tokens of Streamlit"),
        ];
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
        let tokens = [(NAMES[0], &self.id), (NAMES[1], &self.access)];
        let own = tokens
            .into_iter()
            .filter_map(|(name, token)| Some((name.to_owned(), token.clone()?.into())));
        own.chain(self.other.clone()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.id.is_none() && self.access.is_none() && !self.has_other()
    }

    #[cfg(feature = "streamlit-cookies")]
    fn has_other(&self) -> bool {
        !self.other.is_empty()
    }

    #[cfg(not(feature = "streamlit-cookies"))]
    fn has_other(&self) -> bool {
        false
    }
}

/// The names of the stored tokens, in the order of the fields.
const NAMES: [&str; 2] = ["id_token", "access_token"];

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redacted = |token: &Option<String>| token.as_ref().map(|_| "[redacted]");
        f.debug_struct("Tokens")
            .field("id", &redacted(&self.id))
            .field("access", &redacted(&self.access))
            .finish()
    }
}
