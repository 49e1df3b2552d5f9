//! The callback: turns the authorization response into an identity or an error page.

use std::sync::Arc;

use axum::{http::HeaderValue, response::Response};
use tokio::time::timeout;

use super::{
    LOGIN_TIMEOUT, LoginError, LoginOptions, admit,
    attempt::{self, AttemptError, LoginAttempt},
    authentication::{Authenticated, authenticate},
    authorization_response::AuthorizationResponse,
    error_mapping::INTERACTION_ERRORS,
    full_name, graph_groups, links, redirect_loop, session,
};
use crate::{
    identity,
    pages::{self, ErrorCode},
    request::RequestContext,
    response::{append_cookies, see_other},
    state::Settings,
};

/// Finishes the login that `query` belongs to.
///
/// The identity cookie is written here and nowhere else, as the last step. A failed login only
/// clears its own attempt cookie.
///
/// `name` is the provider whose own redirect URI was requested. It is `None` for the shared
/// redirect URI.
pub(crate) async fn finish(
    context: &Arc<RequestContext>,
    query: &str,
    name: Option<&str>,
    user_agent: Option<&HeaderValue>,
) -> Response {
    let (settings, cookies) = (context.settings(), &context.cookies);
    let authorization = AuthorizationResponse::parse(query);
    if authorization == AuthorizationResponse::Empty {
        // The redirect after a logout at the provider.
        return if settings.config.signed_out_page && context.admitted_identity().await.is_none() {
            pages::signed_out(context, None)
        } else {
            see_other(&settings.home())
        };
    }
    let state = authorization.state();
    let now = settings.now();
    let attempt = state.map_or(Err(AttemptError::Missing), |state| {
        LoginAttempt::find(settings, cookies, state, now)
    });
    let clear_attempt = state.and_then(|state| attempt::clear(settings, cookies, state));
    let clear_attempt = clear_attempt
        .into_iter()
        .chain(full_name::clear(settings, cookies));
    let is_declined = matches!(
        &authorization,
        AuthorizationResponse::Error { error, .. } if INTERACTION_ERRORS.contains(&error.as_str())
    );
    let outcome = match (&attempt, &authorization) {
        (_, AuthorizationResponse::Malformed { .. }) => {
            Err(LoginError::new(ErrorCode::CallbackMalformed))
        }
        (_, AuthorizationResponse::NoState) => Err(LoginError::new(ErrorCode::StateMissing)),
        (Ok(attempt), _) => finish_attempt(context, attempt, authorization, name, user_agent).await,
        // The description is dropped: without an attempt, anyone may have written it into a link.
        (Err(_), AuthorizationResponse::Error { error, .. }) => {
            Err(LoginError::from_error_response(error, None))
        }
        // Reload or Back after a login. The user is already logged in.
        (Err(_), _) if context.admitted_identity().await.is_some() => {
            Ok(see_other(&settings.home()))
        }
        // A browser that restores a dozen tabs starts more logins than it may have attempts.
        (Err(AttemptError::Missing), _) if attempt::is_full(settings, cookies, now) => {
            Ok(see_other(&settings.home()))
        }
        (Err(error), _) => Err(LoginError::new(error.code())),
    };
    let outcome = match (outcome, &attempt) {
        (Err(error), Ok(attempt)) if error.code == ErrorCode::CodeRefused => {
            restart(context, attempt).ok_or(error)
        }
        (Err(error), Ok(attempt))
            if attempt.terms.is_silent && (is_declined || error.code.is_refusal()) =>
        {
            Ok(stay_logged_out(settings, attempt, error))
        }
        (outcome, _) => outcome,
    };
    match outcome {
        Ok(mut response) => {
            append_cookies(&mut response, clear_attempt);
            response
        }
        Err(error) => {
            // If the provider recovers, a reload can finish the same login.
            let keep_attempt = error.code.is_outage();
            let mut response = error.into_response_for(context, attempt.as_ref().ok());
            if !keep_attempt {
                append_cookies(&mut response, clear_attempt);
            }
            response
        }
    }
}

