//! A configuration in code. The methods fill the same table as the parser of secrets.toml, so that
//! one reader checks both.

use std::{
    fmt,
    path::Path,
    time::{Duration, SystemTime},
};

use serde_json::Value;

use self::draft::{Draft, pairs, path_text, strings};
pub(crate) use self::phrase::in_code;
pub use self::{credential::ClientCredential, provider::Provider};

mod assemble;
mod credential;
mod draft;
mod known;
mod phrase;
mod provider;
#[cfg(test)]
mod tests;
mod time;

/// Builds an [`AuthLayer`](crate::AuthLayer) in code, instead of from a file.
///
/// It supports every setting of `secrets.toml`, with the same checks. Prefer the file for settings
/// that differ between deployments: it is reloaded when it changes, and Streamlit reads it too.
///
/// ```
/// use axum_streamlit_auth::{AuthLayer, Provider};
///
/// # fn layer(cookie_secret: String, client_secret: String) -> Result<(), axum_streamlit_auth::ConfigError> {
/// let auth = AuthLayer::builder()
///     .redirect_uri("https://app.example.com/oauth2callback")
///     .cookie_secret(cookie_secret)
///     .allow_domains(["example.com"])
///     .provider(Provider::google("my-client-id", client_secret))
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// Do not write secrets into the source code. Take them from the environment, a file or a vault.
/// Values are used as they are: `${{NAME}}` is not replaced by an environment variable. Only
/// [`redirect_uri`](Self::redirect_uri) has a placeholder, `{port}`.
///
/// Hooks, such as [`on_sign_in`](crate::AuthLayer::on_sign_in), are methods of the layer that
/// [`build`](Self::build) returns.
///
/// Calling a method again replaces the value, except for the methods that add something:
/// `provider`, and those that take the name of a claim or parameter.
///
/// # Methods and keys
///
/// | method | key of `[auth]` |
/// | --- | --- |
/// | [`provider`](Self::provider) | a table `[auth.<name>]`, or the provider in `[auth]` itself; see [`Provider`] |
/// | [`expose_id_token`](Self::expose_id_token), [`expose_access_token`](Self::expose_access_token) | `expose_tokens` |
/// | [`allow_domains`](Self::allow_domains), [`allow_emails`](Self::allow_emails), [`allow_claim`](Self::allow_claim) | `allow.domains`, `allow.emails`, `allow.claims` |
/// | [`logout_param`](Self::logout_param) | `logout_params` |
/// | `streamlit_cookies`, `streamlit_cookies_tornado` | `streamlit_cookies` |
/// | `accept_streamlit_logins` | `streamlit_logins` |
///
/// Every other method has the name of its key.
#[derive(Clone)]
#[must_use = "a builder has no effect until it is built"]
pub struct AuthLayerBuilder {
    draft: Draft,
    providers: Vec<Provider>,
}

impl AuthLayerBuilder {
    pub(crate) fn new() -> Self {
        Self {
            draft: Draft::new("AuthLayerBuilder"),
            providers: Vec::new(),
        }
    }

    /// Adds a provider. Users can choose between several providers.
    pub fn provider(mut self, provider: Provider) -> Self {
        self.providers.push(provider);
        self
    }

    /// Sets the URI to which the providers send users back: the address of the app, as browsers see
    /// it, and `/oauth2callback`.
    ///
    /// `{port}` is replaced by `$STREAMLIT_SERVER_PORT`, else `$PORT`, else 8501. The URI is
    /// required unless a provider comes from a constructor other than [`Provider::discover`]. In
    /// that case, the default is `http://localhost:{port}/oauth2callback`.
    pub fn redirect_uri(self, redirect_uri: impl Into<String>) -> Self {
        self.set("redirect_uri", redirect_uri.into())
    }

    /// Sets the secret that signs the cookies: 32 random bytes or more, as from
    /// `openssl rand -hex 32`. Required. A placeholder or a pattern is an error.
    pub fn cookie_secret(self, secret: impl Into<String>) -> Self {
        self.set("cookie_secret", secret.into())
    }

    /// Sets earlier secrets. They are accepted but never used to sign.
    pub fn cookie_secrets_old(self, secrets: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set("cookie_secrets_old", strings(secrets))
    }

    /// Sets a file with the secret, as Docker and Kubernetes mount it, instead of
    /// [`cookie_secret`](Self::cookie_secret). It is read again when it changes. A relative path
    /// starts at the working directory.
    pub fn cookie_secret_file(self, path: impl AsRef<Path>) -> Self {
        self.set("cookie_secret_file", path_text(path))
    }

    /// Sets the lifetime of an identity, one minute to 400 days. Fractions of a minute are dropped.
    /// The default is 30 days.
    pub fn cookie_lifetime(self, lifetime: Duration) -> Self {
        let minutes = lifetime.as_secs() / 60;
        self.set("cookie_lifetime", format!("{minutes}m"))
    }

    /// Ends every login that was made before this time. The time must not be in the future.
    pub fn revoked_before(self, time: SystemTime) -> Self {
        self.set("revoked_before", time::rfc3339(time))
    }

