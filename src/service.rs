//! What the layer makes of a service: our requests are answered, the others are handed on, and a [`Login`] or [`Logout`] in their answer is
//! carried out.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{
        HeaderValue, Request, Response,
        header::{CACHE_CONTROL, VARY},
    },
};
use tower::Service;

use crate::{
    identity,
    layer::AuthLayer,
    login::{self, Login},
    logout::Logout,
    shared::Shared,
    site::{Kind, Visit},
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

/// Any service with bodies that axum takes, so that layers which change the body, such as compression, can stand inside.
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
        let shared = self.layer.shared(&request);
        let mut visit = Visit::new(Arc::clone(&shared.site), &request);
        visit.own_origin &= shared.trusts(&visit, &request);
        let visit = Arc::new(visit);
        if let Some(endpoint) = shared.endpoint(request.uri().path()) {
            let answer = shared.answer(endpoint, visit, request.map(Body::new));
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

type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

impl<F> fmt::Debug for AuthFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthFuture")
    }
}

impl<F, R, E> Future for AuthFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut answer: Answer = match self.as_mut().project() {
            AuthFutureProjection::Ours { answer } => return answer.as_mut().poll(cx).map(Ok),
            AuthFutureProjection::Theirs {
                future,
                visit,
                shared,
            } => {
                // An axum body stays as it is; any other one is boxed.
                let mut response = ready!(future.poll(cx))?.map(Body::new);
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

/// Completes a response of the app that asked for its user: renews an identity where it is due, and keeps personal pages out of caches.
fn finish(visit: &Visit, response: &mut Response<Body>) {
    let Some(user) = visit.user.get() else {
        return;
    };
    let site = &*visit.site;
    if let Some(identity) = user.identity() {
        let is_navigation = matches!(visit.kind, Kind::Navigation | Kind::Unknown);
        let renewed = identity.renewed(site, &visit.cookies, site.config.now(), is_navigation);
        login::set(response, renewed);
    }
    let mut vary = "Cookie";
    if user.is_logged_in() || identity::was_sent(site, &visit.cookies) {
        vary = VARY_WITH_IDENTITY;
        let cache_control = response.headers_mut().entry(CACHE_CONTROL);
        cache_control.or_insert(HeaderValue::from_static("no-store"));
    }
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static(vary));
}

/// The headers that decide on a user where the browser sent an identity, valid or not. Without an identity nobody is logged in, whatever
/// the other headers say.
///
/// Source: RFC 9110, section 12.5.5.
const VARY_WITH_IDENTITY: &str = "Cookie, Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest";
