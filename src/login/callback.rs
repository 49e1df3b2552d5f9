//! The callback: turns the authorization response into an identity or an error page.

use std::sync::Arc;

use axum::{http::HeaderValue, response::Response};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    LOGIN_TIMEOUT, LoginError, LoginOptions,
    attempt::{self, AttemptError, AttemptTerms, LoginAttempt},
    authorization_response::AuthorizationResponse,
    error_mapping::{INTERACTION_ERRORS, UNMET_REQUIREMENTS},
    full_name, graph_groups, links,
    options::user_fingerprint,
    redirect_loop, session,
};
use crate::{
    identity::{self, RetainedClaims, Tokens},
    pages::{self, ErrorCode},
    provider::{
        AUTHENTICATION_CLAIMS, Claims, Description, Grant, IdTokenExpectations, ProviderClient,
        ProviderMetadata, TokenResponse, stores_id_token,
    },
    request::RequestContext,
    response::{append_cookies, see_other},
    state::{Settings, SignIn},
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

/// Starts the login again after the provider did not accept the code, unless that may become a
/// redirect loop.
///
/// A double click or a reload sends a callback twice, and a provider accepts a code once (RFC 6749,
/// section 4.1.2). If the browser still sends the attempt, it discarded the first response with its
/// identity cookie. The attempt belongs to this browser, so that a restart is safe against login
/// CSRF. It happens once within a minute, because a provider that never accepts a code would cause
/// a loop.
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
    } = timeout(LOGIN_TIMEOUT, authenticate)
        .await
        .unwrap_or_else(|_| Err(LoginError::timed_out(Some(provider))))?;
    graph_groups::add(provider, &mut claims, access_token.as_deref()).await?;
    let facts = session::facts(context, provider, &claims, user_agent);
    let full_name = provider
        .config
        .is_apple()
        .then(|| full_name::read(settings, cookies, &attempt.state))
        .flatten();
    let retained = admit(settings, provider, claims, full_name, access_token).await?;
    let client = settings
        .client(&provider.config.name)
        .ok_or(LoginError::new(ErrorCode::ProviderRemoved))?;
    let session = session::start(context, facts).await?;
    let mut set_cookies = identity::write(
        settings,
        client,
        &retained,
        session.as_ref(),
        &tokens,
        cookies,
    )
    .map_err(LoginError::too_large)?;
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

/// The validated claims of a user, and their tokens.
struct Authenticated {
    claims: Claims,
    /// The tokens to store.
    tokens: Tokens,
    /// For the app's hook. Not stored.
    access_token: Option<String>,
}

/// Checks the issuer of the response, exchanges the code and validates the ID token.
async fn authenticate(
    settings: &Settings,
    provider: &ProviderClient,
    attempt: &LoginAttempt,
    authorization: AuthorizationResponse,
) -> Result<Authenticated, LoginError> {
    let (code, iss) = match authorization {
        AuthorizationResponse::Success { code, iss, .. } => (Ok(code), iss),
        AuthorizationResponse::Error {
            error,
            description,
            iss,
            ..
        } => (Err((error, description)), iss),
        AuthorizationResponse::Empty
        | AuthorizationResponse::NoState
        | AuthorizationResponse::Malformed { .. } => {
            return Err(LoginError::new(ErrorCode::CallbackMalformed));
        }
    };
    let metadata = match (&code, &iss) {
        // Without a code there is nothing to protect.
        (Err(_), None) => provider.metadata().await?,
        _ => provider.metadata_for(iss.as_deref()).await?,
    };
    // First of all, because the code of one provider must not reach another (RFC 9207, section
    // 2.4).
    match iss.as_deref() {
        Some(iss) if !metadata.issuer.matches_iss_parameter(iss) => {
            return Err(LoginError::new(ErrorCode::IssuerMismatch));
        }
        None if metadata.iss_parameter_supported && code.is_ok() => {
            return Err(LoginError::new(ErrorCode::IssuerMissing));
        }
        _ => {}
    }
    let code = code.map_err(|(error, description)| {
        let description = description.and_then(|raw| Description::new(&raw, &[]));
        let login_error = LoginError::from_error_response(&error, description.as_ref());
        if error == UNMET_REQUIREMENTS && attempt.terms.requirements.has_acr() {
            login_error.into_unmet()
        } else if attempt.terms.has_default_prompt() {
            let (config, description) = (&provider.config, description.as_ref());
            login_error.or_prompt_refused(&error, description, config, &metadata)
        } else {
            login_error
        }
    })?;
    let proof = provider.prove_client(&metadata, settings.now()).await?;
    let redirect_uri = provider.config.redirect_uri(&settings.config);
    let grant = Grant {
        code,
        verifier: attempt.pkce_verifier(),
    };
    let response = provider
        .exchange(&metadata, redirect_uri, grant, &proof)
        .await
        .map_err(|error| LoginError::from(error).or_key_refused(&provider.config))?;
    let claims = claims(settings, provider, &metadata, attempt, &response).await?;
    let access_token = response.access_token.clone();
    let tokens = tokens(settings, provider, &metadata, response);
    Ok(Authenticated {
        claims,
        tokens,
        access_token,
    })
}

