//! Signs client assertions, and Apple's client secret, which is also a client assertion.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use oauth2::CsrfToken;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{Issuer, ProviderMetadata, is_microsoft};
use crate::{
    config::{AppleKey, AssertionAudience, ClientKey, CredentialFileError, ProviderConfig},
    private_key::{KeyAlgorithm, PrivateKey},
};

/// The properties of a provider that an assertion depends on.
#[derive(Clone)]
pub(super) struct AssertionTarget {
    /// `None` for the shared tenants of Microsoft, whose issuer is a template.
    issuer: Option<String>,
    token_endpoint: Url,
    /// `token_endpoint_auth_signing_alg_values_supported`.
    algorithms: Vec<String>,
}

impl AssertionTarget {
    pub(super) fn new(metadata: &ProviderMetadata) -> Self {
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

/// Signs a client assertion.
///
/// The audience is the issuer. If it were the token endpoint, a malicious provider could name the
/// token endpoint of another provider in its metadata, and use the assertion there (CVE-2025-27370,
/// CVE-2025-27371). For Entra, Microsoft documents the token endpoint as the audience, the type
/// `JWT` and PS256.
///
/// Source: RFC 7523, section 3; OpenID Connect Core 1.0, section 9; draft-ietf-oauth-rfc7523bis,
/// section 4; Microsoft identity platform, "Certificate credentials".
pub(super) fn assertion(
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
pub(super) fn apple_secret(
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
