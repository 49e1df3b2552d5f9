//! Authorization requests that no user completes, and the provider's reaction to them.

use url::Url;

use super::response_words::{Words, unknown_client_id};
use crate::{
    config::ProviderConfig,
    login::{INTERACTION_ERRORS, LoginOptions, attempt::LoginAttempt, authorization_url},
    provider::{PageResponse, ProviderClient, ProviderMetadata, without_query},
    state::Settings,
};

/// The provider's reaction to an authorization request.
pub(super) enum AuthorizeProbe {
    /// It redirects to our redirect URI, with an error or with a code.
    Returned { error: Option<String> },
    /// It does something else, but refuses another redirect URI.
    UriAccepted,
    /// It shows its own error page.
    Refused(ErrorPage),
    /// It shows a form or redirects to another page, which may ask for a password or show an error.
    Inconclusive(&'static str),
    /// The response is missing or unusable.
    Failed(String),
}

/// A page of the provider that shows an error.
pub(super) struct ErrorPage {
    /// The kind of page, for the report.
    pub(super) kind: String,
    pub(super) words: Words,
}

/// Sends an authorization request with `prompt=none`. The provider must not show a page, and so has
/// to redirect back with an error if it knows the redirect URI.
///
/// Many providers ignore `prompt=none`, and Django OAuth Toolkit fails on it. Their response to a
/// redirect URI that cannot be registered shows whether they accept the configured one.
pub(super) async fn silent_request(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) -> AuthorizeProbe {
    let config = with_prompt_none(&provider.config);
    let url = authorize_url(settings, provider, &config, metadata);
    let probe = send(settings, provider, &config, &url).await;
    if !matches!(
        probe,
        AuthorizeProbe::Inconclusive(_) | AuthorizeProbe::Failed(_)
    ) {
        return probe;
    }
    let url = with_redirect_uri(&url, UNREGISTERED_REDIRECT_URI);
    match send(settings, provider, &config, &url).await {
        AuthorizeProbe::Refused(_) => AuthorizeProbe::UriAccepted,
        _ => probe,
    }
}

/// Sends the request of [`silent_request`] for a client that does not exist.
pub(super) async fn silent_request_of_unknown_client(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) -> AuthorizeProbe {
    let mut config = with_prompt_none(&provider.config);
    config.client_id = unknown_client_id(&config.client_id);
    let url = authorize_url(settings, provider, &config, metadata);
    send(settings, provider, &config, &url).await
}

/// Sends an authorization request exactly as a login does.
pub(super) async fn login_request(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) -> AuthorizeProbe {
    let config = &provider.config;
    let url = authorize_url(settings, provider, config, metadata);
    send(settings, provider, config, &url).await
}

/// Sends an authorization request as a login does, but without `prompt`.
pub(super) async fn login_request_without_prompt(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) -> AuthorizeProbe {
    let mut config = ProviderConfig::clone(&provider.config);
    config.parameters.remove("prompt");
    let url = authorize_url(settings, provider, &config, metadata);
    send(settings, provider, &config, &url).await
}

/// Returns true if a redirect leads to an error page, that is, if its path or the name of a
/// parameter contains "error".
pub(super) fn leads_to_error(location: &Url) -> bool {
    let names = location.query_pairs().map(|(name, _)| name.into_owned());
    let path = location.path().to_owned();
    names
        .chain([path])
        .any(|text| text.to_ascii_lowercase().contains("error"))
}

/// Returns an error code for the report, or "an error" if it does not look like one. A provider's
/// response may contain anything, including the secrets that were sent to it.
pub(super) fn printable_error_code(code: &str) -> String {
    let is_code = code.len() <= 40
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_code { code } else { "an error" }.to_owned()
}

impl AuthorizeProbe {
    /// Returns true if the provider returned an error that none of its own pages can resolve.
    pub(super) fn is_final(&self) -> bool {
        const FINAL: [&str; 3] = [
            "invalid_scope",
            "unauthorized_client",
            "unsupported_response_type",
        ];
        matches!(self, Self::Returned { error: Some(code) } if FINAL.contains(&code.as_str()))
    }

