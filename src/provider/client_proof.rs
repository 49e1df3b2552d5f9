//! Proves the identity of the client in a request: with a secret, or with an assertion that is
//! signed or read for each request.

use std::{sync::Arc, time::Duration};

use oauth2::AuthType;
use secrecy::{ExposeSecret, SecretString};

use super::{
    ProviderClient, ProviderError, ProviderMetadata,
    client_assertion::{AssertionTarget, apple_secret, assertion},
};
use crate::config::{ClientAuth, Credential, CredentialFileError, ProviderConfig};

/// The proof of a client's identity in one request.
pub(crate) enum ClientProof {
    /// A public client has no proof.
    None,
    Secret(SecretString, AuthType),
    /// `client_assertion` (RFC 7523, section 2.2).
    Assertion(SecretString),
}

impl ClientProof {
    /// Returns the secret value. It is empty for a public client.
    pub(super) fn expose_secret(&self) -> &str {
        match self {
            Self::None => "",
            Self::Secret(secret, _) | Self::Assertion(secret) => secret.expose_secret(),
        }
    }

    /// Returns this proof with another secret or signature, which no provider may accept.
    pub(crate) fn forged(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Secret(secret, auth_type) => {
                Self::Secret(forged(secret.expose_secret()), auth_type.clone())
            }
            Self::Assertion(assertion) => Self::Assertion(forged(assertion.expose_secret())),
        }
    }
}

/// Replaces the signature of a JWT, or any other secret.
fn forged(secret: &str) -> SecretString {
    match secret
        .rsplit_once('.')
        .filter(|_| secret.matches('.').count() == 2)
    {
        Some((signed, signature)) => {
            let other = |letter| if letter == 'A' { 'B' } else { 'A' };
            let signature: String = signature.chars().map(other).collect();
            SecretString::from(format!("{signed}.{signature}"))
        }
        None => SecretString::from("made up by the doctor, and wrong"),
    }
}

impl ProviderClient {
    /// Proves the identity of the client for one request to the token endpoint, or to another
    /// endpoint that authenticates the client. `now` is in seconds since the Unix epoch.
    ///
    /// Files are read and assertions are signed here, so that a renewed file is used immediately,
    /// and each assertion is used once.
    pub(crate) async fn prove_client(
        &self,
        metadata: &ProviderMetadata,
        now: u64,
    ) -> Result<ClientProof, ProviderError> {
        match &self.config.credential {
            Credential::Public => return Ok(ClientProof::None),
            Credential::Secret(secret) => {
                let auth_type = match self.client_auth(metadata) {
                    ClientAuth::SecretBasic => AuthType::BasicAuth,
                    _ => AuthType::RequestBody,
                };
                return Ok(ClientProof::Secret(secret.clone(), auth_type));
            }
            Credential::AssertionFile(_) | Credential::Key(_) | Credential::AppleKey(_) => {}
        }
        let config = Arc::clone(&self.config);
        let target = AssertionTarget::new(metadata);
        let prove = move || prove_by_file(&config, &target, now);
        Ok(retry(prove).await?)
    }
}

/// Runs `prove` on a thread that may block. Repeats it if the file cannot be used, because a
/// program that does not replace the file atomically leaves it incomplete for a moment.
async fn retry<T: Send + 'static>(
    prove: impl Fn() -> Result<T, CredentialFileError> + Clone + Send + 'static,
) -> Result<T, CredentialFileError> {
    let mut retries = MAX_RETRIES;
    loop {
        let proof = tokio::task::spawn_blocking(prove.clone()).await;
        match proof.unwrap_or_else(|_| Err(CredentialFileError::interrupted())) {
            Err(_) if retries > 0 => {
                retries -= 1;
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
            result => return result,
        }
    }
}

const MAX_RETRIES: u32 = 4;

/// Together with [`MAX_RETRIES`], 200 ms. Writing a file of this size takes much less.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// Reads the credential's file, and signs an assertion if the file has a key.
fn prove_by_file(
    config: &ProviderConfig,
    target: &AssertionTarget,
    now: u64,
) -> Result<ClientProof, CredentialFileError> {
    match &config.credential {
        Credential::Public | Credential::Secret(_) => Ok(ClientProof::None),
        Credential::AssertionFile(file) => file.load().map(ClientProof::Assertion),
        Credential::Key(key) => {
            let assertion = assertion(config, key, target, now)?;
            Ok(ClientProof::Assertion(SecretString::from(assertion)))
        }
        Credential::AppleKey(key) => {
            let secret = apple_secret(config, key, target, now)?;
            let secret = SecretString::from(secret);
            Ok(ClientProof::Secret(secret, AuthType::RequestBody))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn incomplete_file_is_read_again() {
        for (failures, succeeds) in [(0, true), (MAX_RETRIES, true), (MAX_RETRIES + 1, false)] {
            let reads = Arc::new(AtomicU32::new(0));
            let counted = Arc::clone(&reads);
            let read = move || {
                if counted.fetch_add(1, Ordering::Relaxed) < failures {
                    Err(CredentialFileError::interrupted())
                } else {
                    Ok(())
                }
            };
            assert_eq!(retry(read).await.is_ok(), succeeds, "{failures}");
            assert_eq!(reads.load(Ordering::Relaxed), MAX_RETRIES.min(failures) + 1);
        }
    }
}
