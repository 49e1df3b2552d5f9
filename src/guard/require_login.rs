//! The guard for a group of routes.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
    response::IntoResponse,
};
use serde_json::Value;
use tower::{Layer, Service};

use super::check;
use crate::{config::claim_is, user::User};

/// Lets only logged-in visitors through to the routes below.
///
/// Add it by [`Router::route_layer`](axum::Router::route_layer), and the [`AuthLayer`](crate::AuthLayer) after it:
///
/// ```
/// use axum::{Router, routing::get};
/// use axum_streamlit_auth::require_login;
///
/// let app: Router = Router::new()
///     .route("/admin", get(|| async { "secrets" }))
///     .route_layer(require_login().claim("groups", "admin"))
///     .route("/", get(|| async { "for everyone" }));
/// ```
///
/// `route_layer` does not guard a fallback, such as files behind `fallback_service`. Use
/// [`Router::layer`](axum::Router::layer) for it, which guards every route and the fallback.
/// `nest_service` makes a route, which `route_layer` guards:
///
/// ```
/// use axum::Router;
/// use axum_streamlit_auth::require_login;
/// use tower_http::services::ServeDir;
///
/// let below_a_path: Router = Router::new()
///     .nest_service("/files", ServeDir::new("private"))
///     .route_layer(require_login());
/// let everywhere: Router = Router::new()
///     .fallback_service(ServeDir::new("private"))
///     .layer(require_login());
/// ```
pub fn require_login() -> RequireLogin {
    RequireLogin {
        conditions: Vec::new(),
    }
}

/// The guard that [`require_login`] makes.
#[derive(Clone)]
#[must_use]
pub struct RequireLogin {
    conditions: Vec<Condition>,
}

type Condition = Arc<dyn Fn(&User) -> bool + Send + Sync>;

impl RequireLogin {
    /// Asks for a claim that is `value`, or a list that holds it. Who is logged in without it gets a 403 and no new login.
    pub fn claim(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.when(move |user| claim_is(user.get(&name), &value))
    }

    /// Asks for a condition of your own. Several conditions must all hold.
    pub fn when(mut self, condition: impl Fn(&User) -> bool + Send + Sync + 'static) -> Self {
        self.conditions.push(Arc::new(condition));
        self
    }

    pub(super) fn admits(&self, user: &User) -> bool {
        self.conditions.iter().all(|condition| condition(user))
    }
}

impl fmt::Debug for RequireLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireLogin")
            .field("conditions", &self.conditions.len())
            .finish()
    }
}

impl<S> Layer<S> for RequireLogin {
    type Service = RequireLoginService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireLoginService {
            inner,
            guard: self.clone(),
        }
    }
}

/// The service that [`RequireLogin`] makes.
#[derive(Clone, Debug)]
pub struct RequireLoginService<S> {
    inner: S,
    guard: RequireLogin,
}

/// Any service whose response has a body that axum takes.
impl<S, B, R> Service<Request<B>> for RequireLoginService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Guarded<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match check(request.extensions().get(), &self.guard) {
            Ok(()) => Guarded::Admitted {
                future: self.inner.call(request),
            },
            Err(refusal) => Guarded::Refused {
                response: Some(refusal.into_response()),
            },
        }
    }
}

pin_project_lite::pin_project! {
    /// The future of [`RequireLoginService`].
    #[project = GuardedProjection]
    #[doc(hidden)]
    #[derive(Debug)]
    pub enum Guarded<F> {
        Admitted { #[pin] future: F },
        Refused { response: Option<Response<Body>> },
    }
}

impl<F, R, E> Future for Guarded<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            GuardedProjection::Admitted { future } => {
                Poll::Ready(Ok(ready!(future.poll(cx))?.map(Body::new)))
            }
            GuardedProjection::Refused { response } => Poll::Ready(Ok(response
                .take()
                .expect("a future is not polled after it is ready"))),
        }
    }
}
