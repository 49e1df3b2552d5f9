//! `/.well-known/oauth-protected-resource`: tells clients which provider issues access tokens for
//! this app (RFC 9728).

use axum::{
    body::Body,
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER,
        },
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    config::{RESOURCE_METADATA, issuer_of},
    provider::{Issuer, ProviderClient},
    request::RequestContext,
    response::{head_of, not_allowed},
    state::AuthState,
};

/// Returns true for the path of the metadata. Clients also request it without the path of the
/// resource.
pub(super) fn is_at(state: &AuthState, path: &str) -> bool {
    let resource = state.settings.config.resource.as_ref();
    resource.is_some_and(|resource| path == resource.metadata_path || path == RESOURCE_METADATA)
}

/// Responds to GET and HEAD, and to the preflight request of a script from another origin.
pub(super) async fn handle(context: &RequestContext) -> Response {
    match context.method {
        Method::GET => respond(context).await,
        Method::HEAD => head_of(respond(context).await),
        Method::OPTIONS => preflight(),
        _ => not_allowed("GET, HEAD, OPTIONS"),
    }
}

async fn respond(context: &RequestContext) -> Response {
    let config = &context.settings().config;
    let Some(resource) = &config.resource else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (issuers, is_complete) = issuers(&context.state).await;
    if issuers.is_empty() {
        let retry = (RETRY_AFTER, HeaderValue::from_static("5"));
        let headers = [ANY_ORIGIN, retry, (CACHE_CONTROL, NO_STORE)];
        return (StatusCode::SERVICE_UNAVAILABLE, headers).into_response();
    }
    let metadata = json!({
        "resource": resource.identifier,
        "resource_name": config.app_name,
        "authorization_servers": issuers,
        "bearer_methods_supported": ["header"],
    });
    let cache_control = if is_complete { PUBLIC } else { NO_STORE };
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let headers = [ANY_ORIGIN, json, (CACHE_CONTROL, cache_control)];
    (headers, Body::from(metadata.to_string())).into_response()
}

/// Returns the issuers of the providers with `bearer_audience`, and false if a provider is missing
/// because its discovery document is not available.
async fn issuers(state: &AuthState) -> (Vec<String>, bool) {
    let mut issuers = Vec::new();
    let mut is_complete = true;
    let accepts_bearer = |provider: &&ProviderClient| provider.config.accepts_bearer();
    for provider in state.providers.iter().filter(accepts_bearer) {
        let Ok(metadata) = provider.metadata().await else {
            is_complete = false;
            continue;
        };
        // Clients compare the issuer with that of the discovery document.
        let issuer = match &metadata.issuer {
            Issuer::Fixed(issuer) => issuer.clone(),
            Issuer::Template(_) => issuer_of(&provider.config.server_metadata_url),
        };
        if !issuers.contains(&issuer) {
            issuers.push(issuer);
        }
    }
    (issuers, is_complete)
}

fn preflight() -> Response {
    let headers = [
        ANY_ORIGIN,
        (
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, HEAD"),
        ),
        (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Scripts of any origin may read the metadata, which is public.
const ANY_ORIGIN: (HeaderName, HeaderValue) =
    (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An hour, which is how long a discovery document stays fresh.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=3600");
