//! Errors of requests to a provider. Their texts contain no response body, query or token.

use thiserror::Error;

use super::{
    AccountError, ConnectionError, HttpError, IdTokenError, metadata::MetadataError,
    token_error::TokenError,
};
use crate::config::CredentialFileError;

/// The error of a provider during a login.
#[derive(Debug, Error)]
pub(crate) enum ProviderError {
    /// The provider did not respond, or the document is invalid. A later attempt may succeed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The token endpoint returned an error (RFC 6749, section 5.2) or another response without
    /// tokens.
    #[error("{0}")]
    Token(Box<TokenError>),
    #[error(transparent)]
    TokenResponse(#[from] TokenResponseError),
    #[error("invalid ID token: {0}")]
    IdToken(#[from] IdTokenError),
    /// A file with the client's credential cannot be used.
    #[error(transparent)]
    ClientFile(#[from] CredentialFileError),
    #[error("UserInfo request failed: {0}")]
    UserInfo(#[from] UserInfoError),
    /// The user of a provider without ID tokens is not known.
    #[error("{0}")]
    Account(Box<AccountError>),
}

/// A document that could not be fetched or parsed. It is `Clone`, because concurrent callers share
/// one fetch.
#[derive(Clone, Debug, Error)]
#[error("{text}")]
pub(crate) struct FetchError {
    pub(crate) kind: FetchErrorKind,
    pub(crate) text: String,
}

/// The kind of a [`FetchError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FetchErrorKind {
    Connection(ConnectionError),
    /// The request timed out.
    TimedOut,
    /// The response exceeds the size limit.
    TooLarge,
    /// The response is compressed although the request did not accept that.
    Encoded,
    /// The status is neither 200, a redirect, 404 nor 410.
    Status,
    /// The status is 404 or 410.
    NotFound,
    /// The status is a redirect.
    Redirects,
    /// The discovery document is not a JSON object.
    NotJson,
    /// The issuer in the discovery document does not match its URL.
    Issuer(String),
    /// A required endpoint is missing or invalid.
    Endpoint,
    /// The response is not a JWK set.
    JwkSet,
}

/// The reason why a successful token response cannot be used.
#[derive(Clone, Copy, Debug, Error)]
pub(crate) enum TokenResponseError {
    #[error("`id_token` in the token response is not a string")]
    IdTokenNotString,
    #[error("the token response is too large")]
    TooLarge,
    #[error("the `token_type` of the token response is not `Bearer`")]
    NotBearer,
    #[error("the access token is not a valid header value")]
    NotText,
    #[error("the token response has no ID token; `openid` may be missing from the scope")]
    NoIdToken,
    #[error("the token response has no access token")]
    NoAccessToken,
    #[error("the token response has no `token_type`")]
    NoTokenType,
    #[error(
        "the token response has an ID token, which a provider of plain OAuth 2.0 does not have"
    )]
    IdTokenUnexpected,
}

/// The reason why the UserInfo claims are not available.
#[derive(Clone, Copy, Debug, Error)]
pub(crate) enum UserInfoError {
    #[error("the provider has no UserInfo endpoint")]
    NoEndpoint,
    #[error("the status is {0}")]
    Status(u16),
    #[error("the token response has no access token")]
    NoAccessToken,
    #[error("the response is a signed JWT, which is not supported")]
    Signed,
    #[error("the response is not a JSON object")]
    NotJson,
    #[error("`sub` does not match the ID token")]
    Subject,
}

impl FetchError {
    pub(crate) fn new(kind: FetchErrorKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, text }
    }

    /// Returns the error of a fetch whose task ended without a result, because its runtime was shut
    /// down.
    pub(super) fn interrupted() -> Self {
        let kind = FetchErrorKind::Connection(ConnectionError::Unreachable);
        Self::new(kind, "the fetch was interrupted")
    }

    /// Returns the error of a failed request to `url`, which must not contain a query.
    pub(super) fn http(url: &str, error: &HttpError) -> Self {
        let kind = match error {
            HttpError::Timeout => FetchErrorKind::TimedOut,
            HttpError::TooLarge => FetchErrorKind::TooLarge,
            HttpError::Encoded(_) => FetchErrorKind::Encoded,
            HttpError::Connection(error, _) => FetchErrorKind::Connection(*error),
            HttpError::Client(_) => FetchErrorKind::Connection(ConnectionError::Unreachable),
        };
        Self::new(kind, format!("{url}: {error}"))
    }
}

impl From<AccountError> for ProviderError {
    fn from(error: AccountError) -> Self {
        Self::Account(Box::new(error))
    }
}

impl From<MetadataError> for FetchError {
    fn from(error: MetadataError) -> Self {
        let text = error.to_string();
        let kind = match error {
            MetadataError::NotJson => FetchErrorKind::NotJson,
            MetadataError::Endpoint(_) => FetchErrorKind::Endpoint,
            MetadataError::Issuer { found, .. } => FetchErrorKind::Issuer(found),
        };
        Self { kind, text }
    }
}
