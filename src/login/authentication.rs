//! Authenticates the user: exchanges the code, and validates the ID token and the user's claims.

use serde_json::Value;

use super::{
    LoginError,
    attempt::{AttemptTerms, LoginAttempt},
    authorization_response::AuthorizationResponse,
    error_mapping::UNMET_REQUIREMENTS,
    options::user_fingerprint,
};
use crate::{
    identity::Tokens,
    pages::ErrorCode,
    provider::{
        AUTHENTICATION_CLAIMS, Claims, Description, Grant, IdTokenExpectations, ProviderClient,
        ProviderMetadata, TokenResponse, stores_id_token,
    },
    sessions::SessionTokens,
    state::Settings,
};

/// The validated claims of a user, and their tokens.
pub(super) struct Authenticated {
    pub(super) claims: Claims,
    /// The tokens to store.
    pub(super) tokens: Tokens,
    /// For the app's hook. Not stored.
    pub(super) access_token: Option<String>,
    /// The tokens for the record of the session. `None` unless they are refreshed.
    pub(super) session_tokens: Option<SessionTokens>,
}

/// Checks the issuer of the response, exchanges the code and validates the ID token.
pub(super) async fn authenticate(
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
        // Without a code, there is nothing to protect.
        (Err(_), None) => provider.metadata().await?,
        _ => provider.metadata_for(iss.as_deref()).await?,
    };
    // This check comes first, because the code of one provider must not reach another (RFC 9207,
    // section 2.4).
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
    let session_tokens = settings
        .config
        .refresh
        .then(|| session_tokens(attempt, &response, settings.now()));
    let tokens = tokens(settings, provider, &metadata, response);
    Ok(Authenticated {
        claims,
        tokens,
        access_token,
        session_tokens,
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
    let access_token = response.access_token.as_deref();
    add_userinfo(provider, metadata, access_token, &mut claims).await?;
    Ok(claims)
}

/// Adds the claims of UserInfo to those of an ID token, if the configuration requests it.
///
/// The ID token is signed, so its claims take precedence. A `null` claim is treated as absent. Only
/// the ID token shows how the user authenticated.
pub(crate) async fn add_userinfo(
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
    access_token: Option<&str>,
    claims: &mut Claims,
) -> Result<(), LoginError> {
    if !provider.config.userinfo {
        return Ok(());
    }
    let sub = claims
        .get("sub")
        .and_then(Value::as_str)
        .unwrap_or_default();
    for (name, value) in provider.userinfo(metadata, access_token, sub).await? {
        let is_absent = claims.get(&name).is_none_or(Value::is_null);
        if is_absent && !AUTHENTICATION_CLAIMS.contains(&name.as_str()) {
            claims.insert(name, value);
        }
    }
    Ok(())
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

fn session_tokens(attempt: &LoginAttempt, response: &TokenResponse, now: u64) -> SessionTokens {
    SessionTokens {
        access: response.access_token.clone(),
        expires: response
            .expires_in
            .map(|lifetime| now.saturating_add(lifetime)),
        lifetime: response.expires_in,
        refresh: response.refresh_token.clone(),
        nonce: response.id_token.as_ref().map(|_| attempt.nonce()),
    }
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
