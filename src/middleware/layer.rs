//! The layer that adds sign-in to a router, and its constructors.

#[cfg(feature = "dev")]
use std::time::SystemTime;
use std::{fmt, path::Path};

use serde::Serialize;
use serde_json::{Map, Value};
use tower::Layer;

use super::AuthService;
#[cfg(feature = "dev")]
use crate::{clock::Clock, dev::ProviderFault};
use crate::{
    config::{AuthLayerBuilder, ConfigError, Source},
    state::{Handle, SignIn, SignInHook},
};

/// Adds sign-in to a router: the endpoints, the [`User`](crate::User) extractor and the guards.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use axum_streamlit_auth::{AuthLayer, User};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app: Router = Router::new()
///     .route("/", get(|user: User| async move { format!("Hello, {}!", user.name().unwrap_or("you")) }))
///     .layer(AuthLayer::from_secrets()?);
/// # Ok(())
/// # }
/// ```
///
/// Add it by [`Router::layer`](axum::Router::layer) after the routes, because a layer applies only
/// to the routes added before it.
///
/// It serves `/oauth2callback`, `/auth/login`, `/auth/login/<provider>` and `/auth/logout` below
/// the base path of `redirect_uri`, and `/auth/check` if `[auth.headers]` is configured. All other requests go to the router unchanged. No provider is
/// contacted before the first login.
///
/// Cloning is cheap; all clones share the same state.
///
#[doc = include_str!("../docs/presets.md")]
#[derive(Clone)]
pub struct AuthLayer {
    pub(crate) state: Handle,
}

impl AuthLayer {
    /// Reads `~/.streamlit/secrets.toml`, then `.streamlit/secrets.toml` of the working directory,
    /// as Streamlit does. A table of the second file replaces the whole table of the first.
    ///
    /// Changes to the files are picked up within two seconds, without a restart. A change takes
    /// effect after two reads in a row found the same content, so that a file that is still being
    /// written is ignored. If the new files are invalid, the previous configuration stays in effect
    /// and the error is logged. Users stay logged in if the previous `cookie_secret` is moved to
    /// `cookie_secrets_old`.
    ///
    /// Relative paths are resolved here, so a later change of the working directory has no effect.
    ///
    /// Source: Streamlit 1.67, `runtime.secrets.Secrets`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all errors in the files.
    pub fn from_secrets() -> Result<Self, ConfigError> {
        Handle::watch(Source::search()).map(Self::new)
    }

