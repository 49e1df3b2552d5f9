//! Error responses of the token endpoint.

use std::fmt;

use super::{Description, token::sanitize_error_code};

/// A response of the token endpoint without tokens. It contains only two parts of the body: the
/// error code and the description. Both are displayed sanitized.
#[derive(Debug)]
pub(crate) struct TokenError {
    pub(super) host: String,
    pub(super) status: u16,
    pub(super) content_type: String,
    /// `error` (RFC 6749, section 5.2), not sanitized.
    pub(super) code: Option<String>,
    pub(super) description: Option<Description>,
}

/// The meaning of an error response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenErrorKind {
    /// The client ID or secret is not accepted.
    Client,
    /// The client may not use the authorization code flow.
    UnauthorizedClient,
    /// The authorization code or the refresh token is not accepted.
    Grant,
    /// The redirect URI is not accepted.
    RedirectUri,
    /// The provider is overloaded or reports an internal error.
    Unavailable,
    /// Any other error code.
    Other,
    /// An error status without an error code.
    Status,
    /// A success status without JSON.
    NotJson,
}

impl TokenError {
    /// Classifies the error by its code, description and status.
    pub(crate) fn kind(&self) -> TokenErrorKind {
        use TokenErrorKind as Kind;
        let unauthorized = self.status == 401;
        let unavailable = self.status == 429 || self.status >= 500;
        let known = self.code.as_deref().and_then(kind_from_code);
        match known {
            // Keycloak and Glewlwyd return 401 `unauthorized_client` for a wrong secret.
            Some(Kind::UnauthorizedClient) if unauthorized => Kind::Client,
            Some(kind @ (Kind::Client | Kind::Grant | Kind::RedirectUri | Kind::Unavailable)) => {
                kind
            }
            // A wrong secret at Keycloak before 20 (400 `unauthorized_client`), Google (400
            // `invalid_request`) and Twitch (403 without a code).
            _ if self.mentions_secret() => Kind::Client,
            Some(kind) => kind,
            // Auth0 returns 401 `access_denied`.
            None if unauthorized => Kind::Client,
            None if unavailable => Kind::Unavailable,
            None if self.code.is_some() => Kind::Other,
            None if (200..300).contains(&self.status) => Kind::NotJson,
            None => Kind::Status,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Returns the sanitized error code.
    pub(crate) fn code(&self) -> &str {
        self.code
            .as_deref()
            .map_or("no error code", sanitize_error_code)
    }

    pub(crate) fn vendor_code(&self) -> Option<&str> {
        self.description.as_ref()?.vendor_code()
    }

    fn mentions_secret(&self) -> bool {
        const WORDS: [&str; 3] = ["client secret", "client_secret", "client credentials"];
        let description = self.description.as_ref();
        description.is_some_and(|description| description.mentions(&WORDS))
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, status, .. } = self;
        write!(f, "the token endpoint of {host} returned {status}")?;
        match &self.code {
            Some(code) => write!(f, " {:?}", sanitize_error_code(code))?,
            None => write!(f, " ({})", self.content_type)?,
        }
        match &self.description {
            Some(description) => write!(f, ": {description}"),
            None => Ok(()),
        }
    }
}

/// Classifies the standard error codes and their provider-specific synonyms.
///
/// Source: RFC 6749, section 5.2; Google ("Using OAuth 2.0 for Web Server Applications"), GitHub
/// ("Troubleshooting OAuth app access token request errors"), Slack (`openid.connect.token`), Auth0
/// ("Rate limit policy").
fn kind_from_code(code: &str) -> Option<TokenErrorKind> {
    Some(match code {
        "invalid_client"
        | "incorrect_client_credentials"
        | "bad_client_secret"
        | "invalid_client_id"
        | "invalid_client_secret" => TokenErrorKind::Client,
        "unauthorized_client" => TokenErrorKind::UnauthorizedClient,
        "invalid_grant"
        | "bad_verification_code"
        | "bad_refresh_token"
        | "invalid_code"
        | "code_already_used" => TokenErrorKind::Grant,
        "redirect_uri_mismatch" | "bad_redirect_uri" => TokenErrorKind::RedirectUri,
        "server_error"
        | "temporarily_unavailable"
        | "too_many_requests"
        | "ratelimited"
        | "rate_limited"
        | "internal_error"
        | "fatal_error"
        | "service_unavailable" => TokenErrorKind::Unavailable,
        _ => return None,
    })
}
