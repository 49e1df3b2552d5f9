//! The authorization request: the redirect to the provider.

use std::collections::BTreeMap;

use axum::response::Response;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use url::{Position, form_urlencoded};

use super::{LoginError, LoginOptions, attempt::LoginAttempt, return_path::ReturnPath};
use crate::{
    config::{ClientAuth, ProviderConfig},
    cookie::Cookies,
    pages::ErrorCode,
    provider::{ProviderClient, ProviderMetadata},
    response::{append_cookies, see_other},
    state::Settings,
};

/// Starts a login: redirects the user to `provider`. The login returns to `next`.
pub(crate) async fn start(
    settings: &Settings,
    provider: &ProviderClient,
    next: Option<ReturnPath>,
    options: &LoginOptions,
    cookies: &Cookies,
) -> Result<Response, LoginError> {
    let metadata = provider.metadata().await?;
    if is_open_to_mix_up(settings, &provider.config, &metadata) {
        return Err(LoginError::new(ErrorCode::RedirectUriShared));
    }
    let parameters = options.request_parameters(&provider.config, &metadata);
    let terms = options.terms(&parameters);
    let attempt = LoginAttempt::new(settings, &provider.config, next, terms);
    let url = authorization_url(settings, &provider.config, &metadata, &attempt, &parameters);
    let mut response = see_other(&url);
    append_cookies(
        &mut response,
        attempt.cookies(settings, cookies, settings.now()),
    );
    Ok(response)
}

/// Checks whether another configured provider could obtain codes of this one and redeem them.
///
/// That is the case if (1) the client is public, so a code and its PKCE verifier are enough, or the
/// provider has neither PKCE nor `nonce`, so its codes fit any login, (2) the provider does not
/// promise to name itself in its responses, and (3) another provider uses the same redirect URI, so
/// a response does not show which provider sent it.
///
/// Source: RFC 9700, section 4.4.2; RFC 9207, section 1.
pub(crate) fn is_open_to_mix_up(
    settings: &Settings,
    config: &ProviderConfig,
    metadata: &ProviderMetadata,
) -> bool {
    (config.client_auth == Some(ClientAuth::None) || config.state_only)
        && !metadata.iss_parameter_supported
        && config.to_separate(&settings.config).is_some()
}

/// Builds the URL of the authorization request. `parameters` are those that the login does not
/// control.
///
/// PKCE is always used, even if the metadata does not mention it (RFC 9700, section 2.1.1). The
/// only exception is LinkedIn, which refuses it.
///
/// Source: OpenID Connect Core 1.0, section 3.1.2.1.
pub(crate) fn authorization_url(
    settings: &Settings,
    config: &ProviderConfig,
    metadata: &ProviderMetadata,
    attempt: &LoginAttempt,
    parameters: &BTreeMap<String, String>,
) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(attempt.pkce_verifier()));
    let nonce = attempt.nonce();
    let scope = config.scope_at(&metadata.scopes);
    let is_openid = config.protocol.oauth2().is_none();
    let required = [
        ("response_type", "code"),
        ("client_id", &config.client_id),
        ("redirect_uri", config.redirect_uri(&settings.config)),
        ("scope", &scope),
        ("state", &attempt.state),
        ("nonce", &nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let further = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let required = required.into_iter().filter(|(name, value)| match *name {
        "nonce" => is_openid,
        "code_challenge" | "code_challenge_method" => !config.state_only,
        // Plain OAuth 2.0 has a default scope (RFC 6749, section 3.3).
        "scope" => !value.is_empty(),
        _ => true,
    });
    let mut parameters: Vec<(&str, &str)> = Vec::with_capacity(TYPICAL_PARAMETERS);
    parameters.extend(required.chain(further));
    let endpoint = &metadata.authorization_endpoint;
    // The query of the endpoint is retained, but no parameter may be repeated (RFC 6749, section
    // 3.1).
    let retained = endpoint
        .query_pairs()
        .filter(|(name, _)| !parameters.iter().any(|(sent, _)| sent == name));
    let mut url = String::with_capacity(TYPICAL_URL_LEN);
    url += &endpoint[..Position::AfterPath];
    url += "?";
    let start = url.len();
    form_urlencoded::Serializer::for_suffix(url, start)
        .extend_pairs(retained)
        .extend_pairs(&parameters)
        .finish()
}

/// The parameters of most authorization requests.
const TYPICAL_PARAMETERS: usize = 16;

/// In bytes. Most authorization URLs are shorter.
const TYPICAL_URL_LEN: usize = 1024;
