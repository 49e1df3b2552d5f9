//! The credential of a client, by client type (RFC 6749, section 2.1).

use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::{
    apple::AppleKey,
    assertion_file::AssertionFile,
    client_key::{AssertionAudience, ClientKey},
    file::{CredentialFile, CredentialFileError},
};
use self::{
    apple::{KEY_ID, TEAM_ID},
    client_key::{CLIENT_KEY_FILE, DEPENDENT_KEYS},
};
use super::{ClientAuth, Diagnostic, reader::TableReader, secret::credential_problem};

mod apple;
mod assertion_file;
mod client_key;
mod file;

/// The proof of a client's identity at the token endpoint.
#[derive(Clone)]
pub(crate) enum Credential {
    /// A public client has no secret.
    Public,
    Secret(SecretString),
    /// A JWT that the platform renews (RFC 7523, section 2.2).
    AssertionFile(AssertionFile),
    /// A private key that signs an assertion for each request.
    Key(ClientKey),
    /// A private key that signs Apple's client secret for each request.
    AppleKey(AppleKey),
}

const CLIENT_SECRET: &str = "client_secret";
/// Names a file with the client secret.
const CLIENT_SECRET_FILE: &str = "client_secret_file";
const CLIENT_ASSERTION_FILE: &str = "client_assertion_file";

/// The keys that exclude one another.
const EXCLUSIVE: [&str; 4] = [
    CLIENT_SECRET,
    CLIENT_SECRET_FILE,
    CLIENT_ASSERTION_FILE,
    CLIENT_KEY_FILE,
];

/// The keys of credentials that are only valid for Apple.
pub(super) const APPLE_KEYS: [&str; 2] = [TEAM_ID, KEY_ID];

impl Credential {
    /// Reads the credential of a provider's table. Returns `None` if it is missing or invalid.
    pub(super) fn read(
        reader: &TableReader<'_>,
        auth: Option<ClientAuth>,
        is_apple: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let has = |key: &str| reader.entry(key).is_some();
        let mut configured = EXCLUSIVE.into_iter().filter(|key| has(key));
        let key = configured.next();
        if let (Some(first), Some(second)) = (key, configured.next()) {
            return reader.one_of(first, second, diagnostics).and(None);
        }
        diagnostics.extend(without_effect(reader, is_apple));
        if let Some(diagnostic) = key.and_then(|key| method_problem(reader, key, auth, is_apple)) {
            diagnostics.push(diagnostic);
            return None;
        }
        match key {
            Some(CLIENT_ASSERTION_FILE) => {
                let file = CredentialFile::from_key(reader, CLIENT_ASSERTION_FILE, diagnostics)?;
                let file = AssertionFile(file);
                if let Err(error) = file.load() {
                    diagnostics.push(error.diagnostic(reader));
                }
                Some(Self::AssertionFile(file))
            }
            Some(CLIENT_KEY_FILE) if is_apple => {
                AppleKey::read(reader, diagnostics).map(Self::AppleKey)
            }
            Some(CLIENT_KEY_FILE) => ClientKey::read(reader, diagnostics).map(Self::Key),
            None if auth == Some(ClientAuth::None) => Some(Self::Public),
            None if auth == Some(ClientAuth::PrivateKeyJwt) => {
                let help = "Add client_key_file = \"…\", or client_assertion_file = \"…\".";
                let message = "missing, but required for private_key_jwt";
                diagnostics.push(reader.diagnostic(CLIENT_KEY_FILE, message, help));
                None
            }
            None if is_apple => {
                let help = format!(
                    "Add to `[{}]`: team_id = \"…\", key_id = \"…\", client_key_file = \"AuthKey_….p8\"",
                    reader.name
                );
                diagnostics.push(reader.diagnostic(CLIENT_KEY_FILE, "missing", help));
                None
            }
            _ => {
                let example = "client_secret = \"…\" (or, for a public client, client_kwargs = { token_endpoint_auth_method = \"none\" })";
                let (key, secret) = match key {
                    Some(CLIENT_SECRET_FILE) => (
                        CLIENT_SECRET_FILE,
                        reader.file(CLIENT_SECRET_FILE, diagnostics)?,
                    ),
                    _ => {
                        let secret = reader.required_string(CLIENT_SECRET, example, diagnostics)?;
                        (CLIENT_SECRET, secret)
                    }
                };
                if let Some(problem) = credential_problem(secret) {
                    diagnostics.push(reader.diagnose(key, problem));
                }
                Some(Self::Secret(SecretString::from(secret)))
            }
        }
    }

    /// Returns the configuration key of this credential. A public client has none.
    pub(crate) fn key(&self) -> Option<&'static str> {
        match self {
            Self::Public => None,
            Self::Secret(_) => Some(CLIENT_SECRET),
            Self::AssertionFile(_) => Some(CLIENT_ASSERTION_FILE),
            Self::Key(_) | Self::AppleKey(_) => Some(CLIENT_KEY_FILE),
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
            (Self::AssertionFile(one), Self::AssertionFile(other)) => one == other,
            (Self::Key(one), Self::Key(other)) => one == other,
            (Self::AppleKey(one), Self::AppleKey(other)) => one == other,
            _ => false,
        }
    }
}

/// Returns the diagnostics of keys that have no effect on the credential.
fn without_effect(reader: &TableReader<'_>, is_apple: bool) -> Vec<Diagnostic> {
    let has = |key: &&str| reader.entry(key).is_some();
    let (keys, reason) = match (has(&CLIENT_KEY_FILE), is_apple) {
        (true, true) => (&DEPENDENT_KEYS[..], "has no effect for Apple"),
        (true, false) => (&[][..], ""),
        (false, true) => (&APPLE_KEYS[..], "has no effect without client_key_file"),
        (false, false) => (&DEPENDENT_KEYS[..], "has no effect without client_key_file"),
    };
    let unused = keys.iter().copied().filter(has);
    let unused = unused.map(|key| reader.diagnostic(key, reason, "Remove this line."));
    unused.collect()
}

/// Returns the diagnostic of a credential that does not fit `token_endpoint_auth_method`.
fn method_problem(
    reader: &TableReader<'_>,
    key: &str,
    auth: Option<ClientAuth>,
    is_apple: bool,
) -> Option<Diagnostic> {
    let auth = auth?;
    let expected = match key {
        CLIENT_SECRET | CLIENT_SECRET_FILE => {
            &[ClientAuth::SecretBasic, ClientAuth::SecretPost][..]
        }
        CLIENT_KEY_FILE if is_apple => &[ClientAuth::SecretPost],
        _ => &[ClientAuth::PrivateKeyJwt],
    };
    if expected.contains(&auth) {
        return None;
    }
    let method = auth.name();
    let message = match auth {
        ClientAuth::None => "not allowed for a public client".to_owned(),
        _ => format!("does not fit token_endpoint_auth_method = \"{method}\""),
    };
    let help = format!("Remove {key}, or remove token_endpoint_auth_method = \"{method}\".");
    Some(reader.diagnostic(key, message, help))
}
