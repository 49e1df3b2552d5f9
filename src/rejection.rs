//! The rejection shared by all extractors.

use std::fmt;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// The rejection of extractors if the request did not pass through an
/// [`AuthLayer`](crate::AuthLayer): a 500 with a plain text for the developer.
#[derive(Debug)]
pub struct MissingAuthLayer;

impl IntoResponse for MissingAuthLayer {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

impl fmt::Display for MissingAuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the request did not pass through an `AuthLayer`; add the layer after the routes",
        )
    }
}

impl std::error::Error for MissingAuthLayer {}
