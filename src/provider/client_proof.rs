//! Proves the identity of the client in a request: by a secret, or by an assertion that is made or
//! read at each use.

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth2::{AuthType, CsrfToken};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{Issuer, ProviderClient, ProviderError, ProviderMetadata, is_microsoft};
use crate::{
    config::{
        AppleKey, AssertionAudience, ClientAuth, ClientKey, Credential, CredentialFileError,
        ProviderConfig,
    },
    private_key::{KeyAlgorithm, PrivateKey},
};

/// The proof of a client's identity in one request.
pub(crate) enum ClientProof {
    /// A public client has none.
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
    /// Files are read and assertions are signed here, so that a renewed file is used at once, and
    /// each assertion is used once.
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

/// The properties of a provider that an assertion depends on.
#[derive(Clone)]
struct AssertionTarget {
    /// `None` for the shared tenants of Microsoft, whose issuer is a template.
    issuer: Option<String>,
    token_endpoint: Url,
    /// `token_endpoint_auth_signing_alg_values_supported`.
    algorithms: Vec<String>,
}

impl AssertionTarget {
    fn new(metadata: &ProviderMetadata) -> Self {
        let issuer = match &metadata.issuer {
            Issuer::Fixed(issuer) => Some(issuer.clone()),
            Issuer::Template(_) => None,
        };
        Self {
            issuer,
            token_endpoint: metadata.token_endpoint.clone(),
            algorithms: metadata.client_signing_algorithms.clone(),
        }
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

/// Signs a client assertion.
///
/// The audience is the issuer. With the token endpoint as audience, a malicious provider could name
/// the endpoint of another one in its metadata, and use the assertion there (CVE-2025-27370,
/// CVE-2025-27371). Entra documents the token endpoint, the type `JWT` and PS256.
///
/// Source: RFC 7523, section 3; OpenID Connect Core 1.0, section 9; draft-ietf-oauth-rfc7523bis,
/// section 4; Microsoft identity platform, "Certificate credentials".
fn assertion(
    config: &ProviderConfig,
    key: &ClientKey,
    target: &AssertionTarget,
    now: u64,
) -> Result<String, CredentialFileError> {
    let is_microsoft = is_microsoft(&config.server_metadata_url);
    let private_key = key.load()?;
    let algorithm = key
        .algorithm
        .unwrap_or_else(|| default_algorithm(&private_key, target, is_microsoft));
    let default_typ = if is_microsoft {
        "JWT"
    } else {
        CLIENT_AUTHENTICATION_JWT
    };
    let typ = key.typ.as_deref().unwrap_or(default_typ);
    let mut header = json!({ "alg": algorithm.name() });
    if !typ.is_empty() {
        header["typ"] = typ.into();
    }
    if let Some(id) = &key.id {
        header["kid"] = id.as_str().into();
    }
    if let Some(certificate) = key.certificate() {
        let thumbprint = Sha256::digest(certificate?);
        header["x5t#S256"] = BASE64_URL_SAFE_NO_PAD.encode(thumbprint).into();
    }
    let default_audience = if is_microsoft {
        AssertionAudience::TokenEndpoint
    } else {
        AssertionAudience::Issuer
    };
    let audience = match (key.audience.unwrap_or(default_audience), &target.issuer) {
        (AssertionAudience::Issuer, Some(issuer)) => issuer.as_str(),
        _ => target.token_endpoint.as_str(),
    };
    let mut claims = json!({
        "iss": config.client_id,
        "sub": config.client_id,
        "aud": audience,
        "jti": CsrfToken::new_random_len(JTI_BYTES).into_secret(),
        "iat": now,
        "exp": now + ASSERTION_LIFETIME,
    });
    if is_microsoft {
        claims["nbf"] = now.into();
    }
    sign(&private_key, algorithm, &header, &claims)
}

/// Source: draft-ietf-oauth-rfc7523bis, section 4.
const CLIENT_AUTHENTICATION_JWT: &str = "client-authentication+jwt";

/// 128 bits, so that two assertions never have the same ID.
const JTI_BYTES: u32 = 16;

/// Seconds. Auth0 recommends 60 and refuses more than 300.
const ASSERTION_LIFETIME: u64 = 60;

/// Returns the first algorithm of the key that the provider lists, or the key's default.
fn default_algorithm(
    key: &PrivateKey,
    target: &AssertionTarget,
    is_microsoft: bool,
) -> KeyAlgorithm {
    let supported = key.algorithms();
    if is_microsoft && supported.contains(&KeyAlgorithm::Ps256) {
        return KeyAlgorithm::Ps256;
    }
    let is_listed = |algorithm: &KeyAlgorithm| {
        let mut listed = target.algorithms.iter();
        listed.any(|listed| listed == algorithm.name())
    };
    let listed = supported.iter().copied().find(is_listed);
    listed.unwrap_or(supported[0])
}

/// Signs Apple's client secret.
///
/// Source: Apple, "Creating a client secret".
fn apple_secret(
    config: &ProviderConfig,
    key: &AppleKey,
    target: &AssertionTarget,
    now: u64,
) -> Result<String, CredentialFileError> {
    let header = json!({ "alg": "ES256", "kid": key.id });
    let claims = json!({
        "iss": key.team_id,
        "iat": now,
        "exp": now + APPLE_SECRET_LIFETIME,
        "aud": target.issuer,
        "sub": config.client_id,
    });
    sign(&key.load()?, KeyAlgorithm::Es256, &header, &claims)
}

/// Seconds. Apple accepts up to six months. Each secret is used once.
const APPLE_SECRET_LIFETIME: u64 = 300;

fn sign(
    key: &PrivateKey,
    algorithm: KeyAlgorithm,
    header: &Value,
    claims: &Value,
) -> Result<String, CredentialFileError> {
    key.sign_jwt(algorithm, header, claims)
        .map_err(|_| CredentialFileError::cannot_sign(algorithm))
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
