//! The access token of a user, and the reasons why there is none.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use axum::{
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use crate::sessions::{RefreshError, SessionTokens};

/// An access token of the user, for requests to the provider's API or to another service.
/// [`User::access_token`](crate::User::access_token) returns it.
///
/// `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    token: String,
    expires: Option<u64>,
}

impl AccessToken {
    pub(super) fn new(token: String, expires: Option<u64>) -> Self {
        Self { token, expires }
    }

    /// Returns the access token of a session, if it has one.
    pub(super) fn of(tokens: SessionTokens) -> Option<Self> {
        Some(Self::new(tokens.access?, tokens.expires))
    }

    /// Returns the token, for the header `Authorization: Bearer …`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.token
    }

    /// Returns the time at which the token expires. `None` if the provider did not specify it, or
    /// if `refresh` is not configured.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        let seconds = Duration::from_secs(self.expires?);
        SystemTime::UNIX_EPOCH.checked_add(seconds)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").finish_non_exhaustive()
    }
}

/// The reason why an access token is not available.
///
/// As a response, it has status 401 if the user has to log in again, 503 with `Retry-After` if a
/// later request may succeed, and 500 if the configuration is the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessTokenError {
    /// The user is not logged in.
    NotLoggedIn,
    /// The configuration has neither `refresh` nor `expose_tokens` with `"access"`.
    NotConfigured,
    /// The provider issued no access token at the login, or the user logged in before `refresh` was
    /// configured. A new login helps in the second case. A request with a bearer token has no such
    /// access token either, because the bearer token was issued for requests to this app.
    NotIssued,
    /// The access token has expired, and the provider issued no refresh token. A new login helps.
    Expired,
    /// The provider refused to refresh the token, and the session has ended. A new login helps.
    Refused,
    /// The session has ended in the meantime. A new login helps.
    SessionEnded,
    /// The access token has expired, and the provider did not respond, or did not accept the
    /// client. The user stays logged in, and a later call may succeed. The log has the reason.
    ProviderUnavailable,
    /// The session store does not answer. A later call may succeed. The log has the reason.
    StoreUnavailable,
}

impl AccessTokenError {
    /// Returns true if the user has to log in again.
    #[must_use]
    pub fn needs_login(&self) -> bool {
        match self {
            Self::NotLoggedIn
            | Self::NotIssued
            | Self::Expired
            | Self::Refused
            | Self::SessionEnded => true,
            Self::NotConfigured | Self::ProviderUnavailable | Self::StoreUnavailable => false,
        }
    }
}

impl IntoResponse for AccessTokenError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotConfigured => StatusCode::INTERNAL_SERVER_ERROR,
            _ if self.needs_login() => StatusCode::UNAUTHORIZED,
            _ => {
                let retry_after = [(RETRY_AFTER, RETRY_AFTER_SECONDS)];
                let status = StatusCode::SERVICE_UNAVAILABLE;
                return (status, retry_after, self.to_string()).into_response();
            }
        };
        (status, self.to_string()).into_response()
    }
}

/// Seconds. A provider that has failed is not asked again within this time.
const RETRY_AFTER_SECONDS: &str = "10";

impl From<RefreshError> for AccessTokenError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Ended => Self::SessionEnded,
            RefreshError::Refused => Self::Refused,
            RefreshError::Provider => Self::ProviderUnavailable,
            RefreshError::Store => Self::StoreUnavailable,
        }
    }
}

impl fmt::Display for AccessTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotLoggedIn => "the user is not logged in",
            Self::NotConfigured => "the configuration keeps no access tokens; set `refresh`",
            Self::NotIssued => "no access token was issued to this app",
            Self::Expired => "the access token has expired, and there is no refresh token",
            Self::Refused => "the provider refused to refresh the access token",
            Self::SessionEnded => "the session has ended",
            Self::ProviderUnavailable => "the provider could not refresh the access token",
            Self::StoreUnavailable => "the session store does not answer",
        })
    }
}

impl std::error::Error for AccessTokenError {}
