//! The one layer: our requests are answered, the others are handed on, and a [`Login`] or [`Logout`] in their answer is carried out.

use std::{
    fmt,
    path::Path,
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
use serde::Serialize;
use tower::{Layer, Service};

use crate::{
    config::{Config, ConfigError},
    endpoints::Shared,
    login::{self, Login},
    logout::{self, Logout},
    site::Visit,
    user::User,
};

/// Adds sign-in to a router: the endpoints, the [`User`] extractor and the guards.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use axum_streamlit_auth::{AuthLayer, User};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app: Router = Router::new()
///     .route("/", get(|user: User| async move { format!("Hello, {}!", user.text("name")) }))
///     .layer(AuthLayer::from_secrets()?);
/// # Ok(())
/// # }
/// ```
///
/// Add it after the routes that it is for, by [`Router::layer`](axum::Router::layer): a router's layers are around the routes that stand
/// above them. It answers `GET /oauth2callback`, `/auth/login`, `/auth/login/<provider>` and `/auth/logout` itself, below the path of
/// `redirect_uri`, and hands on everything else untouched. No provider is asked for anything before somebody signs in.
///
/// Cloning is cheap, and all clones are one.
///
#[doc = include_str!("docs/presets.md")]
#[derive(Clone)]
pub struct AuthLayer {
    pub(crate) shared: Arc<Shared>,
}

impl AuthLayer {
    /// Reads `~/.streamlit/secrets.toml` and over it `.streamlit/secrets.toml` of the working directory, as Streamlit does.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every fault of the files at once.
    pub fn from_secrets() -> Result<Self, ConfigError> {
        Config::from_secrets().map(Self::new)
    }

    /// Reads the secrets.toml at `path` and no other.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every fault of the file at once.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Config::from_path(path.as_ref()).map(Self::new)
    }

    /// Takes the text of a secrets.toml, for example from a vault.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every fault of the text at once.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Config::from_toml(text).map(Self::new)
    }

    /// Takes any serde value of the shape of a secrets.toml, with `auth` at its top: a struct of your own, a map, `serde_json::json!`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every fault of the value at once.
    pub fn from_value(value: &impl Serialize) -> Result<Self, ConfigError> {
        Config::from_value(value).map(Self::new)
    }

    /// Host and port of `redirect_uri`, such as `localhost:8501`: what to listen on where no proxy stands in front.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.shared.site.config.redirect_uri.authority()
    }

    /// Puts another clock in the place of the system's, so that a test can let time pass.
    ///
    /// # Panics
    ///
    /// If the layer was cloned before.
    #[cfg(feature = "dev")]
    #[must_use]
    pub fn with_clock(
        mut self,
        clock: impl Fn() -> std::time::SystemTime + Send + Sync + 'static,
    ) -> Self {
        let site = Arc::get_mut(&mut self.shared).and_then(|shared| Arc::get_mut(&mut shared.site));
        site.expect("the clock is set before the layer is cloned or used")
            .config
            .clock = crate::config::Clock::new(clock);
        self
    }

    fn new(config: Config) -> Self {
        Self {
            shared: Arc::new(Shared::new(config)),
        }
    }
}

impl fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer")
            .field("config", &self.shared.site.config)
            .finish()
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

/// The service that [`AuthLayer`] makes.
#[derive(Clone)]
pub struct AuthService<S> {
    inner: S,
    shared: Arc<Shared>,
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
        let visit = Arc::new(Visit::new(Arc::clone(&self.shared.site), &request));
        if let Some(endpoint) = self.shared.endpoint(request.uri().path()) {
            let answer = Arc::clone(&self.shared).answer(endpoint, visit, request);
            return AuthFuture::Ours {
                answer: Box::pin(answer),
            };
        }
        request.extensions_mut().insert(Arc::clone(&visit));
        // Called here and not inside the future: `self.inner` is the instance that was polled ready.
        AuthFuture::Theirs {
            future: self.inner.call(request),
            visit,
            shared: Arc::clone(&self.shared),
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
        let (shared, visit, mut response) = match self.as_mut().project() {
            AuthFutureProjection::Ours { answer } => return answer.as_mut().poll(cx).map(Ok),
            AuthFutureProjection::Theirs {
                future,
                visit,
                shared,
            } => {
                let response = ready!(future.poll(cx))?;
                (Arc::clone(shared), Arc::clone(visit), response)
            }
        };
        let login = response.extensions_mut().remove::<Login>();
        let logout = response.extensions_mut().remove::<Logout>();
        let mut answer: Answer = match (login, logout) {
            (Some(login), _) => {
                Box::pin(async move { shared.start(login, &visit, response).await })
            }
            (None, Some(Logout)) => Box::pin(async move {
                logout::logout(&shared.site, &shared.providers, &visit.cookies).await
            }),
            (None, None) => {
                finish(&visit, &mut response);
                return Poll::Ready(Ok(response));
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

/// What is left to do for a response of the app: sign an identity anew where it is due, and keep personal pages out of caches.
fn finish(visit: &Visit, response: &mut Response) {
    let renewed = visit.user.get().and_then(User::identity);
    if let Some(identity) = renewed {
        login::set(
            response,
            identity.renewed(&visit.site, &visit.cookies, visit.site.config.now()),
        );
    }
    if visit.is_guarded() {
        let headers = response.headers_mut();
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        headers.append(VARY, HeaderValue::from_static("Cookie"));
    }
}
