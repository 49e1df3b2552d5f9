//! The credential of a client, by client type (RFC 6749, section 2.1).

use secrecy::{ExposeSecret, SecretString};

use super::{ClientAuth, Diagnostic, reader::TableReader, secret::credential_problem};

/// The proof of a client's identity at the token endpoint.
#[derive(Clone)]
pub(crate) enum Credential {
    /// A public client has no secret.
    Public,
    Secret(SecretString),
}

impl Credential {
    /// Reads the credential of a provider's table. Returns `None` if it is missing or invalid.
    pub(super) fn read(
        reader: &TableReader<'_>,
        auth: Option<ClientAuth>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        const KEY: &str = "client_secret";
        match (auth, reader.entry(KEY)) {
            (Some(ClientAuth::None), None) => Some(Self::Public),
            (Some(ClientAuth::None), Some(_)) => {
                let help = "Remove client_secret, or remove token_endpoint_auth_method = \"none\".";
                let message = "not allowed for a public client";
                diagnostics.push(reader.diagnostic(KEY, message, help));
                None
            }
            _ => {
                let example = "client_secret = \"…\" (or, for a public client, client_kwargs = { token_endpoint_auth_method = \"none\" })";
                let secret = reader.required_string(KEY, example, diagnostics)?;
                if let Some(problem) = credential_problem(secret) {
                    diagnostics.push(reader.diagnose(KEY, problem));
                }
                Some(Self::Secret(SecretString::from(secret)))
            }
        }
    }

    /// Returns the client secret, if that is the credential.
    pub(crate) fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::Public => None,
            Self::Secret(secret) => Some(secret),
        }
    }
}

impl PartialEq for Credential {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Public, Self::Public) => true,
            (Self::Secret(one), Self::Secret(other)) => {
                one.expose_secret() == other.expose_secret()
            }
            (Self::Public | Self::Secret(_), _) => false,
        }
    }
}
