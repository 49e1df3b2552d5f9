//! The token response, read leniently: only what is used is looked at, and a good ID token is not
//! lost to what is around it.

use oauth2::{HttpResponse, http::header::CONTENT_TYPE};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::{
    AnswerError, Description, ProviderError, TokenAnswer,
    json::{member, object, string},
    token_error::TokenError,
};

/// Reads the response of `endpoint`. `sent` are the secrets of the request.
///
/// 1. An `error` decides, whatever the status is: Slack and GitHub answer 200.
/// 2. Without one, the status decides.
/// 3. `id_token` has to be a string.
/// 4. `token_type` may be absent; another one than `Bearer` is refused (OpenID Connect Core 1.0,
///    section 3.1.3.3).
/// 5. `access_token` may be absent, because a login needs only the ID token.
///
/// `expires_in`, `scope` and all other members are not read. The content type matters only where
/// the body is not JSON.
///
/// Source: RFC 6749, section 5; OpenID Connect Core 1.0, section 3.1.3.3; Authlib 1.6,
/// `OAuth2Client.parse_response_token`.
pub(super) fn read(
    endpoint: &Url,
    response: &HttpResponse,
    sent: &[&str],
) -> Result<TokenAnswer, ProviderError> {
    let refusal = |members: &Map<String, Value>| {
        let (code, description) = error(members);
        ProviderError::Token(Box::new(TokenError {
            host: endpoint.host_str().unwrap_or_default().to_owned(),
            status: response.status().as_u16(),
            content_type: content_type(response),
            code: code.map(str::to_owned),
            description: description.and_then(|raw| Description::new(raw, sent)),
        }))
    };
    let Some(members) = members(response) else {
        return Err(refusal(&Map::new()));
    };
    let is_error = error(&members).0.is_some() || members.get("ok") == Some(&Value::Bool(false));
    if is_error || !response.status().is_success() {
        return Err(refusal(&members));
    }
    let id_token = match member(&members, "id_token") {
        Some(Value::String(id_token)) => id_token.clone(),
        Some(_) => return Err(AnswerError::IdTokenNotString.into()),
        None => return Err(AnswerError::NoIdToken.into()),
    };
    if string(&members, "token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(AnswerError::NotBearer.into());
    }
    let access_token = members.get("access_token").and_then(Value::as_str);
    Ok(TokenAnswer {
        access_token: access_token.map(str::to_owned),
        id_token,
    })
}

/// The members of a JSON object, or of a form where the content type is that of a form or plain
/// text.
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

/// Error code and description. `error` may be an object (Google's APIs), a sentence (Pocket ID) or
/// absent (Twitch has `message` only).
fn error(members: &Map<String, Value>) -> (Option<&str>, Option<&str>) {
    if let Some(Value::Object(nested)) = members.get("error") {
        let code = ["status", "code", "type"]
            .iter()
            .find_map(|name| string(nested, name));
        return (
            Some(code.unwrap_or("no error code")),
            string(nested, "message"),
        );
    }
    let description = ["error_description", "message", "error_message"]
        .iter()
        .find_map(|name| string(members, name));
    let code = string(members, "error");
    let sentence = code.filter(|code| code.contains(' '));
    (code, description.or(sentence))
}

/// The media type without parameters, fit for the log.
fn content_type(response: &HttpResponse) -> String {
    let value = response.headers().get(CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = text.split(';').next().unwrap_or_default().trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/+.-".contains(&byte);
    if !media_type.is_empty() && media_type.len() <= 60 && media_type.bytes().all(plain) {
        media_type.to_ascii_lowercase()
    } else {
        "no content type".to_owned()
    }
}
