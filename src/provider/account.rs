//! The user of an access token, for providers without ID tokens.
//!
//! The provider's API says who the user is. Nothing is signed: the login relies on TLS, and on an
//! access token that came from the provider for a code of this login.

use oauth2::{
    HttpResponse,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{ACCEPT, RETRY_AFTER},
    },
};
use serde_json::{Map, Value};
use thiserror::Error;
use url::Url;

use super::{
    Claims, Description, ProviderClient, ProviderError, ProviderMetadata, TokenResponse,
    TokenResponseError, fetch_error, get_with_token, json, without_query,
};
use crate::config::{Api, OAuth2, find_claim, issuer_of};

/// The reason why the user of an access token is not known.
#[derive(Debug, Error)]
pub(crate) enum AccountError {
    /// The API has an outage, or too many requests were sent to it.
    #[error("{0}")]
    Unavailable(ApiStatus),
    #[error("{0}")]
    Refused(ApiStatus),
    #[error("{0} did not return the JSON of a user")]
    Malformed(String),
    #[error(
        "`{0}`, which `claims_map` maps to `sub`, is missing, or neither a string of 1 to 255 bytes nor an integer"
    )]
    Subject(String),
}

/// An error status of the provider's API.
#[derive(Debug, Error)]
#[error("{url} returned {status}{}", .message.as_ref().map(|message| format!(": {message}")).unwrap_or_default())]
pub(crate) struct ApiStatus {
    url: String,
    status: StatusCode,
    message: Option<Description>,
}

impl ProviderClient {
    /// Returns the metadata of this provider, which publishes no document.
    pub(crate) fn oauth2_metadata(&self, oauth2: &OAuth2) -> ProviderMetadata {
        ProviderMetadata::of_oauth2(&self.config, oauth2)
    }

    /// Returns the claims of the user who signed in.
    ///
    /// `iss` is the configured issuer, `aud` this client and `sub` the user's permanent identifier.
    /// All other claims are those that `claims_map` lists.
    pub(crate) async fn account(
        &self,
        oauth2: &OAuth2,
        tokens: &TokenResponse,
    ) -> Result<Claims, ProviderError> {
        let token = tokens.access_token.as_deref();
        let token = token.ok_or(TokenResponseError::NoAccessToken)?;
        let endpoint = &oauth2.user_endpoint;
        let response = self.send_to_api(endpoint, oauth2, token).await?;
        let user = match accepted(endpoint, response, token)? {
            Value::Object(user) => user,
            _ => return Err(malformed(endpoint).into()),
        };
        let member = &oauth2.claims_map.sub;
        let sub = find_claim(&user, member).and_then(subject);
        let sub = sub.ok_or_else(|| AccountError::Subject(member.clone()))?;
        let mut claims = Claims::new();
        let issuer = issuer_of(&self.config.server_metadata_url);
        claims.insert("iss".to_owned(), issuer.into());
        claims.insert("sub".to_owned(), sub.into());
        claims.insert("aud".to_owned(), self.config.client_id.as_str().into());
        for (claim, member) in &oauth2.claims_map.others {
            if let Some(value) = find_claim(&user, member).filter(|value| !value.is_null()) {
                claims.insert(claim.clone(), value.clone());
            }
        }
        if let Api::GitHub { emails_endpoint } = &oauth2.api {
            let email = self.github_email(emails_endpoint, oauth2, tokens, token);
            if let Some(email) = email.await? {
                claims.insert("email".to_owned(), email.into());
                claims.insert("email_verified".to_owned(), true.into());
            }
        }
        Ok(claims)
    }