    /// Reads only the secrets.toml at `path`, and reloads it when it changes, as
    /// [`from_secrets`](Self::from_secrets) does.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all errors in the file.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Handle::watch(Source::path(path.as_ref())).map(Self::new)
    }

    /// Parses the content of a secrets.toml, for example from a vault.
    ///
    /// Files that it names, such as `cookie_secret_file`, are followed. A relative path starts at the
    /// working directory.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all errors in the content.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Handle::watch(Source::toml(text)?).map(Self::new)
    }

    /// Reads the configuration from a value with the structure of a secrets.toml, with `auth` at
    /// the top. The value may be your own type, a map or `serde_json::json!`.
    ///
    /// Strings are taken as they are, so `${{NAME}}` is not replaced. Files that the value names are
    /// followed as for [`from_toml`](Self::from_toml).
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all errors in the value.
    pub fn from_value(value: &impl Serialize) -> Result<Self, ConfigError> {
        Handle::watch(Source::value(value)?).map(Self::new)
    }

    /// Starts a configuration in code. Prefer [`from_secrets`](Self::from_secrets) for settings that
    /// differ between deployments.
    ///
    /// ```
    /// use axum_streamlit_auth::{AuthLayer, Provider};
    ///
    /// # fn layer(cookie_secret: String, client_secret: String) -> Result<(), axum_streamlit_auth::ConfigError> {
    /// let auth = AuthLayer::builder()
    ///     .redirect_uri("https://app.example.com/oauth2callback")
    ///     .cookie_secret(cookie_secret)
    ///     .provider(Provider::google("my-client-id", client_secret))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> AuthLayerBuilder {
        AuthLayerBuilder::new()
    }

    /// Uses the development provider, without any configuration, at every loopback address of the
    /// app.
    ///
    /// The provider asks for no password, so it serves only this computer. A line on standard error
    /// says that it is on.
    ///
    /// # Rejected requests
    ///
    /// The provider serves a request, and an identity is accepted, only if all of these are true:
    ///
    /// 1. `Host`, or else the authority of the URI (`:authority` in HTTP/2), is loopback. A request
    ///    without either is refused.
    /// 2. The request uses HTTP/1.1 or later. nginx before 1.29.7 sends HTTP/1.0 to an app unless
    ///    it is configured otherwise.
    /// 3. It has no header that a common proxy, load balancer, tunnel or hosting platform adds,
    ///    such as `Forwarded`, `Via`, `X-Forwarded-For`, `X-Real-IP`, `CF-Connecting-IP` or
    ///    `X-Amzn-Trace-Id`.
    /// 4. Its connection comes from a loopback address, if the app serves with
    ///    `into_make_service_with_connect_info::<SocketAddr>()`.
    ///
    /// The provider itself also rejects `Connection: close`, which nginx before 1.29.7 sends with
    /// `proxy_http_version 1.1`, and its form rejects an `Origin` or `Sec-Fetch-Site` of another
    /// site. The development servers of front ends (Vite, webpack) send `Connection: close` as
    /// well: let them keep connections open (`headers: { connection: "keep-alive" }`), or open the
    /// login at the app's own port.
    ///
    /// Cookies are signed with a random key of this machine, so that a published secret cannot sign
    /// a valid cookie. The key is stored in `$XDG_STATE_HOME/axum-streamlit-auth` or
    /// `~/.local/state/axum-streamlit-auth`. If that folder cannot be written, the key lasts as
    /// long as the process.
    ///
    /// # Remaining risks
    ///
    /// Any client with a request that looks local can sign in as any user. A request does not show
    /// these cases:
    ///
    /// - The app listens on an address that other computers reach, and one of them sends a loopback
    ///   `Host`. Listen on `localhost`, or serve with connect info (rule 4).
    /// - Bytes are forwarded unchanged, by `ssh -R`, `socat`, a TCP load balancer or a published
    ///   port of a container.
    /// - A proxy on this computer sends a loopback `Host` and HTTP/1.1, adds no header and keeps
    ///   connections open. nginx 1.29.7 and later does so with only `proxy_pass`, and earlier
    ///   versions with `proxy_http_version 1.1` and `proxy_set_header Connection ""`. The form
    ///   still rejects browsers behind the proxy by their `Origin`, but not programs.
    ///
    /// Therefore do not enable the feature `dev` in deployed builds.
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
        Self::new(Handle::per_host())
    }

    /// Reloads the configuration immediately for all clones of this layer, for example from a
    /// signal handler.
    ///
    /// Blocks while it reads the files. Has no effect on a layer that was not created from files.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all errors in the files. The previous configuration stays in effect.
    pub fn reload(&self) -> Result<(), ConfigError> {
        self.state.reload()
    }

    /// Injects a fault into the development provider, to test an app with a failing provider.
    ///
    /// Has no effect on other providers.
    #[cfg(feature = "dev")]
    pub fn inject_fault(&self, fault: ProviderFault) {
        self.state.current().settings.hooks.fault.set(Some(fault));
    }

    /// Removes the fault that [`inject_fault`](Self::inject_fault) set.
    #[cfg(feature = "dev")]
    pub fn clear_fault(&self) {
        self.state.current().settings.hooks.fault.set(None);
    }

    /// Returns the host and port to listen on.
    ///
    /// - With an http `redirect_uri`, which is always on loopback, these are its own host and port,
    ///   such as `localhost:8501`.
    /// - With https, a proxy ends TLS at `redirect_uri`, and the app listens behind it at
    ///   `127.0.0.1:<port>`. The port is `$STREAMLIT_SERVER_PORT`, `$PORT` or 8501, as for `{port}`
    ///   in `redirect_uri`.
    ///
    /// A reload does not change the address. An app that ends TLS itself, or that a proxy on
    /// another machine reaches, has to choose its own address.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use axum::Router;
    /// use axum_streamlit_auth::AuthLayer;
    ///
    /// let auth = AuthLayer::from_secrets()?;
    /// let listener = tokio::net::TcpListener::bind(auth.listen_address()).await?;
    /// axum::serve(listener, Router::new().layer(auth)).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn listen_address(&self) -> &str {
        self.state.listen_address()
    }

    /// Sets a hook that runs at each login, before the user is logged in. It can create a database
    /// row for the user, add claims, or reject the login.
    ///
    /// The hook receives the claims of the validated ID token, including `provider`, and returns
    /// the claims to store. Claims that it adds or changes are stored even if `claims` in the
    /// configuration does not list them. An error is a sentence that the user sees; the login then
    /// changes nothing. The rules in `[auth.allow]` apply to the claims from the provider, not to
    /// those from the hook.
    ///
    /// The hook has 30 seconds. A slower hook runs to its end, but the login fails with the code
    /// `on_sign_in`.
    ///
    /// With the feature `streamlit-cookies`, an identity from a Streamlit app is logged in only
    /// after the hook has accepted it. The hook runs when the identity is first used, and a cookie
    /// stores the result. A hook may therefore run more than once for the same user: make it
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
        self.on_sign_in_with(move |sign_in| hook(sign_in.claims))
    }

    /// As [`on_sign_in`](Self::on_sign_in), for a hook that also needs the access token, for
    /// example to ask the provider's API for teams or groups.
    ///
    /// A layer has one hook: the last call of either method sets it. The token is not kept unless
    /// the hook stores it itself.
    ///
    /// ```
    /// # async fn teams(token: &str) -> Result<Vec<String>, std::io::Error> { Ok(Vec::new()) }
    /// # fn layer(auth: axum_streamlit_auth::AuthLayer) {
    /// auth.on_sign_in_with(|mut sign_in| async move {
    ///     let token = sign_in.access_token().ok_or("The provider sent no access token.")?;
    ///     let teams = teams(token).await.map_err(|_| "Your teams are not known at the moment.")?;
    ///     sign_in.claims.insert("teams".to_owned(), teams.into());
    ///     Ok(sign_in.claims)
    /// });
    /// # }
    /// ```
    #[must_use]
    pub fn on_sign_in_with<F, Fut>(self, hook: F) -> Self
    where
        F: Fn(SignIn) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Map<String, Value>, String>> + Send + 'static,
    {
        let hook = SignInHook::new(move |sign_in| Box::pin(hook(sign_in)));
        Self {
            state: self.state.with_hooks(|hooks| hooks.on_sign_in = Some(hook)),
        }
    }

    /// Overrides the system clock. Useful for testing expiry.
    #[cfg(feature = "dev")]
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        let clock = Clock::new(clock);
        Self {
            state: self.state.with_hooks(|hooks| hooks.clock = clock),
        }
    }

    pub(super) fn new(state: Handle) -> Self {
        #[cfg(feature = "dev")]
        if state.current().dev.is_some() {
            eprintln!(
                "axum-streamlit-auth: DEVELOPMENT SIGN-IN IS ON. Anyone who reaches this app can sign in as any user; keep it on this computer."
            );
        }
        Self { state }
    }
}

impl AuthLayerBuilder {
    /// Creates the layer.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all errors in the configuration. Each names the method to change, such
    /// as `AuthLayerBuilder::cookie_secret`.
    pub fn build(self) -> Result<AuthLayer, ConfigError> {
        Handle::watch(self.source()).map(AuthLayer::new)
    }
}

impl fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer")
            .field("config", &self.state.current().settings.config)
            .finish()
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        self.state.start_watching();
        if let Some(sessions) = &self.state.current().sessions {
            sessions.ping_once();
        }
        AuthService::new(inner, self.state.clone())
    }
}
