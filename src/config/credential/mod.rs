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
        let key = reader.one_of(SECRET, SECRET_FILE, diagnostics)?;
        if auth == Some(ClientAuth::None) {
            if reader.entry(key).is_none() {
                return Some(Self::Public);
            }
            let help = format!("Remove {key}, or remove token_endpoint_auth_method = \"none\".");
            diagnostics.push(reader.diagnostic(key, "not allowed for a public client", help));
            return None;
        }
        let secret = if key == SECRET_FILE {
            reader.file(key, diagnostics)?
        } else {
            let example = "client_secret = \"…\" (or, for a public client, client_kwargs = { token_endpoint_auth_method = \"none\" })";
            reader.required_string(key, example, diagnostics)?
        };
        if let Some(problem) = credential_problem(secret) {
            diagnostics.push(reader.diagnose(key, problem));
        }
        Some(Self::Secret(SecretString::from(secret)))
    }

    /// Returns the client secret, if that is the credential.
    pub(crate) fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::Public => None,
            Self::Secret(secret) => Some(secret),
        }
    }
}

const SECRET: &str = "client_secret";

/// Names a file with the client secret.
const SECRET_FILE: &str = "client_secret_file";

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
