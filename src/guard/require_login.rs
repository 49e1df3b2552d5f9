//! The guard for a group of routes.

use std::{
    fmt, mem,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
};
use serde_json::Value;
use tower::{Layer, Service};

use super::RequireLoginFuture;
use crate::{config::claim_is, extract::User, request::RequestContext};

/// Admits only logged-in users to the routes above it. Other requests are rejected as by
/// [`LoggedIn`](crate::LoggedIn).
///
/// Add it by [`Router::route_layer`](axum::Router::route_layer), and then the
/// [`AuthLayer`](crate::AuthLayer):
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
/// [`Router::layer`](axum::Router::layer) to guard every route and the fallback. `nest_service`
/// creates a route, so `route_layer` guards it:
///
/// ```
/// use axum::Router;
/// use axum_streamlit_auth::require_login;
/// use tower_http::services::ServeDir;
///
/// let files: Router = Router::new()
///     .nest_service("/files", ServeDir::new("private"))
///     .route_layer(require_login());
/// let everything: Router = Router::new()
///     .fallback_service(ServeDir::new("private"))
///     .layer(require_login());
/// ```
pub fn require_login() -> RequireLogin {
    RequireLogin {
        conditions: Vec::new(),
        claims: Vec::new(),
    }
}

/// The guard that [`require_login`] creates.
#[derive(Clone)]
#[must_use]
pub struct RequireLogin {
    conditions: Vec<Condition>,
    /// The names of the required claims.
    claims: Vec<String>,
}

type Condition = Arc<dyn Fn(&User) -> bool + Send + Sync>;

impl RequireLogin {
    /// Requires a claim that is `value`, or an array that contains it. A logged-in user who lacks
    /// the claim receives a 403.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.claims.push(name.clone());
        self.when(move |user| claim_is(user.get(&name), &value))
    }

    /// Requires a condition of the app. A logged-in user who does not meet it receives a 403. If
    /// there are several conditions, all must be met.
    pub fn when(mut self, condition: impl Fn(&User) -> bool + Send + Sync + 'static) -> Self {
        self.conditions.push(Arc::new(condition));
        self
    }

    /// Returns the reason why a user is not admitted, if the provider left out a required claim
    /// because it has too many values.
    ///
    /// Source: OpenID Connect Core 1.0, section 5.6.2; Microsoft identity platform, "Groups overage
    /// claim".
    pub(super) fn overage(&self, user: &User) -> Option<String> {
        let names = user.get("_claim_names")?;
        let mut claims = self.claims.iter();
        let claim = claims.find(|claim| !user.contains_key(claim) && names.get(claim).is_some())?;
        Some(format!(
            "claim `{claim}` has too many values, so the provider left it out of the ID token; in Entra, choose \"Groups assigned to the \
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

/// The service that [`RequireLogin`] creates. It wraps any service with a response body that axum
/// accepts.
#[derive(Clone, Debug)]
pub struct RequireLoginService<S> {
    inner: S,
    guard: RequireLogin,
}

impl<S, B, R> Service<Request<B>> for RequireLoginService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = RequireLoginFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let context = request.extensions().get::<Arc<RequestContext>>();
        match context.and_then(RequestContext::pending_admission) {
            None => RequireLoginFuture::new(&mut self.inner, &self.guard, request),
            Some(admission) => {
                // `self.inner` is ready, a clone of it may not be. Therefore it is moved into the
                // future.
                let clone = self.inner.clone();
                let inner = mem::replace(&mut self.inner, clone);
                RequireLoginFuture::pending(admission, inner, self.guard.clone(), request)
            }
        }
    }
}