    /// Sets the maximum total size of this crate's cookies in a browser's `Cookie` header, 4096 to
    /// 65536 bytes. The default is 12288.
    pub fn cookie_budget(self, bytes: usize) -> Self {
        // JSON numbers beyond this range would be read as floats.
        self.set("cookie_budget", i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    /// Stores the ID token of a login, so that [`User::tokens`](crate::User::tokens) returns it.
    pub fn expose_id_token(self) -> Self {
        self.push("expose_id_token", "expose_tokens", "id")
    }

    /// Stores the access token of a login, so that [`User::tokens`](crate::User::tokens) returns
    /// it.
    pub fn expose_access_token(self) -> Self {
        self.push("expose_access_token", "expose_tokens", "access")
    }

    /// Sets the claims to store in addition to `iss` and `sub`, if an identity is too large for
    /// cookies. By default, all claims are stored.
    pub fn claims(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set("claims", strings(names))
    }

    /// Sets the name of the app on the pages. The default is the host of `redirect_uri`.
    pub fn app_name(self, name: impl Into<String>) -> Self {
        self.set("app_name", name.into())
    }

    /// Sets the path of your own login page, for users who have to select one of several
    /// providers. By default, a page of this crate is shown.
    pub fn login_page(self, path: impl Into<String>) -> Self {
        self.set("login_page", path.into())
    }

    /// Sets the parameters that a link to `/auth/login` may set: `login_hint`, `ui_locales`. By
    /// default, a link sets none.
    pub fn login_params(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set("login_params", strings(names))
    }

    /// If true, a logout ends on a page that confirms it. By default, it ends on the home page.
    pub fn signed_out_page(self, signed_out_page: bool) -> Self {
        self.set("signed_out_page", signed_out_page)
    }

    /// Writes identities that Streamlit 1.57 and later can read.
    #[cfg(feature = "streamlit-cookies")]
    pub fn streamlit_cookies(self) -> Self {
        self.set("streamlit_cookies", "current")
    }

    /// Writes identities that Streamlit 1.42 to 1.56 can read.
    #[cfg(feature = "streamlit-cookies")]
    pub fn streamlit_cookies_tornado(self) -> Self {
        let method = "streamlit_cookies_tornado";
        self.set_at(method, &["streamlit_cookies"], "tornado")
    }

    /// Admits users with a verified email address of these domains. For Google, the claim `hd` has
    /// to name one of them as well.
    ///
    /// Together with [`allow_emails`](Self::allow_emails), an address has to match one of the two.
    pub fn allow_domains(self, domains: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set_at("allow_domains", &["allow", "domains"], strings(domains))
    }

    /// Admits users with these verified email addresses.
    pub fn allow_emails(self, emails: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set_at("allow_emails", &["allow", "emails"], strings(emails))
    }

    /// Admits only users with this claim. `values` is the accepted value, or an array of them.
    ///
    /// If several claims are required, a user needs all of them. A dotted name reaches a nested
    /// claim.
    ///
    /// ```
    /// # let builder = axum_streamlit_auth::AuthLayer::builder();
    /// builder
    ///     .allow_claim("tid", "72f988bf-86f1-41af-91ab-2d7cd011db47")
    ///     .allow_claim("realm_access.roles", ["admin", "staff"]);
    /// ```
    pub fn allow_claim(self, name: &str, values: impl Into<Value>) -> Self {
        self.set_at("allow_claim", &["allow", "claims", name], values)
    }

    /// Adds a parameter to the logout at every provider, or replaces one. An empty value removes it.
    ///
    /// `{name}` in the value is replaced by the user's claim of this name. See
    /// [the configuration](crate::guide::configuration#parameters-of-the-logout).
    pub fn logout_param(self, name: &str, value: impl Into<Value>) -> Self {
        self.set_at("logout_param", &["logout_params", name], value)
    }

    /// Turns on [forward authentication](crate::guide::forward_auth) for a proxy. The responses to
    /// the proxy have these headers. Each is a pair of a header name and a claim name.
    pub fn headers(
        self,
        headers: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        self.set("headers", pairs(headers))
    }

    /// Sets the store of session records (see [the guide](crate::guide::sessions)): `redis://…` or
    /// `rediss://…` with the feature `redis`, `sqlite:<path>` with the feature `sqlite`, or
    /// `memory` for development. Without a store, the cookie is the session.
    pub fn session_store(self, store: impl Into<String>) -> Self {
        self.set("session_store", store.into())
    }

    /// Sets the time without a request after which a session ends, one minute to 400 days.
    /// Fractions of a second are dropped. Needs a [`session_store`](Self::session_store).
    pub fn session_idle(self, idle: Duration) -> Self {
        self.set("session_idle", format!("{}s", idle.as_secs()))
    }

    /// Accepts logins of a Streamlit app although their sessions have no record, so they cannot be
    /// ended. Needs the feature `streamlit-cookies` and a [`session_store`](Self::session_store).
    #[cfg(feature = "streamlit-cookies")]
    pub fn accept_streamlit_logins(self) -> Self {
        let method = "accept_streamlit_logins";
        self.set_at(method, &["streamlit_logins"], "accept")
    }

    /// If true, access tokens are kept and refreshed. See
    /// [`User::access_token`](crate::User::access_token). Needs a
    /// [`session_store`](Self::session_store).
    pub fn refresh(self, refresh: bool) -> Self {
        self.set("refresh", refresh)
    }

    /// Sets the identifier of the app for programs with access tokens: the https URL that they
    /// connect to. The default is the address of the app. Needs a provider with
    /// [`bearer_audience`](Provider::bearer_audience).
    pub fn resource(self, url: impl Into<String>) -> Self {
        self.set("resource", url.into())
    }

    fn set(self, method: &str, value: impl Into<Value>) -> Self {
        self.set_at(method, &[method], value)
    }

    fn set_at(mut self, method: &str, path: &[&str], value: impl Into<Value>) -> Self {
        self.draft.set_at(method, path, value);
        self
    }

    fn push(mut self, method: &str, key: &str, value: &str) -> Self {
        self.draft.push(method, key, value);
        self
    }
}

/// Prints the keys. The values are left out, because some are secrets.
impl fmt::Debug for AuthLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayerBuilder")
            .field("keys", &self.draft)
            .field("providers", &self.providers)
            .finish_non_exhaustive()
    }
}
