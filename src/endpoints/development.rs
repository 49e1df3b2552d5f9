//! The endpoints of the development provider.

use axum::{
    body::to_bytes,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{dev, local, state::AuthState};

/// Passes a request from this computer to the development provider.
pub(super) async fn handle(state: &AuthState, request: Request) -> Response {
    let Some(provider) = &state.dev else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let local = local::check(&request).and_then(|()| local::check_connection(request.headers()));
    if let Err(reason) = local {
        tracing::warn!(%reason, "development provider refused a request");
        return dev::refused(reason);
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, dev::MAX_BODY_BYTES).await else {
        return (
            StatusCode::PAYLOAD_TOO_LARGE,
            "The request body is too large.\n",
        )
            .into_response();
    };
    let path = state
        .settings
        .below_base(parts.uri.path())
        .find_map(|path| path.strip_prefix("/auth/dev"))
        .unwrap_or_default();
    provider.respond(&parts, path, &body, state.settings.now())
}