    /// Returns true if `code` refuses a request with `prompt=none` for a reason other than the need
    /// to show a page.
    pub(super) fn is_refusal(code: &str) -> bool {
        !INTERACTION_ERRORS.contains(&code)
    }

    fn from_response(response: &PageResponse, redirect_uri: &str, client_id: &str) -> Self {
        const ERROR_PAGE: &str = "an error page";

        let body = &response.body;
        let error_page = |kind: &str, text: &str| {
            let words = Words::new(&text.replace(['+', '='], " "), client_id);
            let kind = kind.to_owned();
            Self::Refused(ErrorPage { kind, words })
        };
        match (&response.location, response.status) {
            (Some(location), 300..400) => {
                let rest = location.as_str().strip_prefix(redirect_uri);
                if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#'])) {
                    let error = error_code(location);
                    return Self::Returned { error };
                }
                // Google, Cognito and Hydra redirect to a page with the error in its URL.
                if leads_to_error(location) {
                    return error_page(ERROR_PAGE, location.query().unwrap_or_default());
                }
                Self::Inconclusive("the provider redirects to another page")
            }
            (_, status @ (404 | 405 | 429 | 500..)) => {
                Self::Failed(format!("the provider responds with status {status}"))
            }
            // Entra's error pages have status 200 and this prefix of its error codes. Its login
            // page is built by a script.
            (_, 200..300) if body.contains("AADSTS") => error_page(ERROR_PAGE, body),
            (_, 200..300) if body.contains("<form") || body.contains("<script") => {
                Self::Inconclusive("the provider shows a form despite prompt=none")
            }
            (_, status) => error_page(&format!("a page with status {status}"), body),
        }
    }
}

/// A redirect URI that cannot be registered, because names below `invalid` do not exist (RFC 6761,
/// section 6.4).
const UNREGISTERED_REDIRECT_URI: &str = "https://not-registered.invalid/oauth2callback";

fn with_prompt_none(config: &ProviderConfig) -> ProviderConfig {
    let mut config = config.clone();
    // A response sent as a form looks like any other form. Apple does not accept any other response
    // mode.
    if !config.is_apple() {
        config.parameters.remove("response_mode");
    }
    let prompt = ("prompt".to_owned(), "none".to_owned());
    config.parameters.extend([prompt]);
    config.default_prompt = false;
    config
}

fn authorize_url(
    settings: &Settings,
    provider: &ProviderClient,
    config: &ProviderConfig,
    metadata: &ProviderMetadata,
) -> Url {
    let parameters = LoginOptions::default().request_parameters(config, metadata);
    let attempt = LoginAttempt::new(settings, &provider.config, None, Default::default());
    let url = authorization_url(settings, config, metadata, &attempt, &parameters);
    Url::parse(&url).expect("a URL stays valid with a query")
}

fn with_redirect_uri(url: &Url, redirect_uri: &str) -> Url {
    let pairs = url.query_pairs().into_owned();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| match name.as_str() {
            "redirect_uri" => (name, redirect_uri.to_owned()),
            _ => (name, value),
        })
        .collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed
}

async fn send(
    settings: &Settings,
    provider: &ProviderClient,
    config: &ProviderConfig,
    url: &Url,
) -> AuthorizeProbe {
    match provider.fetch_page(url).await {
        Ok(response) => AuthorizeProbe::from_response(
            &response,
            provider.config.redirect_uri(&settings.config),
            &config.client_id,
        ),
        Err(error) => AuthorizeProbe::Failed(format!("{} {error}", without_query(url))),
    }
}

/// Returns the `error` parameter of the query or the fragment.
fn error_code(location: &Url) -> Option<String> {
    let fragment = location.fragment().unwrap_or_default();
    [location.query().unwrap_or_default(), fragment]
        .iter()
        .flat_map(|pairs| url::form_urlencoded::parse(pairs.as_bytes()))
        .find(|(name, _)| name == "error")
        .map(|(_, code)| printable_error_code(&code))
}
