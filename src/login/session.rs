//! The session record of a login, if there is a session store.

use axum::http::HeaderValue;
use serde_json::Value;

use super::LoginError;
use crate::{
    identity::Identity,
    pages::ErrorCode,
    provider::{Claims, ProviderClient},
    request::RequestContext,
    sessions::{NewSession, SessionFacts, SessionId, SessionTokens, shorten},
};

/// Returns the session of a login with these validated claims. `None` without a session store.
pub(super) fn new(
    context: &RequestContext,
    provider: &ProviderClient,
    claims: &Claims,
    user_agent: Option<&HeaderValue>,
    tokens: Option<SessionTokens>,
) -> Option<NewSession> {
    context.state.sessions.as_ref()?;
    let text = |claim: &str| claims.get(claim).and_then(Value::as_str).map(str::to_owned);
    let settings = context.settings();
    let created = settings.now();
    let facts = SessionFacts {
        issuer: text("iss").unwrap_or_default(),
        subject: text("sub").unwrap_or_default(),
        sid: text("sid"),
        provider: provider.config.name.clone(),
        user_agent: user_agent.and_then(|header| shorten(header.to_str().ok()?)),
        created,
        issued_at: claims.get("iat").and_then(Value::as_u64).unwrap_or(created),
        expires: created.saturating_add(settings.config.cookie_max_age),
    };
    Some(NewSession {
        id: SessionId::random(),
        facts,
        tokens,
        claims: None,
    })
}

/// Stores the session of a login.
pub(super) async fn start(
    context: &RequestContext,
    session: Option<NewSession>,
) -> Result<(), LoginError> {
    if let Some((sessions, session)) = context.state.sessions.as_ref().zip(session) {
        let started = sessions.start(session).await;
        started.map_err(|_| LoginError::new(ErrorCode::SessionStore))?;
    }
    Ok(())
}

/// Ends the session that the browser had before a login, which replaces its cookie.
///
/// Source: OWASP ASVS 5.0, 7.2.4: a new login gets a new session, and the old one ends.
pub(super) async fn end_previous(context: &RequestContext) {
    let settings = context.settings();
    let previous = Identity::read(settings, &context.cookies, settings.now()).ok();
    let id = previous.and_then(|identity| identity.session_id(settings));
    if let Some((sessions, id)) = context.state.sessions.as_ref().zip(id) {
        // If the store does not answer, the record is removed later.
        let _ = sessions.end(id).await;
    }
}
