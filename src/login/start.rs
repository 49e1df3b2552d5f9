//! The redirect out: one attempt, one link to the provider.

use axum::response::Response;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use url::{Position, form_urlencoded};

use super::{Failure, attempt::Attempt, redirect, return_path::ReturnPath};
use crate::{
    config::{ClientAuth, DEFAULT_PROMPT, ProviderConfig},
    cookie::Cookies,
    pages::Cause,
    provider::{Metadata, Provider},
    site::Site,
};

/// Sends the visitor to `provider`, to come back to `next`.
pub(crate) async fn start(
    site: &Site,
    provider: &Provider,
    next: Option<ReturnPath>,
    cookies: &Cookies,
) -> Result<Response, Failure> {
    let metadata = provider.metadata().await?;
    if is_open_to_mix_up(site, &provider.config, &metadata) {
        return Err(Failure::of(Cause::RedirectUriShared));
    }
    let attempt = Attempt::new(site, &provider.config, next);
    let mut response = redirect(&authorization_url(
        site,
        &provider.config,
        &metadata,
        &attempt,
    ));
    super::set(
        &mut response,
        attempt.cookies(site, cookies, site.config.now()),
    );
    Ok(response)
}

/// Checks whether another configured provider could obtain codes of this one and redeem them.
///
/// That is the case if (1) the client is public, so that a code and its PKCE verifier are enough,
/// (2) the provider does not promise to name itself in its responses, and (3) another provider uses
/// the same redirect URI, so that a response does not tell where it comes from.
///
/// Source: RFC 9700, section 4.4.2; RFC 9207, section 1.
pub(crate) fn is_open_to_mix_up(site: &Site, config: &ProviderConfig, metadata: &Metadata) -> bool {
    config.client_auth == Some(ClientAuth::None)
        && !metadata.names_issuer
        && config.to_separate(&site.config).is_some()
}

/// Source: OpenID Connect Core 1.0, section 3.1.2.1; PKCE always (RFC 9700, section 2.1.1), whether discovery mentions it or not.
pub(crate) fn authorization_url(
    site: &Site,
    config: &ProviderConfig,
    metadata: &Metadata,
    attempt: &Attempt,
) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(attempt.pkce_verifier()));
    let nonce = attempt.nonce();
    let ours = [
        ("response_type", "code"),
        ("client_id", &config.client_id),
        ("redirect_uri", config.redirect_uri(&site.config)),
        ("scope", &config.scope),
        ("state", &attempt.state),
        ("nonce", &nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    // `prompt_values_supported` decides only over the default: a configured `prompt` is sent as it is.
    let left_out = config.default_prompt && !metadata.supports_prompt(DEFAULT_PROMPT);
    let theirs = config
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|parameter| !(left_out && *parameter == ("prompt", DEFAULT_PROMPT)));
    let parameters: Vec<(&str, &str)> = ours.into_iter().chain(theirs).collect();
    let endpoint = &metadata.authorization_endpoint;
    // A query that the endpoint brings stays (RFC 6749, section 3.1), but no parameter may be there twice.
    let kept = endpoint
        .query_pairs()
        .filter(|(name, _)| !parameters.iter().any(|(ours, _)| ours == name));
    let mut url = String::with_capacity(USUAL_LENGTH);
    url += &endpoint[..Position::AfterPath];
    url += "?";
    let start = url.len();
    form_urlencoded::Serializer::for_suffix(url, start)
        .extend_pairs(kept)
        .extend_pairs(&parameters)
        .finish()
}

/// Bytes of most authorization URLs.
const USUAL_LENGTH: usize = 1024;