    /// Returns the primary address of a GitHub user if it is verified.
    ///
    /// The address in the user object is not used, because it may be unverified, and it may differ
    /// from the user's primary address.
    ///
    /// Source: GitHub, "REST API endpoints for emails", scope `user:email`.
    async fn github_email(
        &self,
        endpoint: &Url,
        oauth2: &OAuth2,
        tokens: &TokenResponse,
        token: &str,
    ) -> Result<Option<String>, ProviderError> {
        let granted = tokens.scopes.as_deref().unwrap_or_default();
        let grants_emails = |scope: &String| scope == "user:email" || scope == "user";
        // The list is empty for a GitHub app, because such an app has permissions instead of
        // scopes.
        if !granted.is_empty() && !granted.iter().any(grants_emails) {
            return Ok(None);
        }
        let response = self.send_to_api(endpoint, oauth2, token).await?;
        let is_denied = matches!(
            response.status(),
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
        );
        if granted.is_empty() && is_denied && !is_rate_limited(&response) {
            return Ok(None);
        }
        let Value::Array(addresses) = accepted(endpoint, response, token)? else {
            return Err(malformed(endpoint).into());
        };
        let primary = addresses
            .iter()
            .filter_map(Value::as_object)
            .find(|address| is_true(address, "primary") && is_true(address, "verified"));
        let email = primary.and_then(|address| json::string(address, "email"));
        Ok(email.map(str::to_owned))
    }

    async fn send_to_api(
        &self,
        endpoint: &Url,
        oauth2: &OAuth2,
        token: &str,
    ) -> Result<HttpResponse, ProviderError> {
        let mut request = get_with_token(endpoint, token)?;
        if oauth2.is_github() {
            let headers = request.headers_mut();
            headers.insert(ACCEPT, GITHUB_JSON);
            headers.insert(GITHUB_API_VERSION, GITHUB_API_DATE);
        }
        let response = self.http.send(request).await;
        response.map_err(fetch_error(endpoint))
    }
}

/// Source: GitHub, "Getting started with the REST API", "Headers".
const GITHUB_JSON: HeaderValue = HeaderValue::from_static("application/vnd.github+json");
const GITHUB_API_VERSION: HeaderName = HeaderName::from_static("x-github-api-version");
const GITHUB_API_DATE: HeaderValue = HeaderValue::from_static("2022-11-28");

/// Returns the JSON of a response with status 200. `token` is removed from the text of an error.
fn accepted(endpoint: &Url, response: HttpResponse, token: &str) -> Result<Value, AccountError> {
    let status = response.status();
    if status == StatusCode::OK {
        return json::value(response.body()).ok_or_else(|| malformed(endpoint));
    }
    let is_unavailable = status.is_server_error() || is_rate_limited(&response);
    let body = json::object(response.body());
    let message = body.as_ref().and_then(|body| json::string(body, "message"));
    let error = ApiStatus {
        url: without_query(endpoint).to_owned(),
        status,
        message: message.and_then(|message| Description::new(message, &[token])),
    };
    Err(match is_unavailable {
        true => AccountError::Unavailable(error),
        false => AccountError::Refused(error),
    })
}

/// Returns true if too many requests were sent.
///
/// Source: GitHub, "Rate limits for the REST API": status 403 or 429 with one of these headers.
fn is_rate_limited(response: &HttpResponse) -> bool {
    let headers = response.headers();
    let remaining = headers.get("x-ratelimit-remaining");
    response.status() == StatusCode::TOO_MANY_REQUESTS
        || response.status() == StatusCode::FORBIDDEN
            && (headers.contains_key(RETRY_AFTER) || remaining.is_some_and(|left| left == "0"))
}

fn malformed(endpoint: &Url) -> AccountError {
    AccountError::Malformed(without_query(endpoint).to_owned())
}

/// Returns an identifier as text, with the limits of `sub` (OpenID Connect Core 1.0, section 2).
///
/// A number with a fraction or an exponent is refused. It may have been rounded, so that two users
/// could have the same identifier.
fn subject(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() || number.is_i64() => number.to_string(),
        _ => return None,
    };
    (1..=255).contains(&text.len()).then_some(text)
}

fn is_true(object: &Map<String, Value>, name: &str) -> bool {
    object.get(name) == Some(&Value::Bool(true))
}
