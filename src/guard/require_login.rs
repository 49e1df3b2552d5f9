//! The guard for a group of routes.

use std::{
    fmt, mem,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
};
use serde_json::Value;
use tower::{Layer, Service};

use super::{RequireLoginFuture, Requirements};
use crate::{config::claim_is, extract::User, request::RequestContext};

/// Admits only logged-in users to the routes above it. Other requests are rejected as by
/// [`LoggedIn`](crate::LoggedIn).
///
/// Add it with [`Router::route_layer`](axum::Router::route_layer), and then the
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
        requirements: Arc::default(),
    }
}

/// The guard that [`require_login`] creates.
#[derive(Clone)]
#[must_use]
pub struct RequireLogin {
    /// Shared, because axum clones a layer for each request.
    pub(crate) requirements: Arc<Requirements>,
}

impl RequireLogin {
    /// Requires a claim that is `value`, or an array that contains it. A logged-in user who lacks
    /// the claim receives a 403.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.change().claims.push(name.clone());
        self.when(move |user| claim_is(user.get(&name), &value))
    }

    /// Requires a condition of the app. A logged-in user who does not meet it receives a 403. If
    /// there are several conditions, all must be met.
    pub fn when(mut self, condition: impl Fn(&User) -> bool + Send + Sync + 'static) -> Self {
        self.change().conditions.push(Arc::new(condition));
        self
    }

    /// Requires that the user authenticated at the provider at most `max_age` ago, in whole
    /// seconds.
    ///
    /// A logged-in user who authenticated earlier is sent to the provider, which asks the user to
    /// authenticate again. Afterwards the user returns to the page. Other requests get a 401 with
    /// the error `insufficient_user_authentication` (RFC 9470). See
    /// [the guide](crate::guide::step_up).
    ///
    /// The clocks may differ by a minute. A duration of less than a minute means a minute, because
    /// the user needs time to return.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use axum::{Router, routing::post};
    /// use axum_streamlit_auth::require_login;
    ///
    /// let app: Router = Router::new()
    ///     .route("/delete-account", post(|| async { "deleted" }))
    ///     .route_layer(require_login().fresh(Duration::from_secs(300)));
    /// ```
    pub fn fresh(mut self, max_age: Duration) -> Self {
        let max_age = max_age.as_secs().max(MIN_MAX_AGE);
        self.change().authentication.require_max_age(max_age);
        self
    }

    /// Requires that the claim `acr` is `value`. If this is called several times, or with several
    /// values separated by spaces, any of them is accepted.
    ///
    /// A logged-in user with another `acr` is sent to the provider with these `acr_values`, and is
    /// otherwise treated as by [`fresh`](Self::fresh). The values have no order, so list every
    /// value that is strong enough.
    pub fn acr(mut self, value: impl AsRef<str>) -> Self {
        for value in value.as_ref().split_ascii_whitespace() {
            self.change().authentication.accept_acr(value);
        }
        self
    }

    /// Requires a scope of a bearer token. A token without it receives a 403 that names the
    /// required scopes. Several scopes, in several calls or separated by spaces, are all required.
    ///
    /// A scope limits what a program may do on behalf of a user. A user who is logged in with a
    /// cookie acts directly, so this has no effect on them: use [`claim`](Self::claim) to restrict
    /// users. The scopes are those in the claim `scope` or `scp`, a string or an array.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use axum_streamlit_auth::require_login;
    ///
    /// let reports: Router = Router::new()
    ///     .route("/reports", get(|| async { "…" }))
    ///     .route_layer(require_login().scope("reports:read"));
    /// ```
    ///
    /// Source: RFC 6749, section 3.3; RFC 9068, section 2.2.3.
    pub fn scope(mut self, scope: impl AsRef<str>) -> Self {
        let scopes = scope.as_ref().split_ascii_whitespace().map(str::to_owned);
        self.change().scopes.extend(scopes);
        self
    }

    fn change(&mut self) -> &mut Requirements {
        Arc::make_mut(&mut self.requirements)
    }
}

/// The minimum duration of [`fresh`](RequireLogin::fresh), in seconds.
const MIN_MAX_AGE: u64 = 60;

impl fmt::Debug for RequireLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireLogin")
            .field("conditions", &self.requirements.conditions.len())
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
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
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
                // `self.inner` is ready, but a clone of it may not be. Therefore `self.inner` is
                // moved into the future.
                let clone = self.inner.clone();
                let inner = mem::replace(&mut self.inner, clone);
                RequireLoginFuture::pending(admission, inner, self.guard.clone(), request)
            }
        }
    }
}
