//! The reasons why a bearer token is not accepted, as reported to its sender.

use super::AdmissionError;
use crate::{
    provider::{AccessTokenError, BearerError},
    state::HookError,
};

/// The reason why a bearer token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenRefusal {
    /// The request has no token, or more than one.
    Malformed,
    /// Another token may be accepted. With a description for the developer of the client.
    Invalid(&'static str),
    /// The token is valid, but its user has no access.
    NotAllowed,
    /// The token cannot be verified at the moment.
    Unavailable,
}

impl TokenRefusal {
    /// Returns a sentence for the developer of the client. It contains no part of the token, and no
    /// character that a challenge does not allow.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Malformed => "expected one Authorization header with one bearer token",
            Self::Invalid(description) => description,
            Self::NotAllowed => "",
            Self::Unavailable => "the keys of the provider are not available",
        }
    }
}

impl From<&BearerError> for TokenRefusal {
    fn from(error: &BearerError) -> Self {
        match error {
            BearerError::Token(error) => Self::Invalid(description(*error)),
            BearerError::Fetch(_) => Self::Unavailable,
        }
    }
}

impl From<&AdmissionError> for TokenRefusal {
    fn from(error: &AdmissionError) -> Self {
        match error {
            AdmissionError::Hook(HookError::TimedOut | HookError::Panicked) => Self::Unavailable,
            AdmissionError::Revoked => Self::Invalid("the token was issued too long ago"),
            AdmissionError::Unreadable => Self::Invalid("the claims are nested too deeply"),
            _ => Self::NotAllowed,
        }
    }
}

fn description(error: AccessTokenError) -> &'static str {
    match error {
        AccessTokenError::Opaque => "the token is not a JWT",
        AccessTokenError::Jws(_) => "the format, algorithm or signature of the token is not valid",
        AccessTokenError::OtherKind | AccessTokenError::Unmarked => {
            "the token is not an access token"
        }
        AccessTokenError::SenderConstrained => "the token is bound to a key of its client",
        AccessTokenError::Issuer => "the token is from another issuer",
        AccessTokenError::Audience => "the token is for another audience",
        AccessTokenError::Subject => "the token has no valid subject",
        AccessTokenError::Expired => "the token has expired",
        AccessTokenError::IssuedAt | AccessTokenError::NotBefore => "the token is not valid yet",
    }
}
