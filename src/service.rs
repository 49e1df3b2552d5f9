//! What the layer makes of a service: our requests are answered, the others are handed on, and a [`Login`] or [`Logout`] in their answer is
//! carried out.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    extract::Request,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, VARY},
    },
    response::Response,
};
use tower::Service;

use crate::{
    layer::AuthLayer,
    login::{self, Login},
    logout::Logout,
    shared::Shared,
    site::Visit,
};

/// The service that [`AuthLayer`] makes.
#[derive(Clone)]
pub struct AuthService<S> {
    inner: S,
    layer: AuthLayer,
}

impl<S> AuthService<S> {
    pub(crate) fn new(inner: S, layer: AuthLayer) -> Self {
        Self { inner, layer }
    }
}

impl<S: fmt::Debug> fmt::Debug for AuthService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S> Service<Request> for AuthService<S>
where
    S: Service<Request, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = AuthFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let shared = self.layer.shared(&request);
        let mut visit = Visit::new(Arc::clone(&shared.site), &request);
        visit.own_origin &= shared.trusts(&visit, &request);
        let visit = Arc::new(visit);
        if let Some(endpoint) = shared.endpoint(request.uri().path()) {
            let answer = shared.answer(endpoint, visit, request);
            return AuthFuture::Ours {
                answer: Box::pin(answer),
            };
        }
        request.extensions_mut().insert(Arc::clone(&visit));
        // Called here and not inside the future: `self.inner` is the instance that was polled ready.
        AuthFuture::Theirs {
            future: self.inner.call(request),
            visit,
            shared,
        }
    }
}

pin_project_lite::pin_project! {
    /// The future of [`AuthService`].
    #[project = AuthFutureProjection]
    #[doc(hidden)]
    pub enum AuthFuture<F> {
        Ours { answer: Answer },
        Theirs { #[pin] future: F, visit: Arc<Visit>, shared: Arc<Shared> },
    }
}

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

impl<F> fmt::Debug for AuthFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthFuture")
    }
}

impl<F, E> Future for AuthFuture<F>
where
    F: Future<Output = Result<Response, E>>,
{
    type Output = Result<Response, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut answer: Answer = match self.as_mut().project() {
            AuthFutureProjection::Ours { answer } => return answer.as_mut().poll(cx).map(Ok),
            AuthFutureProjection::Theirs {
                future,
                visit,
                shared,
            } => {
                let mut response = ready!(future.poll(cx))?;
                let login = response.extensions_mut().remove::<Login>();
                let logout = response.extensions_mut().remove::<Logout>();
                if login.is_none() && logout.is_none() {
                    finish(visit, &mut response);
                    return Poll::Ready(Ok(response));
                }
                let (shared, visit) = (Arc::clone(shared), Arc::clone(visit));
                Box::pin(async move {
                    match login {
                        Some(login) => shared.start(login, &visit, response).await,
                        None => shared.end(&visit, response).await,
                    }
                })
            }
        };
        match answer.as_mut().poll(cx) {
            Poll::Ready(response) => Poll::Ready(Ok(response)),
            Poll::Pending => {
                self.set(AuthFuture::Ours { answer });
                Poll::Pending
            }
        }
    }
}

/// What is left to do for a response of the app that asked for its user: sign an identity anew where it is due, and keep personal pages out
/// of caches.
fn finish(visit: &Visit, response: &mut Response) {
    let Some(user) = visit.user.get() else {
        return;
    };
    if let Some(identity) = user.identity() {
        login::set(
            response,
            identity.renewed(&visit.site, &visit.cookies, visit.site.config.now()),
        );
        let cache_control = response.headers_mut().entry(CACHE_CONTROL);
        cache_control.or_insert(HeaderValue::from_static("no-store"));
    }
    let cookie = HeaderValue::from_static("Cookie");
    response.headers_mut().append(VARY, cookie);
}
