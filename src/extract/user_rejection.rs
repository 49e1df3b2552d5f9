//! The [`UserRejection`] of the [`User`](crate::User) extractor.

use std::fmt;

use axum::response::{IntoResponse, Response};

use crate::{rejection::MissingAuthLayer, request::TokenRejection};

/// The rejection of [`User`](crate::User) and `Option<LoggedIn>`: a bearer token that is not
/// accepted, or a missing [`AuthLayer`](crate::AuthLayer).
///
/// Without `bearer_audience` in the configuration, a missing layer is the only possible reason. A
/// user who is not logged in is not rejected.
#[derive(Debug)]
pub struct UserRejection(Kind);

#[derive(Debug)]
enum Kind {
    MissingLayer,
    Token(TokenRejection),
}

impl UserRejection {
    pub(super) const MISSING_LAYER: Self = Self(Kind::MissingLayer);
}

impl From<TokenRejection> for UserRejection {
    fn from(rejection: TokenRejection) -> Self {
        Self(Kind::Token(rejection))
    }
}

impl IntoResponse for UserRejection {
    fn into_response(self) -> Response {
        match self.0 {
            Kind::MissingLayer => MissingAuthLayer.into_response(),
            Kind::Token(rejection) => rejection.into_response(),
        }
    }
}

impl fmt::Display for UserRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::MissingLayer => MissingAuthLayer.fmt(f),
            Kind::Token(_) => f.write_str("bearer token not accepted"),
        }
    }
}

impl std::error::Error for UserRejection {}
