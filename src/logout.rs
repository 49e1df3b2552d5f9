//! `st.logout()`: our cookies go first, then the visitor goes to the provider's own logout, or home.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use url::Url;

use crate::{
    config::ProviderConfig,
    identity::{self, Identity},
    login::{attempt, redirect, rounds, set},
    pages,
    provider::Providers,
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

/// A longer URL is refused by many servers, so a large ID token is left out.
const LONGEST_URL: usize = 8000;

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
    let url = |id_token| {
        end_session_url(
            endpoint,
            &provider.config,
            site.config.redirect_uri.as_str(),
            id_token,
        )
    };
    Some(url(id_token))
        .filter(|url| url.as_str().len() <= LONGEST_URL)
        .or_else(|| Some(url(None)))
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
