//! `/auth/logout`, and the [`Logout`] that a handler returned.

use std::time::Duration;

use axum::{
    http::Method,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    config::ProviderConfig,
    identity::{self, Identity},
    login::{LoginError, attempt, redirect_loop},
    pages::{self, ErrorCode},
    provider::{EndSession, ProviderMetadata, ProviderRegistry},
    rejection::MissingAuthLayer,
    request::{RequestContext, RequestKind},
    response::{append_cookies, copy_cookies_and_vary, prefetch_declined, see_other},
    state::Settings,
};

/// A response that logs the user out: Streamlit's `st.logout()`.
///
/// All cookies of this crate are removed. Then the user is redirected to the provider's logout, if
/// it has one and `provider_logout` is not `false`, or else to the home page. With `session_store`,
/// the session ends, so a copy of the identity cookie is no longer valid. Without it, a copy stays
/// valid until it expires or the cookie secret changes.
///
/// ```
/// use axum_streamlit_auth::Logout;
///
/// async fn leave() -> Logout {
///     Logout::new()
/// }
/// ```
#[doc(alias = "st.logout")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a logout happens when a handler returns it"]
#[non_exhaustive]
pub struct Logout;

impl Logout {
    /// A logout of the current user.
    pub fn new() -> Self {
        Self
    }
}

/// The layer finds the value in the response extensions and carries out the logout. Without the
/// layer, this response is sent as it is.
impl IntoResponse for Logout {
    fn into_response(self) -> Response {
        let mut response = MissingAuthLayer.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Responds to `/auth/logout`: logs out if a page of the app or the user requested it.
///
/// A navigation that a script of another site started shows a confirmation page first, because a
/// logout changes state and the user may not have wanted it.
pub(super) async fn handle(context: &RequestContext) -> Response {
    if !context.may_authenticate {
        LoginError::new(ErrorCode::OtherOrigin).into_response(context, None, None)
    } else if context.is_unprompted {
        pages::confirm_logout(context)
    } else {
        logout(context).await
    }
}

/// Carries out a [`Logout`] that a handler returned.
pub(crate) async fn carry_out_logout(context: &RequestContext, response: Response) -> Response {
    let mut result = match (context.kind, &context.method) {
        // A prefetch must not log the user out.
        (RequestKind::Prefetch, _) => prefetch_declined(),
        (_, &Method::HEAD) => see_other(&context.settings().home()),
        _ => handle(context).await,
    };
    copy_cookies_and_vary(&mut result, &response);
    result
}

/// Clears the cookies, and redirects to the provider's logout or to the home page.
///
/// Discovery takes at most [`DISCOVERY_TIMEOUT`]. The cookies are cleared in any case.
async fn logout(context: &RequestContext) -> Response {
    let (settings, cookies) = (context.settings(), &context.cookies);
    let providers = &context.state.providers;
    let now = settings.now();
    let identity = Identity::read(settings, cookies, now).ok();
    let location = match &identity {
        Some(identity) => {
            let tokens = identity.stored_tokens(settings, cookies, now);
            provider_logout(settings, providers, identity, tokens.id()).await
        }
        None => None,
    };
    let provider = identity.as_ref().map_or("", |identity| identity.provider());
    tracing::info!(provider, at_provider = location.is_some(), "logout");
    let session = identity
        .as_ref()
        .and_then(|identity| identity.session_id(settings));
    if let Some((sessions, id)) = context.state.sessions.as_ref().zip(session) {
        // If the store does not answer, the record is removed later.
        let _ = sessions.end(id).await;
    }
    let mut response = match &location {
        Some(location) => see_other(location.as_str()),
        None if settings.config.signed_out_page => {
            // The provider session may still be active.
            let still_at = providers
                .find(provider)
                .map(|provider| provider.config.label.as_str());
            pages::signed_out(context, still_at)
        }
        None => see_other(&settings.home()),
    };
    append_cookies(&mut response, identity::clear(settings, cookies));
    append_cookies(&mut response, attempt::clear_all(settings, cookies));
    append_cookies(&mut response, redirect_loop::clear(settings, cookies));
    response
}

/// Timeout for a discovery document that is not cached yet.
const DISCOVERY_TIMEOUT: Duration = Duration::from_secs(1);

/// Bytes of a logout URL. A longer URL omits the ID token, because nginx and Tomcat accept request
/// lines of 8 KiB.
const MAX_URL_LEN: usize = 8000;

/// Bytes of a logout URL for Keycloak, which accepts request lines of 4,096 bytes (Quarkus,
/// `quarkus.http.limits.max-initial-line-length`). Without the ID token, it asks the user to
/// confirm the logout.
const MAX_KEYCLOAK_URL_LEN: usize = 4000;

/// Returns the URL of the provider's logout, if it has one.
async fn provider_logout(
    settings: &Settings,
    providers: &ProviderRegistry,
    identity: &Identity,
    id_token: Option<&str>,
) -> Option<Url> {
    let provider = providers
        .find(identity.provider())
        .filter(|provider| provider.config.provider_logout)?;
    let metadata = provider.metadata_within(DISCOVERY_TIMEOUT).await?.ok()?;
    let endpoint = metadata.end_session_endpoint.as_ref()?;
    let url = |id_token| {
        let request = EndSession {
            redirect_uri: provider.config.redirect_uri(&settings.config),
            id_token,
            claims: identity.claims(),
        };
        request.url(endpoint, &provider.config)
    };
    let id_token = id_token.filter(|token| is_issued_by(token, &metadata, &provider.config));
    let max_len = if endpoint.path().ends_with("/protocol/openid-connect/logout") {
        MAX_KEYCLOAK_URL_LEN
    } else {
        MAX_URL_LEN
    };
    let with_hint = id_token.map(|id_token| url(Some(id_token)));
    let with_hint = with_hint.filter(|url| url.as_str().len() <= max_len);
    if id_token.is_some() && with_hint.is_none() {
        let provider = identity.provider();
        tracing::warn!(provider, max_len, "id_token_hint omitted");
    }
    Some(with_hint.unwrap_or_else(|| url(None)))
}

/// Returns true if the provider issued this ID token to this client.
///
/// No provider may receive another provider's token. The token was validated at the login and is
/// stored in a signed cookie. But it may be stored next to the identity of another login if two
/// logins finish within the same second in two windows, and the configuration may have changed. An
/// expired token is sent as well.
///
/// Source: OpenID Connect RP-Initiated Logout 1.0, section 2: the ID token "previously issued by
/// the OP to the RP", "even when the Exp time has passed".
fn is_issued_by(id_token: &str, metadata: &ProviderMetadata, config: &ProviderConfig) -> bool {
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
        metadata.issuer.matches_iss_parameter(&iss) && audiences.iter().any(is_client)
    })
}
