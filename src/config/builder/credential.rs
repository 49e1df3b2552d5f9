//! The ways in which a client authenticates at its provider.

use std::fmt;

use super::draft::Draft;

/// The credential with which the app authenticates at a provider.
///
/// A string is a client secret, so that `Provider::google(id, secret)` needs no `ClientCredential`.
/// The other kinds have constructors:
///
/// ```
/// use axum_streamlit_auth::{ClientCredential, Provider};
///
/// let confidential = Provider::google("my-client-id", "my-client-secret");
/// let public = Provider::auth0("acme.eu.auth0.com", "my-client-id", ClientCredential::public());
/// ```
#[derive(Clone)]
pub struct ClientCredential(Kind);

#[derive(Clone)]
enum Kind {
    /// A client secret as the argument of a provider's constructor.
    Argument(String),
    Keys(Draft),
}

const SECRET: &[&str] = &["client_secret"];
const METHOD: &[&str] = &["client_kwargs", "token_endpoint_auth_method"];

impl ClientCredential {
    /// A client secret. It is sent as the provider's discovery document asks for.
    pub fn secret(secret: impl Into<String>) -> Self {
        Self::new("secret", [(SECRET, secret.into())])
    }

    /// A client secret that is sent in the header `Authorization`.
    ///
    /// Source: RFC 6749, section 2.3.1; `client_secret_basic` in OpenID Connect Core 1.0, section 9.
    pub fn secret_basic(secret: impl Into<String>) -> Self {
        let method = "client_secret_basic".to_owned();
        Self::new("secret_basic", [(SECRET, secret.into()), (METHOD, method)])
    }

    /// A client secret that is sent in the body of the token request.
    ///
    /// Source: RFC 6749, section 2.3.1; `client_secret_post` in OpenID Connect Core 1.0, section 9.
    pub fn secret_post(secret: impl Into<String>) -> Self {
        let method = "client_secret_post".to_owned();
        Self::new("secret_post", [(SECRET, secret.into()), (METHOD, method)])
    }

    /// No credential, for a public client. The provider recognises the app by the client ID, the
    /// redirect URI and PKCE.
    ///
    /// Source: RFC 6749, section 2.1; `none` in OpenID Connect Core 1.0, section 9.
    pub fn public() -> Self {
        Self::new("public", [(METHOD, "none".to_owned())])
    }

    fn new<const N: usize>(constructor: &str, keys: [(&[&str], String); N]) -> Self {
        let mut draft = Draft::new("ClientCredential");
        for (path, value) in keys {
            draft.set_at(constructor, path, value);
        }
        Self(Kind::Keys(draft))
    }

    /// Adds the keys of this credential to those of a provider, as an argument of `constructor`.
    pub(super) fn add_to(self, provider: &mut Draft, constructor: &str) {
        match self.0 {
            Kind::Argument(secret) => provider.set_at(constructor, SECRET, secret),
            Kind::Keys(draft) => provider.table.0.extend(draft.table.0),
        }
    }
}

/// A client secret, as [`ClientCredential::secret`].
impl From<&str> for ClientCredential {
    fn from(secret: &str) -> Self {
        Self::from(secret.to_owned())
    }
}

/// A client secret, as [`ClientCredential::secret`].
impl From<String> for ClientCredential {
    fn from(secret: String) -> Self {
        Self(Kind::Argument(secret))
    }
}

/// Prints the keys. The values are left out, because some are secrets.
impl fmt::Debug for ClientCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ClientCredential");
        if let Kind::Keys(draft) = &self.0 {
            debug.field("keys", draft);
        }
        debug.finish_non_exhaustive()
    }
}
