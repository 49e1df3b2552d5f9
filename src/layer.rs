//! The one layer that adds sign-in to a router, and every way to make it.

use std::{fmt, path::Path, sync::Arc};

use axum::http::Request;
use serde::Serialize;
use serde_json::{Map, Value};
use tower::Layer;

use crate::{
    config::{Config, ConfigError, Source},
    identity::Hook,
    live::Live,
    service::AuthService,
    shared::Shared,
    site::Site,
};

/// Adds sign-in to a router: the endpoints, the [`User`](crate::User) extractor and the guards.
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
    pub(crate) live: Arc<Live>,
    #[cfg(feature = "dev")]
    per_host: Option<Arc<crate::dev::PerHost>>,
}

impl AuthLayer {
    /// Reads `~/.streamlit/secrets.toml` and over it `.streamlit/secrets.toml` of the working directory, as Streamlit does.
    ///
    /// An edit of the files takes effect within two seconds, without a restart: once two reads in a row have found the same, so that a file
    /// that is still being written has no effect. Files that cannot be used change nothing; the log says why. It signs nobody out as long
    /// as an earlier `cookie_secret` goes to `cookie_secrets_old`.
    ///
    /// The paths are made absolute here, so a later change of the working directory has no effect.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every fault of the files at once.
    pub fn from_secrets() -> Result<Self, ConfigError> {
        Live::following(Source::search()).map(Self::new)
    }

