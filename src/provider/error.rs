//! Why a provider could not be used, or said no. The texts hold neither a body, a query nor a token.

use thiserror::Error;

use super::{
    ConnectionError, HttpError, IdTokenError, metadata::MetadataError, token_error::TokenError,
};

#[derive(Debug, Error)]
pub(crate) enum ProviderError {
    /// It gave no answer, or one that is not a provider's: trying again later may help.
    #[error(transparent)]
    Outage(#[from] Outage),
    /// The token endpoint answered with an error (RFC 6749, section 5.2), or with something else that holds no tokens.
    #[error("{0}")]
    Token(Box<TokenError>),
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("the ID token is refused: {0}")]
    IdToken(#[from] IdTokenError),
    #[error("the UserInfo answer is refused: {0}")]
    UserInfo(#[from] UserInfoError),
}

/// Why there is nothing from a provider to go on with. A crowd shares one, so it can be cloned.
#[derive(Clone, Debug, Error)]
#[error("{text}")]
pub(crate) struct Outage {
    pub(crate) kind: OutageKind,
    pub(crate) text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OutageKind {
    Connection(ConnectionError),
    Slow,
    TooLong,
    /// Compressed, which was not asked for.
    Encoded,
    Status,
    /// The status is 404 or 410.
    NotFound,
    Redirects,
    NotJson,
    /// The discovery document names this issuer, which is not the one of its address.
    Issuer(String),
    Endpoint,
    Keys,
}

#[derive(Clone, Copy, Debug, Error)]
pub(crate) enum AnswerError {
    #[error("the `id_token` of the token answer is not a string")]
    IdTokenNotString,
    #[error("the token answer is too long")]
    TooLong,
    #[error("the token answer is not of type Bearer")]
    NotBearer,
    #[error("the access token is no text for a header")]
    NotText,
    #[error("the token answer has no ID token; is `openid` in the scope?")]
    NoIdToken,
}

#[derive(Clone, Copy, Debug, Error)]
pub(crate) enum UserInfoError {
    #[error("the provider has no UserInfo endpoint")]
    NoEndpoint,
    #[error("the status is {0}")]
    Status(u16),
    #[error("the token answer has no access token to ask with")]
    NoAccessToken,
    #[error("it is a signed JWT, which is not supported")]
    Signed,
    #[error("it is no JSON object")]
    NotJson,
    #[error("its `sub` is not the ID token's")]
    Subject,
}

impl Outage {
    pub(crate) fn new(kind: OutageKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, text }
    }

    /// The task of a fetch ended without a result, because its runtime is shut down.
    pub(super) fn interrupted() -> Self {
        let kind = OutageKind::Connection(ConnectionError::Unreachable);
        Self::new(kind, "the fetch was interrupted")
    }

    /// `url` is what was asked for, without its query.
    pub(super) fn http(url: &str, error: &HttpError) -> Self {
        let kind = match error {
            HttpError::TimeOut => OutageKind::Slow,
            HttpError::TooLarge => OutageKind::TooLong,
            HttpError::Encoded(_) => OutageKind::Encoded,
            HttpError::Connection(error, _) => OutageKind::Connection(*error),
            HttpError::Client(_) => OutageKind::Connection(ConnectionError::Unreachable),
        };
        Self::new(kind, format!("{url}: {error}"))
    }
}

impl From<MetadataError> for Outage {
    fn from(error: MetadataError) -> Self {
        let text = error.to_string();
        let kind = match error {
            MetadataError::NotJson => OutageKind::NotJson,
            MetadataError::Endpoint(_) => OutageKind::Endpoint,
            MetadataError::Issuer { found, .. } => OutageKind::Issuer(found),
        };
        Self { kind, text }
    }
}
