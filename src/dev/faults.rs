//! What can be wrong with the development provider, for tests of how an app copes.

use std::time::Duration;

use serde_json::{Value, json};

/// A fault of the development provider; see [`AuthLayer::break_provider`](crate::AuthLayer::break_provider).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderFault {
    /// The ID token holds the `nonce` of another login.
    WrongNonce,
    /// The ID token is for another client.
    WrongAudience,
    /// The ID token is signed by a key that is not published yet.
    UnknownKey,
    /// The identity is far too large for cookies.
    HugeClaims,
    /// Every answer of the back channel is a 500.
    ServerError,
    /// Every answer of the back channel takes this long.
    Slow(Duration),
}

impl ProviderFault {
    /// Spoils the claims of an ID token.
    pub(super) fn spoil(&self, claims: &mut Value) {
        match self {
            Self::WrongNonce => claims["nonce"] = json!("the nonce of another login"),
            Self::WrongAudience => claims["aud"] = json!("another client"),
            Self::HugeClaims => claims["groups"] = json!(vec!["a group with a long name"; 4000]),
            Self::UnknownKey | Self::ServerError | Self::Slow(_) => {}
        }
    }
}
