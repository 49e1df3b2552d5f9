//! The [`Claims`] extractor.

use std::{any::type_name, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

use super::{
    LoggedIn, LoginRequired,
    rejection::{GuardRejection, forbidden},
};
use crate::{pages::ErrorCode, request::RequestContext};

/// The claims of a logged-in user, deserialized into your own type.
///
/// Users who are not logged in are rejected as by [`LoggedIn`]. A user with claims that do not
/// match the type receives a 403. Use [`User::claims`](crate::User::claims) to handle that error in
/// the handler.
///
/// ```
/// use axum_streamlit_auth::Claims;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Employee {
///     email: String,
///     groups: Vec<String>,
/// }
///
/// async fn me(Claims(employee): Claims<Employee>) -> String {
///     format!("{}: {}", employee.email, employee.groups.join(", "))
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claims<T>(pub T);

impl<S, T> FromRequestParts<S> for Claims<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = LoginRequired;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, LoginRequired> {
        let LoggedIn(user) =
            <LoggedIn as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let context: Option<&Arc<RequestContext>> = parts.extensions.get();
        let context = context.ok_or(LoginRequired(GuardRejection::NoLayer))?;
        user.claims().map(Self).map_err(|error| {
            let detail = format!(
                "the claims do not match `{}`{}",
                type_name::<T>(),
                missing_field(&error)
            );
            LoginRequired(forbidden(context, ErrorCode::Forbidden, Some(detail)))
        })
    }
}

/// Returns the part of the message that is safe to log. Other messages of `serde_json` quote
/// values.
fn missing_field(error: &serde_json::Error) -> String {
    let message = error.to_string();
    if message.starts_with("missing field `") {
        format!(": {message}")
    } else {
        String::new()
    }
}
