//! The [`LoggedIn`] extractor.

use std::{fmt, sync::Arc};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
    response::{IntoResponse, Response},
};

use super::{
    Requirements,
    rejection::{GuardRejection, check},
};
use crate::{
    extract::{User, UserRejection},
    request::RequestContext,
};

/// A [`User`] who is logged in. The handler does not run for other users.
///
/// If the user is not logged in, a request for a page is redirected to the login, which returns to
/// that page. A page in a frame gets a 401 with a link that opens the page in a window. Every other
/// request gets a 401 with an `application/problem+json` body that holds the login URL (RFC 9457).
///
/// `Option<LoggedIn>` is `None` instead.
///
/// ```
/// use axum_streamlit_auth::LoggedIn;
///
/// async fn report(LoggedIn(user): LoggedIn) -> String {
///     format!("The report for {}", user.name().unwrap_or("you"))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct LoggedIn(pub User);

/// The rejection of [`LoggedIn`] and [`Claims`](crate::Claims): a redirect to the login, a 401 or a
/// 403.
#[derive(Debug)]
pub struct LoginRequired(pub(super) GuardRejection);

impl<S: Send + Sync> FromRequestParts<S> for LoggedIn {
    type Rejection = LoginRequired;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, LoginRequired> {
        let context: Option<&Arc<RequestContext>> = parts.extensions.get();
        let context = context.ok_or(LoginRequired(GuardRejection::NoLayer))?;
        context.complete_admission().await;
        check(context, &Requirements::default())
            .map(Self)
            .map_err(LoginRequired)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for LoggedIn {
    type Rejection = UserRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, UserRejection> {
        let user = User::from_request_parts(parts, state).await?;
        Ok(user.is_logged_in().then_some(Self(user)))
    }
}

impl IntoResponse for LoginRequired {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl fmt::Display for LoginRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("login required")
    }
}

impl std::error::Error for LoginRequired {}
