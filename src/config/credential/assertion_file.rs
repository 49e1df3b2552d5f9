//! `client_assertion_file`: a JWT that the platform renews.

use secrecy::{ExposeSecret, SecretString};

use super::{CredentialFile, CredentialFileError};

/// A file with a JWT that identifies this workload, such as a projected Kubernetes token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AssertionFile(pub(super) CredentialFile);

impl AssertionFile {
    /// Reads the JWT, without white space around it.
    ///
    /// The JWT is not verified, because only the provider knows the platform.
    ///
    /// # Errors
    ///
    /// [`CredentialFileError`] if the file cannot be read or has no JWT.
    pub(crate) fn load(&self) -> Result<SecretString, CredentialFileError> {
        let text = self.0.read()?;
        let token = text.expose_secret().trim();
        if !is_jwt(token) {
            let help = "Write a signed JWT: three parts, separated by dots.";
            return Err(self.0.error("the file has no JWT", help));
        }
        Ok(SecretString::from(token))
    }
}

/// Returns true for three non-empty base64url parts (RFC 7515, section 3.1).
fn is_jwt(text: &str) -> bool {
    let is_base64_url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_base64_url);
    text.split('.').count() == 3 && text.split('.').all(is_part)
}
