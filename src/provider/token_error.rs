//! A refusal of the token endpoint, and what it means.

use std::fmt;

use super::{Description, token::plain_code};

/// An answer of the token endpoint that holds no tokens. It has nothing of the body but error code
/// and description, both sanitized.
#[derive(Debug)]
pub(crate) struct TokenError {
    pub(super) host: String,
    pub(super) status: u16,
    pub(super) content_type: String,
    /// `error` of RFC 6749, section 5.2.
    pub(super) code: Option<String>,
    pub(super) description: Option<Description>,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenErrorKind {
    /// The client id or secret is not accepted.
    Client,
    /// The client may not use the authorization code flow.
    NotAllowed,
    /// The code is not accepted.
    Grant,
    RedirectUri,
    /// The provider is overloaded or reports a fault of its own.
    Trouble,
    /// Another error code.
    Other,
    /// An error status without an error code.
    Status,
    /// A success status without JSON.
    NotJson,
}

impl TokenError {
    pub(crate) fn kind(&self) -> TokenErrorKind {
        use TokenErrorKind as Kind;
        let unauthorized = self.status == 401;
        let trouble = self.status == 429 || self.status >= 500;
        let known = self.code.as_deref().and_then(of_code);
        match known {
            // Keycloak and Glewlwyd: a wrong secret is `unauthorized_client` with status 401.
            Some(Kind::NotAllowed) if unauthorized => Kind::Client,
            Some(kind @ (Kind::Client | Kind::Grant | Kind::RedirectUri | Kind::Trouble)) => kind,
            // Keycloak before 20 (400 `unauthorized_client`), Google (400 `invalid_request`),
            // Twitch (403 without a code).
            _ if self.mentions_secret() => Kind::Client,
            Some(kind) => kind,
            // Auth0: 401 `access_denied`.
            None if unauthorized => Kind::Client,
            None if trouble => Kind::Trouble,
            None if self.code.is_some() => Kind::Other,
            None if (200..300).contains(&self.status) => Kind::NotJson,
            None => Kind::Status,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The error code, fit for the log.
    pub(crate) fn code(&self) -> &str {
        self.code.as_deref().map_or("no error code", plain_code)
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
        write!(f, "the token endpoint of {host} answered {status}")?;
        match &self.code {
            Some(code) => write!(f, " {:?}", plain_code(code))?,
            None => write!(f, " ({})", self.content_type)?,
        }
        match &self.description {
            Some(description) => write!(f, ": {description}"),
            None => Ok(()),
        }
    }
}

/// Error codes of the standard, and those that providers have made up for the same thing.
///
/// Source: RFC 6749, section 5.2; Google ("Using OAuth 2.0 for Web Server Applications"), GitHub
/// ("Troubleshooting OAuth app access token
/// request errors"), Slack (`openid.connect.token`), Auth0 ("Rate limit policy").
fn of_code(code: &str) -> Option<TokenErrorKind> {
    Some(match code {
        "invalid_client"
        | "incorrect_client_credentials"
        | "bad_client_secret"
        | "invalid_client_id"
        | "invalid_client_secret" => TokenErrorKind::Client,
        "unauthorized_client" => TokenErrorKind::NotAllowed,
        "invalid_grant" | "bad_verification_code" | "invalid_code" | "code_already_used" => {
            TokenErrorKind::Grant
        }
        "redirect_uri_mismatch" | "bad_redirect_uri" => TokenErrorKind::RedirectUri,
        "server_error"
        | "temporarily_unavailable"
        | "too_many_requests"
        | "ratelimited"
        | "rate_limited"
        | "internal_error"
        | "fatal_error"
        | "service_unavailable" => TokenErrorKind::Trouble,
        _ => return None,
    })
}
