//! The back channel: a code becomes tokens, an access token becomes claims.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::params::Params;
use super::seal::{Access, Code, random};
use super::signer::{Signer, at_hash};
use super::{DevProvider, ProviderFault, reply};

/// Life of both tokens, in seconds.
const TOKEN_LIFE: u64 = 60 * 60;

/// The token endpoint.
pub(super) fn exchange(
    provider: &DevProvider,
    headers: &HeaderMap,
    params: &Params,
    now: u64,
) -> Response {
    match tokens(provider, headers, params, now) {
        Ok(tokens) => reply::json(StatusCode::OK, &tokens),
        Err(Refusal(error, description)) => {
            let body = json!({ "error": error, "error_description": description });
            if error != "invalid_client" {
                return reply::json(StatusCode::BAD_REQUEST, &body);
            }
            let mut response = reply::json(StatusCode::UNAUTHORIZED, &body);
            challenge(&mut response, "Basic realm=\"development provider\"");
            response
        }
    }
}

/// The UserInfo endpoint. The token is taken from the `Authorization` header alone.
pub(super) fn userinfo(provider: &DevProvider, headers: &HeaderMap, now: u64) -> Response {
    let token = authorization(headers, "Bearer");
    match token.and_then(|token| provider.seal.open::<Access>(token, now)) {
        Some(access) => reply::json(StatusCode::OK, &access.person.claims().into()),
        None => {
            let mut response = reply::text(
                StatusCode::UNAUTHORIZED,
                "A valid access token is needed.\n",
            );
            // Without a token there is no error to name (RFC 6750, section 3.1).
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
struct Refusal(&'static str, &'static str);

fn tokens(
    provider: &DevProvider,
    headers: &HeaderMap,
    params: &Params,
    now: u64,
) -> Result<Value, Refusal> {
    if !is_form(headers) {
        return Err(Refusal(
            "invalid_request",
            "the body must be application/x-www-form-urlencoded",
        ));
    }
    if params.repeated() {
        return Err(Refusal("invalid_request", "a parameter was sent twice"));
    }
    let client_id = client(headers, params)?;
    match params.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => {
            return Err(Refusal(
                "unsupported_grant_type",
                "grant_type must be authorization_code",
            ));
        }
        None => return Err(Refusal("invalid_request", "grant_type is missing")),
    }
    let code = params
        .get("code")
        .ok_or(Refusal("invalid_request", "code is missing"))?;
    let code = provider.seal.open::<Code>(code, now).ok_or(Refusal(
        "invalid_grant",
        "the code is unknown or has expired",
    ))?;
    if code.client_id != client_id {
        return Err(Refusal(
            "invalid_grant",
            "the code belongs to another client_id",
        ));
    }
    if params.get("redirect_uri") != Some(&code.redirect_uri) {
        return Err(Refusal(
            "invalid_grant",
            "redirect_uri differs from that of the authorization request",
        ));
    }
    let verifier = params.get("code_verifier").unwrap_or_default();
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.code_challenge {
        return Err(Refusal(
            "invalid_grant",
            "code_verifier does not fit the code_challenge",
        ));
    }
    if !provider.used_codes.insert(&code, now) {
        return Err(Refusal("invalid_grant", "the code was used already"));
    }
    Ok(issue(provider, code, now))
}

fn issue(provider: &DevProvider, code: Code, now: u64) -> Value {
    let mut claims = json!({
        "iss": provider.issuer,
        "aud": code.client_id,
        "exp": now + TOKEN_LIFE,
        "iat": now,
        "auth_time": code.auth_time,
        "nonce": code.nonce,
    });
    for (name, value) in code.person.claims() {
        claims[name] = value;
    }
    let access = Access {
        id: random(16),
        person: code.person,
        expires_at: now + TOKEN_LIFE,
    };
    let access_token = provider.seal.close(&access);
    claims["at_hash"] = json!(at_hash(&access_token));
    let fault = provider.fault();
    if let Some(fault) = &fault {
        fault.spoil(&mut claims);
    }
    let unknown_key = (fault == Some(ProviderFault::UnknownKey)).then(Signer::new);
    let signer = unknown_key.as_ref().unwrap_or(&provider.signer);
    json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE,
        "id_token": signer.sign(&claims),
    })
}

/// The client's id. Any id with any secret will do, but both must be there, in one way and not in two.
///
/// Source: RFC 6749, section 2.3.1: both are form-encoded before they are joined for HTTP Basic.
fn client(headers: &HeaderMap, params: &Params) -> Result<String, Refusal> {
    const ABSENT: Refusal = Refusal("invalid_client", "client_id and client_secret are missing");
    let (id, secret) = (params.get("client_id"), params.get("client_secret"));
    if !headers.contains_key(header::AUTHORIZATION) {
        return id
            .filter(|_| secret.is_some())
            .map(str::to_owned)
            .ok_or(ABSENT);
    }
    if secret.is_some() {
        return Err(Refusal(
            "invalid_request",
            "the client authenticated in two ways",
        ));
    }
    let basic = authorization(headers, "Basic")
        .and_then(|basic| STANDARD.decode(basic).ok())
        .ok_or(ABSENT)?;
    let basic = String::from_utf8(basic).map_err(|_| ABSENT)?;
    let (basic_id, basic_secret) = basic.split_once(':').ok_or(ABSENT)?;
    let basic_id = form_decoded(basic_id);
    if basic_id.is_empty() || basic_secret.is_empty() {
        return Err(ABSENT);
    }
    if id.is_some_and(|id| id != basic_id) {
        return Err(Refusal(
            "invalid_request",
            "client_id differs from that of the Authorization header",
        ));
    }
    Ok(basic_id)
}

/// The credentials of `scheme` in the one `Authorization` header.
fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (name, credentials) = value.to_str().ok()?.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme)
        .then_some(credentials.trim())
}

fn form_decoded(text: &str) -> String {
    // A lone value parses as a name, once the two separators are out of the way.
    let escaped = text.replace('=', "%3D").replace('&', "%26");
    form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn challenge(response: &mut Response, value: &'static str) {
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(value));
}