    /// Reads the secrets.toml at `path` and no other, and follows its edits as [`from_secrets`](Self::from_secrets) does.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every fault of the file at once.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Live::following(Source::path(path.as_ref())).map(Self::new)
    }

    /// Takes the text of a secrets.toml, for example from a vault.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every fault of the text at once.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Config::from_toml(text).map(Self::fixed)
    }

    /// Takes any serde value of the shape of a secrets.toml, with `auth` at its top: a struct of your own, a map, `serde_json::json!`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every fault of the value at once.
    pub fn from_value(value: &impl Serialize) -> Result<Self, ConfigError> {
        Config::from_value(value).map(Self::fixed)
    }

    /// Sign-in with nothing configured: the development provider, at whatever loopback address the app is opened.
    ///
    /// It asks for no password, so it is for this computer only. One line on standard error says
    /// that it is on.
    ///
    /// # What is refused
    ///
    /// The provider answers a request, and an identity is accepted, only if all of these hold:
    ///
    /// 1. `Host`, or else the authority of the URI (`:authority` in HTTP/2), is loopback. A request
    ///    without either is refused.
    /// 2. The request uses HTTP/1.1 or later. nginx before 1.29.7 sends HTTP/1.0 to an app unless it
    ///    is configured otherwise.
    /// 3. It has no header that a common proxy, load balancer, tunnel or hosting platform adds,
    ///    such as `Forwarded`, `Via`, `X-Forwarded-For`, `X-Real-IP`, `CF-Connecting-IP` or
    ///    `X-Amzn-Trace-Id`.
    /// 4. Its connection comes from a loopback address, if the app serves with
    ///    `into_make_service_with_connect_info::<SocketAddr>()`.
    ///
    /// The provider itself also refuses `Connection: close`, which those versions send with
    /// `proxy_http_version 1.1`, and its form refuses an `Origin` or `Sec-Fetch-Site` of another
    /// site. The development servers of front ends (Vite, webpack) send `Connection: close` as
    /// well: let them keep connections open (`headers: { connection: "keep-alive" }`), or open the
    /// login at the app's own port.
    ///
    /// Cookies are signed with a random key of this machine, in
    /// `$XDG_STATE_HOME/axum-streamlit-auth` or `~/.local/state/axum-streamlit-auth`. Where that
    /// folder cannot be written, the key lasts as long as the process. So no published secret signs
    /// a cookie that is accepted.
    ///
    /// # What remains possible
    ///
    /// Any client whose request looks local can sign in as any user. A request does not show that
    ///
    /// - the app listens on an address that other computers reach, and one of them sends a loopback
    ///   `Host` itself; listen on `localhost`, or serve with connect info (rule 4);
    /// - bytes are passed on unchanged, by `ssh -R`, `socat`, a TCP load balancer or a container's
    ///   published port;
    /// - a proxy on this computer sends a loopback `Host` and HTTP/1.1, adds no header and keeps
    ///   connections open. nginx 1.29.7 and later does so with nothing but `proxy_pass`, and
    ///   earlier versions with `proxy_http_version 1.1` and `proxy_set_header Connection ""`. The
    ///   form still refuses the browsers of its visitors by their `Origin`, but not a program.
    ///
    /// Therefore do not build the feature `dev` into what is deployed.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use axum_streamlit_auth::AuthLayer;
    ///
    /// let app: Router = Router::new().route("/", get(|| async { "Hello, World!" })).layer(AuthLayer::dev());
    /// ```
    #[cfg(feature = "dev")]
    #[must_use]
    pub fn dev() -> Self {
        let config = crate::dev::configuration("localhost:8501").expect("this address is fit");
        Self {
            per_host: Some(Arc::new(crate::dev::PerHost::new())),
            ..Self::fixed(config)
        }
    }

    /// Takes over what the files hold now, for all clones of this layer: for example from a signal handler.
    ///
    /// It reads small files and blocks for as long. A layer that was made from text or a value stays as it is.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every fault of the files at once; then everything stays as it was.
    pub fn reload(&self) -> Result<(), ConfigError> {
        self.live.reload()
    }

    /// Makes the development provider misbehave from now on, or behave again: for tests of how an app copes. Without that provider it does
    /// nothing.
    #[cfg(feature = "dev")]
    pub fn break_provider(&self, fault: Option<crate::dev::ProviderFault>) {
        if let Some(development) = &self.live.shared().development {
            development.set_fault(fault);
        }
    }

    /// Host and port of `redirect_uri`, such as `localhost:8501`: what to listen on where no proxy stands in front.
    ///
    /// With an https `redirect_uri`, it is the address of the proxy that ends TLS. The app listens
    /// where that proxy passes requests to, often `127.0.0.1:$PORT`.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.live.authority
    }

    /// Has the app look at each login before it counts: the place to create a user's row, to add claims of your own, or to refuse.
    ///
    /// The hook gets the claims of the validated ID token with `provider` among them, and returns the claims to keep: those that it adds or
    /// changes are kept even if `claims` in the configuration does not list them. An error is a sentence for the user, and the login changes
    /// nothing. The rules of `[auth.allow]` and `claims` of the configuration do not depend on the hook: the rules look at the claims that the
    /// provider sent.
    ///
    /// It has 30 seconds of its own. A slower hook runs to its end, but the login fails with the code `on_sign_in`.
    ///
    /// With the feature `streamlit`, an identity that a Streamlit app wrote is logged in only after the hook has accepted it. The hook runs when
    /// the identity is first asked for; a cookie remembers the answer. A hook may therefore run more than once for the same user: make it
    /// idempotent.
    ///
    /// ```
    /// # fn layer(auth: axum_streamlit_auth::AuthLayer) {
    /// auth.on_sign_in(|mut claims| async move {
    ///     if claims.get("sub").is_none_or(|sub| sub == "mallory") {
    ///         return Err("Your account is closed.".to_owned());
    ///     }
    ///     claims.insert("plan".to_owned(), "free".into());
    ///     Ok(claims)
    /// });
    /// # }
    /// ```
    #[must_use]
    pub fn on_sign_in<F, Fut>(self, hook: F) -> Self
    where
        F: Fn(Map<String, Value>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Map<String, Value>, String>> + Send + 'static,
    {
        self.change(|site| site.on_sign_in = Some(Hook::new(move |claims| Box::pin(hook(claims)))))
    }

    /// Puts another clock in the place of the system's, so that a test can let time pass.
    #[cfg(feature = "dev")]
    #[must_use]
    pub fn with_clock(
        self,
        clock: impl Fn() -> std::time::SystemTime + Send + Sync + 'static,
    ) -> Self {
        self.change(|site| site.config.clock = crate::config::Clock::new(clock))
    }

    #[cfg(feature = "dev")]
    pub(crate) fn site(&self) -> Arc<Site> {
        Arc::clone(&self.live.shared().site)
    }

    #[cfg(feature = "dev")]
    pub(crate) fn has_development_provider(&self) -> bool {
        self.live.shared().development.is_some()
    }

    fn change(mut self, change: impl FnOnce(&mut Site)) -> Self {
        let shared = self.live.shared();
        let mut site = (*shared.site).clone();
        change(&mut site);
        self.live = Arc::new(self.live.with(Shared {
            site: Arc::new(site),
            ..(*shared).clone()
        }));
        self
    }

    /// What answers `request`.
    #[cfg_attr(
        not(feature = "dev"),
        expect(
            unused_variables,
            reason = "only the development provider reads the authority"
        )
    )]
    pub(crate) fn shared<B>(&self, request: &Request<B>) -> Arc<Shared> {
        #[cfg(feature = "dev")]
        if let Some(per_host) = &self.per_host {
            return per_host.shared(request, &self.live.shared());
        }
        self.live.shared()
    }

    fn fixed(config: Config) -> Self {
        Self::new(Live::fixed(Shared::new(config)))
    }

    fn new(live: Live) -> Self {
        #[cfg(feature = "dev")]
        if live.shared().development.is_some() {
            eprintln!(
                "axum-streamlit-auth: DEVELOPMENT SIGN-IN IS ON. Whoever reaches this app can be anybody; keep it on this computer."
            );
        }
        Self {
            live: Arc::new(live),
            #[cfg(feature = "dev")]
            per_host: None,
        }
    }
}

impl fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer")
            .field("config", &self.live.shared().site.config)
            .finish()
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        self.live.watch();
        AuthService::new(inner, self.clone())
    }
}
