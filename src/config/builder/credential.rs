//! The ways in which a client authenticates at its provider.

use std::{fmt, path::Path};

use super::draft::{Draft, path_text};

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

const OWNER: &str = "ClientCredential";
const SECRET: &[&str] = &["client_secret"];
const METHOD: &[&str] = &["client_kwargs", "token_endpoint_auth_method"];

impl ClientCredential {
    /// A client secret. It is sent by the method that the provider's discovery document lists.
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

    /// A file with the client secret, as Docker and Kubernetes mount it. It is read again when it
    /// changes. A relative path starts at the working directory, as for the other files.
    pub fn secret_file(path: impl AsRef<Path>) -> Self {
        Self::new("secret_file", [(&["client_secret_file"], path_text(path))])
    }

    /// A file with a JWT that the platform renews, such as a projected Kubernetes token.
    pub fn assertion_file(path: impl AsRef<Path>) -> Self {
        Self::new(
            "assertion_file",
            [(&["client_assertion_file"], path_text(path))],
        )
    }

    /// A file with a private key as PEM, for `private_key_jwt`.
    ///
    /// ```
    /// use axum_streamlit_auth::{ClientCredential, Provider};
    ///
    /// let key = ClientCredential::key_file("/run/secrets/client_key.pem").key_id("2026-11");
    /// let provider = Provider::okta("acme.okta.com", "my-client-id", key);
    /// ```
    pub fn key_file(path: impl AsRef<Path>) -> Self {
        Self::new("key_file", [(&["client_key_file"], path_text(path))])
    }

    /// The private key for Sign in with Apple, which signs Apple's client secrets.
    pub fn apple_key(
        team_id: impl Into<String>,
        key_id: impl Into<String>,
        path: impl AsRef<Path>,
    ) -> Self {
        let file: &[&str] = &["client_key_file"];
        Self::new(
            "apple_key",
            [
                (&["team_id"], team_id.into()),
                (&["key_id"], key_id.into()),
                (file, path_text(path)),
            ],
        )
    }

    /// Sets the `kid` under which the provider knows the key of [`key_file`](Self::key_file). By
    /// default, it is not sent.
    pub fn key_id(self, id: impl Into<String>) -> Self {
        self.set("key_id", "client_key_id", id)
    }

    /// Sets the algorithm for the key of [`key_file`](Self::key_file), such as `PS256`. By default,
    /// it is the first one for this type of key that the provider lists.
    pub fn key_algorithm(self, algorithm: impl Into<String>) -> Self {
        self.set("key_algorithm", "client_key_algorithm", algorithm)
    }

    /// Sets the PEM file with the certificate for the key of [`key_file`](Self::key_file), for
    /// providers that identify the key by its thumbprint.
    pub fn certificate_file(self, path: impl AsRef<Path>) -> Self {
        self.set(
            "certificate_file",
            "client_certificate_file",
            path_text(path),
        )
    }

    /// Sets the audience of the client assertions that the key of [`key_file`](Self::key_file)
    /// signs: `issuer` or `token_endpoint`.
    pub fn assertion_audience(self, audience: impl Into<String>) -> Self {
        self.set("assertion_audience", "client_assertion_audience", audience)
    }

    /// Sets the `typ` of the client assertions that the key of [`key_file`](Self::key_file) signs:
    /// `client-authentication+jwt`, `JWT`, or an empty string for none.
    pub fn assertion_typ(self, typ: impl Into<String>) -> Self {
        self.set("assertion_typ", "client_assertion_typ", typ)
    }

    /// No credential, for a public client. The provider recognizes the app by the client ID, the
    /// redirect URI and PKCE.
    ///
    /// Source: RFC 6749, section 2.1; `none` in OpenID Connect Core 1.0, section 9.
    pub fn public() -> Self {
        Self::new("public", [(METHOD, "none".to_owned())])
    }

    fn new<const N: usize>(constructor: &str, keys: [(&[&str], String); N]) -> Self {
        let mut draft = Draft::new(OWNER);
        for (path, value) in keys {
            draft.set_at(constructor, path, value);
        }
        Self(Kind::Keys(draft))
    }

    fn set(self, method: &str, key: &str, value: impl Into<String>) -> Self {
        let mut draft = Draft::new(OWNER);
        // The location of the secret does not matter, because these methods do not apply to one.
        self.add_to(&mut draft, "secret");
        draft.set_at(method, &[key], value.into());
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

/// A client secret, like [`ClientCredential::secret`].
impl From<&str> for ClientCredential {
    fn from(secret: &str) -> Self {
        Self::from(secret.to_owned())
    }
}

/// A client secret, like [`ClientCredential::secret`].
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
