//! The one layer: which request is ours, who answers it, and what becomes of a [`Login`] or [`Logout`] that a handler returned.

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
        HeaderValue, Method, StatusCode,
        header::{ALLOW, CACHE_CONTROL, VARY},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tower::{Layer, Service};

use crate::{
    config::{CALLBACK, Config, ConfigError},
    guard,
    login::{self, Failure, Login, ReturnPath, redirect},
    logout::{self, Logout},
    pages::{self, Cause, Choice, Details},
    provider::{Http, Providers},
    site::{Kind, Site, Visit, is_safe},
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
#[derive(Clone)]
pub struct AuthLayer {
    shared: Arc<Shared>,
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

/// What all clones of a layer share. Nothing in it grows with its visitors.
pub(crate) struct Shared {
    site: Arc<Site>,
    providers: Providers,
    #[cfg(feature = "dev")]
    development: Option<Arc<crate::dev::DevProvider>>,
}

/// A path of ours.
#[derive(Debug, PartialEq, Eq)]
enum Endpoint {
    Callback,
    Login(Option<String>),
    Logout,
    #[cfg(feature = "dev")]
    Development,
}

impl Shared {
    #[cfg(not(feature = "dev"))]
    fn new(config: Config) -> Self {
        let providers = Providers::new(&config.providers, Http::default());
        Self {
            site: Arc::new(Site::new(config)),
            providers,
        }
    }

    #[cfg(feature = "dev")]
    fn new(config: Config) -> Self {
        let issuer = config.redirect_uri.development_issuer();
        let configured = |url| config.redirect_uri.is_development(url);
        let development = config
            .providers
            .iter()
            .any(|provider| configured(&provider.server_metadata_url))
            .then(|| Arc::new(crate::dev::DevProvider::new(&issuer)));
        let providers = Providers::new(
            &config.providers,
            Http::with_development(development.clone()),
        );
        Self {
            site: Arc::new(Site::new(config)),
            providers,
            development,
        }
    }

    fn endpoint(&self, path: &str) -> Option<Endpoint> {
        let path = self.site.strip_base(path);
        if path == CALLBACK {
            return Some(Endpoint::Callback);
        }
        match path.strip_prefix("/auth/")?.split_once('/') {
            None if path == "/auth/login" => Some(Endpoint::Login(None)),
            None if path == "/auth/logout" => Some(Endpoint::Logout),
            Some(("login", name)) => Some(Endpoint::Login(Some(name.to_owned()))),
            #[cfg(feature = "dev")]
            Some(("dev", _)) if self.development.is_some() => Some(Endpoint::Development),
            _ => None,
        }
    }

    async fn answer(
        self: Arc<Self>,
        endpoint: Endpoint,
        visit: Arc<Visit>,
        request: Request,
    ) -> Response {
        let is_get = visit.method == Method::GET;
        // `Body` is not `Sync`, so the request itself must not be looked at across an await.
        let query = request.uri().query().unwrap_or_default().to_owned();
        match endpoint {
            #[cfg(feature = "dev")]
            Endpoint::Development => self.answer_development(request).await,
            Endpoint::Logout if !is_get && visit.method != Method::POST => not_allowed("GET, POST"),
            Endpoint::Login(_) | Endpoint::Callback if !is_get => not_allowed("GET"),
            // A page fetched ahead of its visitor uses nothing up; the real request follows.
            _ if visit.kind == Kind::Prefetch => {
                (StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]).into_response()
            }
            Endpoint::Logout if !visit.own_origin => {
                pages::error(&self.site, Cause::OtherOrigin, Details::default())
            }
            Endpoint::Logout => logout::logout(&self.site, &self.providers, &visit.cookies).await,
            _ if visit.kind == Kind::Script => {
                pages::error(&self.site, Cause::NotAPage, Details::default())
            }
            Endpoint::Login(provider) => {
                let next = login::next_of(&query);
                self.login(
                    provider.as_deref(),
                    next.and_then(|next| ReturnPath::parse(&self.site, &next)),
                    &visit,
                )
                .await
            }
            Endpoint::Callback => {
                let finish = login::finish(&self.site, &self.providers, &query, &visit.cookies);
                match tokio::time::timeout(login::TIME_OUT, finish).await {
                    Ok(response) => response,
                    Err(_) => Failure::timed_out().answer(&self.site, None, None),
                }
            }
        }
    }

    /// `GET /auth/login` and `GET /auth/login/<provider>`.
    async fn login(&self, name: Option<&str>, next: Option<ReturnPath>, visit: &Visit) -> Response {
        let provider = match name {
            Some(name) => self.providers.find(name),
            None => self.providers.default(),
        };
        match (provider, name) {
            (Some(provider), _) => {
                let back = next.clone();
                let start = login::start(&self.site, provider, next, &visit.cookies);
                let outcome = tokio::time::timeout(login::TIME_OUT, start)
                    .await
                    .unwrap_or_else(|_| Err(Failure::timed_out()));
                outcome.unwrap_or_else(|failure| {
                    let next = back.map(|next| next.as_str().to_owned());
                    failure.answer(&self.site, Some(&provider.config.name), next)
                })
            }
            (None, Some(_)) => Failure::of(Cause::UnknownProvider).answer(&self.site, None, None),
            (None, None) => self.sign_in_page(next),
        }
    }

    fn sign_in_page(&self, next: Option<ReturnPath>) -> Response {
        let choices = self.providers.iter().map(|provider| Choice {
            label: provider.config.label.clone(),
            action: self
                .site
                .path(&format!("/auth/login/{}", provider.config.name)),
        });
        pages::sign_in(
            &self.site,
            choices.collect(),
            next.map(|next| next.as_str().to_owned()),
        )
    }

    /// Carries out a [`Login`] that a handler or a guard returned.
    async fn start(&self, login: Login, visit: &Visit, response: Response) -> Response {
        let next = match (&login.next, is_safe(&visit.method)) {
            (Some(next), _) => ReturnPath::parse(&self.site, next),
            (None, true) => ReturnPath::of_page(&self.site, &visit.uri),
            // A form is not a page to come back to; the page that it stood on is.
            (None, false) => visit
                .referer
                .as_ref()
                .and_then(|referer| ReturnPath::of_referer(&self.site, referer)),
        };
        let link = login::link(&self.site, login.provider.as_deref(), next.as_ref());
        let mut answer = match visit.kind {
            // Only a real visitor starts a login.
            Kind::Prefetch | Kind::Script => guard::unauthorized(&link),
            _ if visit.method == Method::HEAD => redirect(&link),
            _ if login::rounds::is_circle(&self.site, &visit.cookies) => {
                Failure::of(Cause::CookiesBlocked).answer(&self.site, None, None)
            }
            // The page to choose from has an address of its own.
            _ if login.provider.is_none() && self.providers.default().is_none() => redirect(&link),
            _ => self.login(login.provider.as_deref(), next, visit).await,
        };
        // Cookies and `Vary` that the app or a guard put on its answer stay.
        for name in [VARY, axum::http::header::SET_COOKIE] {
            for value in response.headers().get_all(&name) {
                answer.headers_mut().append(&name, value.clone());
            }
        }
        answer
    }

    #[cfg(feature = "dev")]
    async fn answer_development(&self, request: Request) -> Response {
        let Some(development) = &self.development else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let (parts, body) = request.into_parts();
        /// Bytes; a form with typed claims.
        const LARGEST_FORM: usize = 256 * 1024;
        let Ok(body) = axum::body::to_bytes(body, LARGEST_FORM).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let path = self
            .site
            .strip_base(parts.uri.path())
            .strip_prefix("/auth/dev")
            .unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        development.answer(
            &parts.method,
            path,
            query,
            &parts.headers,
            &body,
            self.site.config.now(),
        )
    }
}

fn not_allowed(allow: &'static str) -> Response {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [(ALLOW, allow), (CACHE_CONTROL, "no-store")],
    )
        .into_response()
}