/// Returns the claims of the ID token, and those of UserInfo if the configuration requests it.
/// Without ID tokens, the provider's API is asked for the user.
async fn claims(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
    attempt: &LoginAttempt,
    response: &TokenResponse,
) -> Result<Claims, LoginError> {
    if let Some(oauth2) = provider.config.protocol.oauth2() {
        let claims = provider.account(oauth2, response).await?;
        check_terms(settings, attempt, &claims)?;
        return Ok(claims);
    }
    let id_token = response.id_token.as_deref().unwrap_or_default();
    let expected = IdTokenExpectations {
        issuer: &metadata.issuer,
        client_id: &provider.config.client_id,
        trusted_audiences: &provider.config.trusted_audiences,
        shared_audience: provider.config.shared_audience,
        nonce_is_optional: provider.config.state_only,
        nonce: &attempt.nonce(),
        access_token: response.access_token.as_deref(),
        algorithms: &metadata.signing_algorithms,
        now: settings.now(),
    };
    let mut claims = provider.verify(metadata, id_token, &expected).await?;
    check_terms(settings, attempt, &claims)?;
    if provider.config.userinfo {
        let sub = claims
            .get("sub")
            .and_then(|sub| sub.as_str())
            .unwrap_or_default();
        // The ID token is signed, so its claims take precedence. A `null` claim is treated as
        // absent. Only the ID token tells how the user authenticated.
        for (name, value) in provider
            .userinfo(metadata, response.access_token.as_deref(), sub)
            .await?
        {
            let is_absent = claims.get(&name).is_none_or(Value::is_null);
            if is_absent && !AUTHENTICATION_CLAIMS.contains(&name.as_str()) {
                claims.insert(name, value);
            }
        }
    }
    Ok(claims)
}

/// Checks the claims against the terms that this login was started with.
fn check_terms(
    settings: &Settings,
    attempt: &LoginAttempt,
    claims: &Claims,
) -> Result<(), LoginError> {
    let AttemptTerms {
        requirements,
        user,
        is_silent: _,
    } = &attempt.terms;
    if user
        .as_ref()
        .is_some_and(|user| *user != user_fingerprint(claims))
    {
        return Err(LoginError::new(ErrorCode::OtherUser));
    }
    Ok(requirements.check(claims, attempt.started, settings.now())?)
}

/// Applies the rules of `[auth.allow]` and the app's hook, and selects the claims to keep.
///
/// `full_name` is a name that the provider did not sign. The rules never apply to it, and it never
/// replaces a claim.
async fn admit(
    settings: &Settings,
    provider: &ProviderClient,
    claims: Claims,
    full_name: Option<String>,
    access_token: Option<String>,
) -> Result<RetainedClaims, LoginError> {
    settings
        .config
        .check_allowed(&provider.config, &claims)
        .map_err(|refused| LoginError::with(ErrorCode::NotAllowed, refused.to_string()))?;
    let mut named = claims.clone();
    if let Some(full_name) = full_name.filter(|_| claims.get("name").is_none_or(Value::is_null)) {
        named.insert("name".to_owned(), full_name.into());
    }
    let retained = match &settings.hooks.on_sign_in {
        None => RetainedClaims::unsigned(settings, &claims, named),
        Some(hook) => {
            let mut input = named;
            input.insert("provider".to_owned(), provider.config.name.as_str().into());
            let asked = hook.ask(SignIn::new(input, access_token)).await;
            let returned = asked.map_err(LoginError::from_hook)?;
            RetainedClaims::returned(settings, &claims, returned)
        }
    };
    retained.map_err(|_| LoginError::new(ErrorCode::ClaimsUnreadable))
}

/// Selects the tokens to store: those that are exposed to the app, and the ID token if the provider
/// needs it at logout.
fn tokens(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
    response: TokenResponse,
) -> Tokens {
    let expose = settings.config.expose_tokens;
    let for_logout = stores_id_token(&provider.config, metadata);
    Tokens::new(
        response.id_token.filter(|_| expose.id || for_logout),
        response.access_token.filter(|_| expose.access),
    )
}
