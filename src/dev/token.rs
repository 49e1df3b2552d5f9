//! The token endpoint and the UserInfo endpoint.

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::Response,
};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::{
    DevProvider, ProviderFault,
    params::Params,
    response,
    sealed_token::{AccessToken, Code, random},
    signer::{Signer, at_hash},
};

/// Responds to a token request (RFC 6749, section 4.1.3).
pub(super) fn exchange(
    provider: &DevProvider,
    headers: &HeaderMap,
    params: &Params,
    now: u64,
) -> Response {
    match tokens(provider, headers, params, now) {
        Ok(tokens) => response::json(StatusCode::OK, &tokens),
        Err(TokenError(error, description)) => {
            let body = json!({ "error": error, "error_description": description });
            if error != "invalid_client" {
                return response::json(StatusCode::BAD_REQUEST, &body);
            }
            let mut response = response::json(StatusCode::UNAUTHORIZED, &body);
            challenge(&mut response, "Basic realm=\"development provider\"");
            response
        }
    }
}

/// Responds to a UserInfo request. The access token must be in the `Authorization` header.
pub(super) fn userinfo(provider: &DevProvider, headers: &HeaderMap, now: u64) -> Response {
    let token = credentials(headers, "Bearer");
    match token.and_then(|token| provider.sealer.open::<AccessToken>(token, now)) {
        Some(access) => response::json(StatusCode::OK, &access.user.claims().into()),
        None => {
            let mut response = response::text(
                StatusCode::UNAUTHORIZED,
                "A valid access token is required.\n",
            );
            // Without a token, the challenge has no error code (RFC 6750, section 3.1).
            challenge(
                &mut response,
                if token.is_some() {
                    "Bearer error=\"invalid_token\""
                } else {
                    "Bearer"
                },
            );
            response
        }
    }
}

/// An error code of RFC 6749, section 5.2, and a description for the developer.
struct TokenError(&'static str, &'static str);

fn tokens(
    provider: &DevProvider,
    headers: &HeaderMap,
    params: &Params,
    now: u64,
) -> Result<Value, TokenError> {
    if !is_form(headers) {
        return Err(TokenError(
            "invalid_request",
            "the body must be application/x-www-form-urlencoded",
        ));
    }
    if params.has_duplicates() {
        return Err(TokenError("invalid_request", "a parameter was sent twice"));
    }
    let client_id = client(headers, params)?;
    match params.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => {
            return Err(TokenError(
                "unsupported_grant_type",
                "grant_type must be authorization_code",
            ));
        }
        None => return Err(TokenError("invalid_request", "grant_type is missing")),
    }
    let code = params
        .get("code")
        .ok_or(TokenError("invalid_request", "code is missing"))?;
    let code = provider.sealer.open::<Code>(code, now).ok_or(TokenError(
        "invalid_grant",
        "the code is unknown or has expired",
    ))?;
    if code.client_id != client_id {
        return Err(TokenError(
            "invalid_grant",
            "the code belongs to another client_id",
        ));
    }
    if params.get("redirect_uri") != Some(&code.redirect_uri) {
        return Err(TokenError(
            "invalid_grant",
            "redirect_uri differs from that of the authorization request",
        ));
    }
    let verifier = params.get("code_verifier").unwrap_or_default();
    if BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.code_challenge {
        return Err(TokenError(
            "invalid_grant",
            "code_verifier does not match the code_challenge",
        ));
    }
    if !provider.used_codes.insert(&code, now) {
        return Err(TokenError(
            "invalid_grant",
            "the code has already been used",
        ));
    }
    Ok(issue(provider, code, now))
}

fn issue(provider: &DevProvider, code: Code, now: u64) -> Value {
    let mut claims = json!({
        "iss": provider.issuer,
        "aud": code.client_id,
        "exp": now + TOKEN_TTL,
        "iat": now,
        "auth_time": code.auth_time,
        "nonce": code.nonce,
    });
    if let Some(acr) = code.acr {
        claims["acr"] = acr.into();
    }
    for (name, value) in code.user.claims() {
        claims[name] = value;
    }
    let access = AccessToken {
        id: random(16),
        user: code.user,
        expires_at: now + TOKEN_TTL,
    };
    let access_token = provider.sealer.seal(&access);
    claims["at_hash"] = json!(at_hash(&access_token));
    let fault = provider.fault();
    if let Some(fault) = &fault {
        fault.apply(&mut claims);
    }
    let unknown_key = (fault == Some(ProviderFault::UnknownKey)).then(Signer::new);
    let signer = unknown_key.as_ref().unwrap_or(&provider.signer);
    json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_TTL,
        "id_token": signer.sign(&claims),
    })
}

/// The lifetime of the ID token and the access token, in seconds.
const TOKEN_TTL: u64 = 60 * 60;

/// Returns the client ID. Any ID with any secret is accepted, but both must be present, by exactly
/// one method.
///
/// For HTTP Basic, both are form-encoded before they are joined.
///
/// Source: RFC 6749, section 2.3.1.
fn client(headers: &HeaderMap, params: &Params) -> Result<String, TokenError> {
    const MISSING: TokenError =
        TokenError("invalid_client", "client_id and client_secret are missing");
    let (id, secret) = (params.get("client_id"), params.get("client_secret"));
    if !headers.contains_key(AUTHORIZATION) {
        return id
            .filter(|_| secret.is_some())
            .map(str::to_owned)
            .ok_or(MISSING);
    }
    if secret.is_some() {
        return Err(TokenError(
            "invalid_request",
            "the client used two authentication methods",
        ));
    }
    let basic = credentials(headers, "Basic")
        .and_then(|encoded| BASE64_STANDARD.decode(encoded).ok())
        .ok_or(MISSING)?;
    let basic = String::from_utf8(basic).map_err(|_| MISSING)?;
    let (basic_id, basic_secret) = basic.split_once(':').ok_or(MISSING)?;
    let basic_id = form_decode(basic_id);
    if basic_id.is_empty() || basic_secret.is_empty() {
        return Err(MISSING);
    }
    if id.is_some_and(|id| id != basic_id) {
        return Err(TokenError(
            "invalid_request",
            "client_id differs from that of the Authorization header",
        ));
    }
    Ok(basic_id)
}

/// Returns the credentials of `scheme`. `None` if there is not exactly one `Authorization` header.
fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (name, credentials) = value.to_str().ok()?.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme)
        .then_some(credentials.trim())
}

fn form_decode(text: &str) -> String {
    // A single value without separators parses as a name.
    let escaped = text.replace('=', "%3D").replace('&', "%26");
    form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn challenge(response: &mut Response, value: &'static str) {
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static(value));
}
