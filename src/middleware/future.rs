//! The future of [`AuthService`](super::AuthService).

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
        HeaderValue, Response,
        header::{CACHE_CONTROL, VARY},
    },
};

use crate::{
    endpoints::{self, EndpointFuture, Logout},
    login::Login,
    request::{Admission, RequestContext, RequestKind},
    response,
};

pin_project_lite::pin_project! {
    /// The response future of [`AuthService`](crate::AuthService).
    pub struct AuthFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project_lite::pin_project! {
    #[project = KindProjection]
    enum Kind<F> {
        Endpoint { response: EndpointFuture },
        Inner { #[pin] future: F, context: Arc<RequestContext> },
    }
}

impl<F> AuthFuture<F> {
    pub(super) fn endpoint(response: EndpointFuture) -> Self {
        Self {
            kind: Kind::Endpoint { response },
        }
    }

    pub(super) fn inner(future: F, context: Arc<RequestContext>) -> Self {
        Self {
            kind: Kind::Inner { future, context },
        }
    }
}

impl<F> fmt::Debug for AuthFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthFuture").finish_non_exhaustive()
    }
}

impl<F, R, E> Future for AuthFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut kind = self.project().kind;
        let mut response: EndpointFuture = match kind.as_mut().project() {
            KindProjection::Endpoint { response } => return response.as_mut().poll(cx).map(Ok),
            KindProjection::Inner { future, context } => {
                // `Body::new` does not box an axum body again.
                let mut response = ready!(future.poll(cx))?.map(Body::new);
                let login = response.extensions_mut().remove::<Login>();
                let logout = response.extensions_mut().remove::<Logout>();
                if login.is_none() && logout.is_none() {
                    complete(context, &mut response);
                    return Poll::Ready(Ok(response));
                }
                if login.as_ref().is_some_and(Login::is_silent) {
                    // The response may be sent as it is.
                    complete(context, &mut response);
                }
                let context = Arc::clone(context);
                endpoints::carry_out(login, context, response)
            }
        };
        match response.as_mut().poll(cx) {
            Poll::Ready(response) => Poll::Ready(Ok(response)),
            Poll::Pending => {
                kind.set(Kind::Endpoint { response });
                Poll::Pending
            }
        }
    }
}

/// Completes a response of the app, if the app asked for the user.
///
/// Renews the identity if it is due, and keeps personal pages out of caches.
fn complete(context: &RequestContext, response: &mut Response<Body>) {
    let Some(admission) = context.admission() else {
        return;
    };
    if let Some(identity) = admission.identity()
        && identity.is_refresh_due()
    {
        let settings = context.settings();
        let is_navigation = matches!(context.kind, RequestKind::Navigation | RequestKind::Unknown);
        let renewed = identity.refresh_cookies(settings, &context.cookies, is_navigation);
        response::append_cookies(response, renewed);
    }
    let is_personal = !matches!(admission, Admission::NotSent);
    if is_personal {
        let cache_control = response.headers_mut().entry(CACHE_CONTROL);
        cache_control.or_insert(NO_STORE);
    }
    let vary = vary(context, is_personal);
    response.headers_mut().append(VARY, vary);
}

/// Returns the headers that the user of a request depends on. The origin of a request matters only
/// if the browser sent an identity, valid or not.
///
/// Source: RFC 9110, section 12.5.5.
fn vary(context: &RequestContext, is_personal: bool) -> HeaderValue {
    match (
        context.accepts_bearer(),
        is_personal && !context.has_bearer(),
    ) {
        (false, false) => COOKIE,
        (false, true) => COOKIE_AND_ORIGIN,
        (true, false) => BEARER_OR_COOKIE,
        (true, true) => BEARER_OR_COOKIE_AND_ORIGIN,
    }
}

// These are checked at compile time, so that no response pays for the check.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const COOKIE: HeaderValue = HeaderValue::from_static("Cookie");
const COOKIE_AND_ORIGIN: HeaderValue =
    HeaderValue::from_static("Cookie, Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest");
const BEARER_OR_COOKIE: HeaderValue = HeaderValue::from_static("Authorization, Cookie");
const BEARER_OR_COOKIE_AND_ORIGIN: HeaderValue = HeaderValue::from_static(
    "Authorization, Cookie, Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest",
);
