//! The layer that adds sign-in to a router, and its constructors.

use std::{fmt, path::Path};

use serde::Serialize;
use tower::Layer;

use super::AuthService;
use crate::{
    config::{AuthLayerBuilder, ConfigError, Source},
    state::Handle,
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
/// Add it with [`Router::layer`](axum::Router::layer) after the routes, because a layer applies
/// only to the routes added before it.
///
/// It serves `/oauth2callback`, `/auth/login`, `/auth/login/<provider>` and `/auth/logout` below
/// the base path of `redirect_uri`, and `/auth/check` if `[auth.headers]` is configured. All other
/// requests go to the router unchanged. No provider is contacted before the first login.
///
/// Cloning is cheap; all clones share the same state.
///
#[doc = include_str!("../docs/presets.md")]
#[derive(Clone)]
pub struct AuthLayer {
    pub(crate) state: Handle,
}

impl AuthLayer {
    /// Reads `~/.streamlit/secrets.toml`, then `.streamlit/secrets.toml` in the working directory,
    /// as Streamlit does. A table in the second file replaces the whole table of the first.
    ///
    /// Changes to the files are picked up within two seconds, without a restart. A change takes
    /// effect once two reads in a row have found the same content, so that a file that is still
    /// being written is ignored. If the new files are invalid, the previous configuration stays in
    /// effect and the error is logged. Users stay logged in if the previous `cookie_secret` is
    /// moved to `cookie_secrets_old`.
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
    /// Files that it names, such as `cookie_secret_file`, are read again when they change. A
    /// relative path is resolved against the working directory.
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
    /// Strings are taken as they are, so `${{NAME}}` is not replaced. Files that the value names
    /// are read again when they change, as for [`from_toml`](Self::from_toml).
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all errors in the value.
    pub fn from_value(value: &impl Serialize) -> Result<Self, ConfigError> {
        Handle::watch(Source::value(value)?).map(Self::new)
    }

    /// Starts a configuration in code. Prefer [`from_secrets`](Self::from_secrets) for settings
    /// that differ between deployments.
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

    /// Returns the host and port to listen on.
    ///
    /// - With an http `redirect_uri`, which is always on loopback, these are its own host and port,
    ///   such as `localhost:8501`.
    /// - With https, a proxy terminates TLS at `redirect_uri`, and the app listens behind it at
    ///   `127.0.0.1:<port>`. The port is `$STREAMLIT_SERVER_PORT`, `$PORT` or 8501, as for `{port}`
    ///   in `redirect_uri`.
    ///
    /// A reload does not change the address. An app that terminates TLS itself, or that a proxy on
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
        self.state.start();
        AuthService::new(inner, self.state.clone())
    }
}
