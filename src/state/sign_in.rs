//! The login that the app's sign-in hook accepts or rejects.

use std::fmt;

use serde_json::{Map, Value};

/// A login that the hook of [`AuthLayer::on_sign_in_with`](crate::AuthLayer::on_sign_in_with)
/// accepts or rejects.
///
/// `Debug` shows the names of the claims, but neither their values nor the access token.
#[derive(Clone)]
#[non_exhaustive]
pub struct SignIn {
    /// The claims from the provider, including `provider`.
    pub claims: Map<String, Value>,
    access_token: Option<String>,
}

impl SignIn {
    pub(crate) fn new(claims: Map<String, Value>, access_token: Option<String>) -> Self {
        Self {
            claims,
            access_token,
        }
    }

    /// Returns the access token of this login, for requests to the provider's API or to another API
    /// that accepts it.
    ///
    /// `client_kwargs.scope` decides which requests the token allows. The token is available
    /// regardless of `expose_tokens`, and it is not kept. Do not return it in a claim, because a
    /// claim that the hook adds is stored in a cookie.
    ///
    /// Returns `None` if the provider sent no access token, and for an identity of a Streamlit app,
    /// which has none.
    #[must_use]
    pub fn access_token(&self) -> Option<&str> {
        self.access_token.as_deref()
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("claims", &self.claims.keys().collect::<Vec<_>>())
            .field(
                "access_token",
                &self.access_token.as_ref().map(|_| "[redacted]"),
            )
            .finish()
    }
}
