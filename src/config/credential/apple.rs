//! The private key of `[auth.apple]`, which signs Apple's client secrets.

use super::{
    CredentialFile, CredentialFileError,
    client_key::{self, CLIENT_KEY_FILE},
};
use crate::{
    config::{Diagnostic, reader::TableReader},
    private_key::{KeyAlgorithm, PrivateKey},
};

/// A key of Sign in with Apple. Apple's client secret is a JWT that it signs.
///
/// Source: Apple, "Creating a client secret".
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AppleKey {
    file: CredentialFile,
    pub(crate) id: String,
    pub(crate) team_id: String,
}

pub(super) const TEAM_ID: &str = "team_id";
pub(super) const KEY_ID: &str = "key_id";

impl AppleKey {
    /// Reads `client_key_file`, `team_id` and `key_id`, and checks the file.
    ///
    /// The key ID may be omitted, because it is part of the name of Apple's file.
    pub(super) fn read(
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let file = CredentialFile::from_key(reader, CLIENT_KEY_FILE, diagnostics);
        let team_id = identifier(reader, TEAM_ID, diagnostics);
        let stem = file.as_ref().and_then(CredentialFile::stem);
        let named = stem.and_then(|stem| stem.strip_prefix("AuthKey_"));
        let id = match named.filter(|id| is_identifier(id)) {
            Some(id) if reader.entry(KEY_ID).is_none() => Some(id.to_owned()),
            _ => identifier(reader, KEY_ID, diagnostics),
        };
        let key = Self {
            file: file?,
            id: id?,
            team_id: team_id?,
        };
        if let Err(error) = key.load() {
            diagnostics.push(error.diagnostic(reader));
        }
        Some(key)
    }

    /// Reads the private key.
    ///
    /// # Errors
    ///
    /// [`CredentialFileError`] if the file cannot be read or has no P-256 key.
    pub(crate) fn load(&self) -> Result<PrivateKey, CredentialFileError> {
        let key = client_key::load(&self.file)?;
        if key.algorithms().contains(&KeyAlgorithm::Es256) {
            return Ok(key);
        }
        let message = format!("expected a P-256 key, found {}", key.kind());
        let help = "Download the key from Apple: Certificates, Identifiers & Profiles, Keys.";
        Err(self.file.error(message, help))
    }
}

/// Reads a required identifier of Apple.
fn identifier(
    reader: &TableReader<'_>,
    key: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let example = format!("{key} = \"ABCDE12345\"");
    let value = reader.required_string(key, &example, diagnostics)?;
    if !is_identifier(value) {
        diagnostics.push(reader.diagnostic(
            key,
            "expected 10 capital letters and digits",
            format!("Copy it from your Apple developer account: {example}"),
        ));
        return None;
    }
    Some(value.to_owned())
}

/// Returns true for the format of team IDs and key IDs.
fn is_identifier(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
