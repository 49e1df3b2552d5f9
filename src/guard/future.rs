//! The future of [`RequireLoginService`](super::RequireLoginService).

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
    response::IntoResponse,
};
use tower::Service;

use super::{
    RequireLogin,
    held_form::{self, HeldFormFuture},
    rejection::{GuardRejection, check},
};
use crate::request::{PendingAdmission, RequestContext};

pin_project_lite::pin_project! {
    /// The response future of [`RequireLoginService`](crate::RequireLoginService).
    pub struct RequireLoginFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        kind: Kind<S, B>,
    }
}

pin_project_lite::pin_project! {
    #[project = KindProjection]
    enum Kind<S, B>
    where
        S: Service<Request<B>>,
    {
        Pending { pending: Option<Box<Pending<S, B>>> },
        Inner { #[pin] future: S::Future },
        Rejected { response: Option<Response<Body>> },
        Held { response: HeldFormFuture },
    }
}

/// A request that waits for the sign-in hook.
struct Pending<S, B> {
    admission: PendingAdmission,
    inner: S,
    guard: RequireLogin,
    request: Request<B>,
}

impl<S, B> RequireLoginFuture<S, B>
where
    S: Service<Request<B>>,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    /// Checks the request, and calls `inner` if the guard admits the user.
    pub(super) fn new(inner: &mut S, guard: &RequireLogin, request: Request<B>) -> Self {
        Self {
            kind: Kind::new(inner, guard, request),
        }
    }

    /// Checks the request after `admission`.
    pub(super) fn pending(
        admission: PendingAdmission,
        inner: S,
        guard: RequireLogin,
        request: Request<B>,
    ) -> Self {
        let pending = Some(Box::new(Pending {
            admission,
            inner,
            guard,
            request,
        }));
        Self {
            kind: Kind::Pending { pending },
        }
    }
}

impl<S, B> Kind<S, B>
where
    S: Service<Request<B>>,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    fn new(inner: &mut S, guard: &RequireLogin, request: Request<B>) -> Self {
        let Some(context) = request.extensions().get::<Arc<RequestContext>>() else {
            return Self::rejected(GuardRejection::NoLayer);
        };
        match check(context, &guard.requirements) {
            Ok(_) => Self::Inner {
                future: inner.call(request),
            },
            Err(rejection) => {
                let context = Arc::clone(context);
                match held_form::hold(&context, rejection, request) {
                    Ok(response) => Self::Held { response },
                    Err(rejection) => Self::rejected(rejection),
                }
            }
        }
    }

    fn rejected(rejection: GuardRejection) -> Self {
        let response = Some(rejection.into_response());
        Self::Rejected { response }
    }
}

impl<S: Service<Request<B>>, B> fmt::Debug for RequireLoginFuture<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireLoginFuture").finish_non_exhaustive()
    }
}

impl<S, B, R> Future for RequireLoginFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut kind = self.project().kind;
        if let KindProjection::Pending { pending } = kind.as_mut().project() {
            let waiting = pending.as_mut().expect(NOT_POLLED_AGAIN);
            ready!(waiting.admission.as_mut().poll(cx));
            let mut waiting = pending.take().expect(NOT_POLLED_AGAIN);
            let next = Kind::new(&mut waiting.inner, &waiting.guard, waiting.request);
            kind.set(next);
        }
        match kind.project() {
            KindProjection::Pending { .. } => Poll::Pending,
            KindProjection::Inner { future } => {
                Poll::Ready(Ok(ready!(future.poll(cx))?.map(Body::new)))
            }
            KindProjection::Held { response } => response.as_mut().poll(cx).map(Ok),
            KindProjection::Rejected { response } => {
                Poll::Ready(Ok(response.take().expect(NOT_POLLED_AGAIN)))
            }
        }
    }
}

const NOT_POLLED_AGAIN: &str = "a future is not polled after completion";
