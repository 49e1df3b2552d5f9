//! The guard for a group of routes.

use std::{
    fmt, mem,
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
use serde_json::Value;
use tower::{Layer, Service};

use super::{Refusal, check};
use crate::{
    config::claim_is,
    site::Visit,
    user::{Admission, User},
};

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
        claims: Vec::new(),
    }
}

/// The guard that [`require_login`] makes.
#[derive(Clone)]
#[must_use]
pub struct RequireLogin {
    conditions: Vec<Condition>,
    /// The claims that the conditions ask for by name.
    claims: Vec<String>,
}

type Condition = Arc<dyn Fn(&User) -> bool + Send + Sync>;

impl RequireLogin {
    /// Asks for a claim that is `value`, or a list that holds it. Who is logged in without it gets a 403 and no new login.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.claims.push(name.clone());
        self.when(move |user| claim_is(user.get(&name), &value))
    }

    /// Asks for a condition of your own. Several conditions must all hold.
    pub fn when(mut self, condition: impl Fn(&User) -> bool + Send + Sync + 'static) -> Self {
        self.conditions.push(Arc::new(condition));
        self
    }

    /// The reason why a user is not admitted, where the claims tell it: the provider left a claim out because it has too many values.
    ///
    /// Source: OpenID Connect Core 1.0, section 5.6.2; Microsoft identity platform, "Groups overage claim".
    pub(super) fn overage(&self, user: &User) -> Option<String> {
        let names = user.get("_claim_names")?;
        let mut claims = self.claims.iter();
        let claim = claims.find(|claim| !user.contains_key(claim) && names.get(claim).is_some())?;
        Some(format!(
            "claim `{claim}` has too many values, so that the provider left it out of the ID token; in Entra, choose \"Groups assigned to the \
             application\" or use app roles"
        ))
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
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Guarded<S, B, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let visit = request.extensions().get::<Arc<Visit>>();
        if let Some(admission) = visit.and_then(User::find) {
            // The instance that was polled ready is the one to call.
            let clone = self.inner.clone();
            let inner = mem::replace(&mut self.inner, clone);
            return Guarded::Waiting {
                waiting: Some(Box::new(Waiting {
                    admission,
                    inner,
                    guard: self.guard.clone(),
                    request,
                })),
            };
        }
        guarded(&mut self.inner, &self.guard, request)
    }
}

/// A request whose identity the hook is asked about.
#[doc(hidden)]
pub struct Waiting<S, B> {
    admission: Admission,
    inner: S,
    guard: RequireLogin,
    request: Request<B>,
}

impl<S, B> fmt::Debug for Waiting<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting")
    }
}

fn guarded<S, B>(
    inner: &mut S,
    guard: &RequireLogin,
    request: Request<B>,
) -> Guarded<S, B, S::Future>
where
    S: Service<Request<B>>,
{
    let visit = request.extensions().get::<Arc<Visit>>();
    let checked = visit.map_or(Err(Refusal::NoLayer), |visit| check(visit, guard));
    match checked {
        Ok(()) => Guarded::Admitted {
            future: inner.call(request),
        },
        Err(refusal) => Guarded::Refused {
            response: Some(refusal.into_response()),
        },
    }
}

pin_project_lite::pin_project! {
    /// The future of [`RequireLoginService`].
    #[project = GuardedProjection]
    #[doc(hidden)]
    #[derive(Debug)]
    pub enum Guarded<S, B, F> {
        Waiting { waiting: Option<Box<Waiting<S, B>>> },
        Admitted { #[pin] future: F },
        Refused { response: Option<Response<Body>> },
    }
}

impl<S, B, F, R, E> Future for Guarded<S, B, F>
where
    S: Service<Request<B>, Future = F>,
    F: Future<Output = Result<Response<R>, E>>,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let GuardedProjection::Waiting { waiting } = self.as_mut().project() {
            let asked = waiting.as_mut().expect(POLLED_AFTER_READY);
            ready!(asked.admission.as_mut().poll(cx));
            let mut asked = waiting.take().expect(POLLED_AFTER_READY);
            let next = guarded(&mut asked.inner, &asked.guard, asked.request);
            self.set(next);
        }
        match self.project() {
            GuardedProjection::Waiting { .. } => Poll::Pending,
            GuardedProjection::Admitted { future } => {
                Poll::Ready(Ok(ready!(future.poll(cx))?.map(Body::new)))
            }
            GuardedProjection::Refused { response } => {
                Poll::Ready(Ok(response.take().expect(POLLED_AFTER_READY)))
            }
        }
    }
}

const POLLED_AFTER_READY: &str = "a future is not polled after it is ready";