/// Restarts the login if the provider did not accept the code, unless that may become a redirect
/// loop.
///
/// A double click or a reload sends a callback twice, and a provider accepts a code once (RFC 6749,
/// section 4.1.2). If the browser still sends the attempt, it discarded the first response with its
/// identity cookie. The attempt belongs to this browser, so a restart is safe against login CSRF.
/// It happens once within a minute, because a provider that never accepts a code would cause a
/// loop.
fn restart(context: &RequestContext, attempt: &LoginAttempt) -> Option<Response> {
    let settings = context.settings();
    if !redirect_loop::is_first(settings, &context.cookies) {
        return None;
    }
    let provider = attempt.provider.as_str();
    let mut response = see_other(&links::login_path(
        settings,
        Some(provider),
        attempt.next.as_ref(),
        &LoginOptions::of_attempt(&attempt.terms),
    ));
    append_cookies(
        &mut response,
        [redirect_loop::increment(settings, &context.cookies)],
    );
    let reason = ErrorCode::CodeRefused.code();
    tracing::info!(provider, reason, "login restarted");
    Some(response)
}

/// Returns to the page of a silent login, which the provider or the app declined.
fn stay_logged_out(settings: &Settings, attempt: &LoginAttempt, error: LoginError) -> Response {
    let (provider, reason) = (attempt.provider.as_str(), error.reason());
    tracing::info!(provider, reason, "silent login declined");
    see_other(&attempt.return_path(settings))
}

/// Obtains the claims and tokens of this attempt, and writes the session record and the identity
/// cookie.
async fn finish_attempt(
    context: &RequestContext,
    attempt: &LoginAttempt,
    authorization: AuthorizationResponse,
    name: Option<&str>,
    user_agent: Option<&HeaderValue>,
) -> Result<Response, LoginError> {
    let (settings, cookies) = (context.settings(), &context.cookies);
    let provider = context
        .state
        .providers
        .find(&attempt.provider)
        .ok_or(LoginError::new(ErrorCode::ProviderRemoved))?;
    // A response at the redirect URI of another provider is a mix-up (RFC 9700, section 4.4.2.2).
    let own = provider.config.redirect_uri.as_ref();
    if name != own.map(|_| provider.config.name.as_str()) {
        let detail = "the response arrived at the redirect URI of another provider".to_owned();
        return Err(LoginError::with(ErrorCode::IssuerMismatch, detail));
    }
    if !attempt.is_for(&provider.config) {
        return Err(LoginError::new(ErrorCode::ProviderChanged));
    }
    let authenticate = authenticate(settings, provider, attempt, authorization);
    let Authenticated {
        mut claims,
        tokens,
        access_token,
        session_tokens,
    } = timeout(LOGIN_TIMEOUT, authenticate)
        .await
        .unwrap_or_else(|_| Err(LoginError::timed_out(Some(provider))))?;
    graph_groups::add(provider, &mut claims, access_token.as_deref()).await?;
    let mut session = session::new(context, provider, &claims, user_agent, session_tokens);
    let full_name = provider
        .config
        .is_apple()
        .then(|| full_name::read(settings, cookies, &attempt.state))
        .flatten();
    let retained = admit(settings, provider, claims, full_name, access_token).await?;
    let client = settings
        .client(&provider.config.name)
        .ok_or(LoginError::new(ErrorCode::ProviderRemoved))?;
    let id = session.as_ref().map(|session| &session.id);
    let written = identity::write(settings, client, &retained, id, &tokens, cookies);
    let written = written.map_err(LoginError::too_large)?;
    let mut set_cookies = written.cookies;
    if let Some(session) = &mut session {
        session.claims = written.recorded;
    }
    session::start(context, session).await?;
    session::end_previous(context).await;
    let mut response = see_other(&attempt.return_path(settings));
    set_cookies.push(redirect_loop::increment(settings, cookies));
    let used = identity::set_bytes(&set_cookies);
    let spare = settings.config.cookie_budget.saturating_sub(used);
    set_cookies.extend(attempt.clear_oldest(settings, cookies, spare));
    append_cookies(&mut response, set_cookies);
    tracing::info!(provider = provider.config.name, "login succeeded");
    Ok(response)
}
