//! `/auth/backchannel-logout`: a provider reports that it has ended sessions.
//!
//! Source: OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8. The request comes from a
//! server, so cookies, `Origin` and Fetch Metadata are not read. The signature of the logout token
//! authenticates it.

use axum::{
    body::to_bytes,
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::time::timeout;
use tracing::Instrument;
use url::form_urlencoded;

use crate::{
    login::{LOGIN_TIMEOUT, form_post::is_form},
    provider::LogoutError,
    response::not_allowed,
    sessions::{ProviderLogoutError, SessionRegistry},
    state::AuthState,
    task,
};

/// The path below the base path.
pub(crate) const BACKCHANNEL_LOGOUT: &str = "/auth/backchannel-logout";

/// The reason why no session was ended.
enum Refusal {
    /// Sending the same request again cannot succeed.
    Invalid(String),
    /// The provider, its keys or the session store are not available.
    Unavailable(String),
}

/// Responds to POST. The response never says whether a session was found.
pub(super) async fn handle(state: &AuthState, request: Request) -> Response {
    if request.method() != Method::POST {
        return not_allowed("POST");
    }
    let Some(sessions) = &state.sessions else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let no_store = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match end_sessions(state, sessions, request).await {
        Ok(()) => (StatusCode::OK, [no_store]).into_response(),
        Err(Refusal::Invalid(detail)) => {
            tracing::warn!(reason = "invalid", detail, "logout token refused");
            let body = json!({ "error": "invalid_request", "error_description": detail });
            let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
            (StatusCode::BAD_REQUEST, [no_store, json], body.to_string()).into_response()
        }
        Err(Refusal::Unavailable(detail)) => {
            tracing::warn!(reason = "unavailable", detail, "logout token refused");
            let retry = (RETRY_AFTER, HeaderValue::from_static("5"));
            (StatusCode::SERVICE_UNAVAILABLE, [no_store, retry]).into_response()
        }
    }
}

async fn end_sessions(
    state: &AuthState,
    sessions: &SessionRegistry,
    request: Request,
) -> Result<(), Refusal> {
    let token = logout_token(request).await.map_err(Refusal::invalid)?;
    let now = state.settings.now();
    let token = state.providers.verify_logout_token(&token, now).await?;
    let provider = token.providers.join(", ");
    // In a task, so that all sessions end even if the provider disconnects.
    let sessions = sessions.clone();
    let run = async move { sessions.end_by_provider(&token).await };
    let ended = task::spawn(run.in_current_span()).await;
    let sessions = ended.map_err(|_| Refusal::Unavailable("interrupted".to_owned()))??;
    tracing::info!(provider, sessions, "sessions ended by provider");
    Ok(())
}

/// Bytes of the form. Logout tokens have about a thousand.
const MAX_LOGOUT_BYTES: usize = 8 * 1024;

/// Returns the only `logout_token` of the form. Other fields are ignored.
async fn logout_token(request: Request) -> Result<String, &'static str> {
    if !is_form(request.headers()) {
        return Err("the content type is not application/x-www-form-urlencoded");
    }
    let body = to_bytes(request.into_body(), MAX_LOGOUT_BYTES);
    let body = timeout(LOGIN_TIMEOUT, body).await;
    let Ok(Ok(body)) = body else {
        return Err("the form is incomplete or too large");
    };
    let fields = form_urlencoded::parse(&body);
    let mut tokens = fields.filter(|(name, _)| name == "logout_token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Ok(token.into_owned()),
        (None, _) => Err("the form has no logout_token"),
        (Some(_), Some(_)) => Err("the form has more than one logout_token"),
    }
}

impl Refusal {
    fn invalid(detail: &str) -> Self {
        Self::Invalid(detail.to_owned())
    }
}

impl From<LogoutError> for Refusal {
    fn from(error: LogoutError) -> Self {
        match error {
            LogoutError::Token(error) => Self::Invalid(error.to_string()),
            LogoutError::Fetch(error) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<ProviderLogoutError> for Refusal {
    fn from(error: ProviderLogoutError) -> Self {
        match error {
            ProviderLogoutError::Replayed => Self::Invalid(error.to_string()),
            ProviderLogoutError::Store(error) => Self::Unavailable(error.to_string()),
        }
    }
}
