//! The ways in which a client authenticates at its provider.

use std::fmt;

use super::draft::Draft;

/// The credential with which the app authenticates at a provider.
///
/// A string is a client secret, so that `Provider::google(id, secret)` needs no `ClientCredential`. The
/// other kinds are made by their constructors:
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
    Public,
    Secret {
        secret: String,
        /// The value of `token_endpoint_auth_method`.
        method: Option<&'static str>,
    },
}

impl ClientCredential {
    /// A client secret. It is sent in the way that the provider's discovery document asks for.
    pub fn secret(secret: impl Into<String>) -> Self {
        Self::sent_by(None, secret.into())
    }

    /// A client secret that is sent in the header `Authorization`.
    ///
    /// Source: RFC 6749, section 2.3.1; `client_secret_basic` in OpenID Connect Core 1.0, section 9.
    pub fn secret_basic(secret: impl Into<String>) -> Self {
        Self::sent_by(Some("client_secret_basic"), secret.into())
    }

    /// A client secret that is sent in the body of the token request.
    ///
    /// Source: RFC 6749, section 2.3.1; `client_secret_post` in OpenID Connect Core 1.0, section 9.
    pub fn secret_post(secret: impl Into<String>) -> Self {
        Self::sent_by(Some("client_secret_post"), secret.into())
    }

    /// No credential, for a public client. The provider recognises the app by the client ID, the
    /// redirect URI and PKCE.
    ///
    /// Source: RFC 6749, section 2.1; `none` in OpenID Connect Core 1.0, section 9.
    pub fn public() -> Self {
        Self(Kind::Public)
    }

    fn sent_by(method: Option<&'static str>, secret: String) -> Self {
        Self(Kind::Secret { secret, method })
    }

    /// Sets the keys of this credential, as arguments of `constructor`.
    pub(super) fn add_to(self, draft: &mut Draft, constructor: &str) {
        const METHOD: [&str; 2] = ["client_kwargs", "token_endpoint_auth_method"];
        match self.0 {
            Kind::Public => draft.set_at(constructor, &METHOD, "none"),
            Kind::Secret { secret, method } => {
                draft.set_at(constructor, &["client_secret"], secret);
                if let Some(method) = method {
                    draft.set_at(constructor, &METHOD, method);
                }
            }
        }
    }
}

impl From<&str> for ClientCredential {
    fn from(secret: &str) -> Self {
        Self::secret(secret)
    }
}

impl From<String> for ClientCredential {
    fn from(secret: String) -> Self {
        Self::secret(secret)
    }
}

/// Prints the kind without the secret.
impl fmt::Debug for ClientCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Public => "ClientCredential::public()",
            Kind::Secret { .. } => "ClientCredential::secret(…)",
        })
    }
}
