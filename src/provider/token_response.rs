//! Parses token responses leniently. Only the members that are used are read, so that other members
//! cannot invalidate a valid ID token.

use oauth2::{HttpResponse, http::header::CONTENT_TYPE};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::{
    Description, ProviderError, TokenResponse, TokenResponseError,
    json::{member, object, string},
    token_error::TokenError,
};
use crate::config::Protocol;

/// The grant that a token request exchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exchanged {
    Code,
    /// The response needs an access token. An ID token is optional (OpenID Connect Core 1.0,
    /// section 12.2).
    RefreshToken,
}

/// Parses the response of `endpoint`. `sent` holds the secrets of the request.
///
/// 1. A response with `error` is an error with any status, because Slack and GitHub return 200.
/// 2. Any other response is an error if its status is an error status.
/// 3. `id_token` must be a string.
/// 4. `token_type` may be missing. A type other than `Bearer` is rejected (OpenID Connect Core 1.0,
///    section 3.1.3.3).
/// 5. `access_token` may be missing, because a login needs only the ID token.
/// 6. For a provider of plain OAuth 2.0, `access_token` and `token_type` must be strings (RFC 6749,
///    section 5.1). An ID token is an error, because it would not be verified.
/// 7. `scope` is a space-separated string, a comma-separated string (GitHub) or an array (Twitch).
///
/// `refresh_token` and `expires_in` are read if they are valid. All other members are not read. The
/// content type is read only if the body is not JSON.
///
/// Source: RFC 6749, section 5; OpenID Connect Core 1.0, section 3.1.3.3; Authlib 1.6,
/// `OAuth2Client.parse_response_token`.
pub(super) fn parse(
    endpoint: &Url,
    response: &HttpResponse,
    sent: &[&str],
    protocol: &Protocol,
    exchanged: Exchanged,
) -> Result<TokenResponse, ProviderError> {
    let token_error = |members: &Map<String, Value>| {
        let ErrorMembers { code, description } = error_members(members);
        ProviderError::Token(Box::new(TokenError {
            host: endpoint.host_str().unwrap_or_default().to_owned(),
            status: response.status().as_u16(),
            content_type: content_type(response),
            code: code.map(str::to_owned),
            description: description.and_then(|raw| Description::new(raw, sent)),
        }))
    };
    let Some(members) = members(response) else {
        return Err(token_error(&Map::new()));
    };
    let is_error =
        error_members(&members).code.is_some() || members.get("ok") == Some(&Value::Bool(false));
    if is_error || !response.status().is_success() {
        return Err(token_error(&members));
    }
    let access_token = members.get("access_token").and_then(Value::as_str);
    let needs_access_token =
        exchanged == Exchanged::RefreshToken || matches!(protocol, Protocol::OAuth2(_));
    if needs_access_token && string(&members, "access_token").is_none() {
        return Err(TokenResponseError::NoAccessToken.into());
    }
    let id_token = match (member(&members, "id_token"), protocol) {
        (Some(_), Protocol::OAuth2(_)) => return Err(TokenResponseError::IdTokenUnexpected.into()),
        (Some(Value::String(id_token)), Protocol::OpenIdConnect) => Some(id_token.clone()),
        (Some(_), Protocol::OpenIdConnect) => {
            return Err(TokenResponseError::IdTokenNotString.into());
        }
        (None, Protocol::OpenIdConnect) if exchanged == Exchanged::Code => {
            return Err(TokenResponseError::NoIdToken.into());
        }
        (None, Protocol::OpenIdConnect) => None,
        (None, Protocol::OAuth2(_)) if string(&members, "token_type").is_none() => {
            return Err(TokenResponseError::NoTokenType.into());
        }
        (None, Protocol::OAuth2(_)) => None,
    };
    if string(&members, "token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(TokenResponseError::NotBearer.into());
    }
    Ok(TokenResponse {
        access_token: access_token.map(str::to_owned),
        id_token,
        scopes: scopes(&members),
        refresh_token: string(&members, "refresh_token").map(str::to_owned),
        expires_in: member(&members, "expires_in").and_then(seconds),
    })
}

/// Returns a number of seconds, which some providers send as a string.
fn seconds(value: &Value) -> Option<u64> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    // Some serializers write integers as floats.
    number.or_else(|| {
        value
            .as_f64()
            .filter(|seconds| *seconds >= 0.0)
            .map(|seconds| seconds as u64)
    })
}

/// Returns the granted scopes.
fn scopes(members: &Map<String, Value>) -> Option<Vec<String>> {
    let names = match members.get("scope")? {
        Value::String(text) => text.split([' ', ',']).collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>(),
        _ => return None,
    };
    let names = names.into_iter().filter(|name| !name.is_empty());
    Some(names.map(str::to_owned).collect())
}

/// Returns the members of a JSON object. A form is also parsed if the content type is that of a
/// form or plain text.
fn members(response: &HttpResponse) -> Option<Map<String, Value>> {
    let body = response.body();
    if let Some(members) = object(body) {
        return Some(members);
    }
    if !["application/x-www-form-urlencoded", "text/plain"].contains(&&*content_type(response)) {
        return None;
    }
    let members: Map<String, Value> = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), value.into()))
        .collect();
    let is_response = ["access_token", "error", "id_token"]
        .iter()
        .any(|name| members.contains_key(*name));
    is_response.then_some(members)
}

/// The members of an error response, not sanitized.
struct ErrorMembers<'m> {
    code: Option<&'m str>,
    description: Option<&'m str>,
}

/// Returns the error code and the description.
///
/// `error` may be an object (Google's APIs), a sentence (Pocket ID) or missing (Twitch has only
/// `message`).
fn error_members(members: &Map<String, Value>) -> ErrorMembers<'_> {
    if let Some(Value::Object(nested)) = members.get("error") {
        let code = ["status", "code", "type"]
            .iter()
            .find_map(|name| string(nested, name));
        return ErrorMembers {
            code: Some(code.unwrap_or("no error code")),
            description: string(nested, "message"),
        };
    }
    let description = ["error_description", "message", "error_message"]
        .iter()
        .find_map(|name| string(members, name));
    let code = string(members, "error");
    let sentence = code.filter(|code| code.contains(' '));
    ErrorMembers {
        code,
        description: description.or(sentence),
    }
}

/// Returns the media type without parameters, sanitized for the log.
fn content_type(response: &HttpResponse) -> String {
    let value = response.headers().get(CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = text.split(';').next().unwrap_or_default().trim();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/+.-".contains(&byte);
    if !media_type.is_empty()
        && media_type.len() <= MAX_MEDIA_TYPE_LEN
        && media_type.bytes().all(is_plain)
    {
        media_type.to_ascii_lowercase()
    } else {
        "no content type".to_owned()
    }
}

/// Maximum length of a media type in the log, in bytes. Registered types of JSON and HTML are
/// shorter.
const MAX_MEDIA_TYPE_LEN: usize = 60;
