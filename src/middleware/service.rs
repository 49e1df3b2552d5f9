//! The [`Service`] behind [`AuthLayer`](super::AuthLayer).
//!
//! Requests for an auth endpoint are handled here. All others go to the inner service.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
};
use tower::Service;

use super::AuthFuture;
use crate::{endpoints, request::RequestContext, state::Handle};

/// The service that [`AuthLayer`](super::AuthLayer) creates.
///
/// It wraps any service with a body that axum accepts, so layers that change the body, such as
/// compression, may be inside.
#[derive(Clone)]
pub struct AuthService<S> {
    inner: S,
    state: Handle,
}

impl<S> AuthService<S> {
    pub(super) fn new(inner: S, state: Handle) -> Self {
        Self { inner, state }
    }
}

impl<S: fmt::Debug> fmt::Debug for AuthService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for AuthService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = AuthFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let state = self.state.for_request(&request);
        let context = RequestContext::new(state, &request);
        if let Some(endpoint) = endpoints::route(&context.state, request.uri().path()) {
            let response = endpoints::handle(endpoint, context, request.map(Body::new));
            return AuthFuture::endpoint(response);
        }
        request.extensions_mut().insert(Arc::clone(&context));
        // `self.inner` is ready, but a clone of it may not be. Therefore `self.inner` is called
        // directly.
        AuthFuture::inner(self.inner.call(request), context)
    }
}
