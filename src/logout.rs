//! `st.logout()`: our cookies go first, then the visitor goes to the provider's own logout, or home.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    config::ProviderConfig,
    identity::{self, Identity},
    login::{attempt, redirect, rounds, set},
    pages,
    provider::{Metadata, Providers},
    site::{Site, Visit},
    user::AuthLayerMissing,
};

/// A response that logs the visitor out: Streamlit's `st.logout()`.
///
/// Every cookie of ours is removed, then the visitor is sent to the provider's logout, if it has one and `provider_logout` is not `false`,
/// else to the home page. A cookie that somebody copied before stays valid until it expires or the cookie secret changes.
///
/// ```
/// use axum_streamlit_auth::Logout;
///
/// async fn leave() -> Logout {
///     Logout::default()
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a logout happens when a handler returns it"]
#[non_exhaustive]
pub struct Logout;

impl IntoResponse for Logout {
    fn into_response(self) -> Response {
        let mut response = AuthLayerMissing.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Logs out. The provider is asked for no longer than [`PATIENCE`]; whatever it says, the cookies are gone.
pub(crate) async fn logout(visit: &Visit, providers: &Providers) -> Response {
    let (site, cookies) = (&*visit.site, &visit.cookies);
    let now = site.config.now();
    let identity = Identity::read(site, cookies, now).ok();
    let location = match &identity {
        Some(identity) => {
            let tokens = identity.stored_tokens(site, cookies, now);
            provider_logout(site, providers, identity.provider(), tokens.id()).await
        }
        None => None,
    };
    let provider = identity.as_ref().map_or("", |identity| identity.provider());
    tracing::info!(target: crate::LOG, provider, at_provider = location.is_some(), "logout");
    let mut response = match &location {
        Some(location) => redirect(location.as_str()),
        None if site.config.signed_out_page => {
            // Whose session nobody has ended.
            let still_at = providers
                .find(provider)
                .map(|provider| provider.config.label.as_str());
            pages::signed_out(visit, still_at)
        }
        None => redirect(&site.home()),
    };
    set(&mut response, identity::clear(site, cookies));
    set(&mut response, attempt::clear_all(site, cookies));
    set(&mut response, rounds::clear(site, cookies));
    response
}

/// How long a logout waits for a discovery document that is not known yet.
const PATIENCE: Duration = Duration::from_secs(1);

/// Bytes of a logout URL, beyond which the ID token is left out: nginx and Tomcat take request lines of 8 KiB.
const MAX_URL_LEN: usize = 8000;

/// The same for Keycloak, which takes 4,096 bytes (Quarkus, `quarkus.http.limits.max-initial-line-length`) and asks its user to confirm the
/// logout where there is no hint.
const MAX_KEYCLOAK_URL_LEN: usize = 4000;

/// Checks whether the ID token of a login at this provider is stored for its logout.
///
/// Source: Streamlit 1.67, `auth_util.build_logout_url`, which sends `id_token_hint` whenever it has one.
pub(crate) fn keeps_id_token(config: &ProviderConfig, metadata: &Metadata) -> bool {
    config.provider_logout && metadata.end_session_endpoint.is_some()
}

async fn provider_logout(
    site: &Site,
    providers: &Providers,
    name: &str,
    id_token: Option<&str>,
) -> Option<Url> {
    let provider = providers
        .find(name)
        .filter(|provider| provider.config.provider_logout)?;
    // The task completes the fetch for the next logout, however long this one waits.
    let metadata = {
        let provider = provider.clone();
        tokio::spawn(async move { provider.metadata().await })
    };
    let metadata = tokio::time::timeout(PATIENCE, metadata).await;
    let metadata = metadata.ok()?.ok()?.ok()?;
    let endpoint = metadata.end_session_endpoint.as_ref()?;
    let redirect_uri = site.config.redirect_uri.as_str();
    let url = |id_token| end_session_url(endpoint, &provider.config, redirect_uri, id_token);
    let id_token = id_token.filter(|token| is_issued_by(token, &metadata, &provider.config));
    let max_len = if endpoint.path().ends_with("/protocol/openid-connect/logout") {
        MAX_KEYCLOAK_URL_LEN
    } else {
        MAX_URL_LEN
    };
    let with_hint = id_token.map(|id_token| url(Some(id_token)));
    let with_hint = with_hint.filter(|url| url.as_str().len() <= max_len);
    if id_token.is_some() && with_hint.is_none() {
        tracing::warn!(target: crate::LOG, provider = name, max_len, "id_token_hint left out");
    }
    Some(with_hint.unwrap_or_else(|| url(None)))
}

/// Checks whether the provider issued this ID token to this client, so that no provider gets another one's.
///
/// The token was validated at the login and is signed into a cookie. It may be stored with an identity of another login, when two logins
/// finish within the same second in two windows, and the configuration may have changed. An expired token is sent all the same.
///
/// Source: OpenID Connect RP-Initiated Logout 1.0, section 2: the ID token "previously issued by the OP to the RP", "even when the Exp time
/// has passed".
fn is_issued_by(id_token: &str, metadata: &Metadata, config: &ProviderConfig) -> bool {
    #[derive(Deserialize)]
    struct Payload {
        iss: String,
        aud: Value,
    }
    let payload = id_token.split('.').nth(1).unwrap_or_default();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    serde_json::from_slice::<Payload>(&payload).is_ok_and(|Payload { iss, aud }| {
        let is_client = |aud: &Value| *aud == config.client_id.as_str();
        let audiences = aud
            .as_array()
            .map_or(std::slice::from_ref(&aud), Vec::as_slice);
        metadata.issuer.matches_parameter(&iss) && audiences.iter().any(is_client)
    })
}

/// Source: OpenID Connect RP-Initiated Logout 1.0, section 2. The way back is the callback, which the provider knows already, as in
/// Streamlit 1.67, `auth_util.build_logout_url`.
pub(crate) fn end_session_url(
    endpoint: &Url,
    config: &ProviderConfig,
    redirect_uri: &str,
    id_token: Option<&str>,
) -> Url {
    let ours = [
        ("client_id", Some(config.client_id.as_str())),
        (config.way_back_parameter(), Some(redirect_uri)),
        ("id_token_hint", id_token),
    ];
    let kept: Vec<(String, String)> = endpoint
        .query_pairs()
        .filter(|(name, _)| !ours.iter().any(|(ours, _)| ours == name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let ours = ours
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let mut url = endpoint.clone();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .extend_pairs(ours);
    url
}
