//! The [`User`] extractor, the counterpart of `st.user`.

use std::{
    fmt,
    ops::Index,
    sync::{Arc, LazyLock},
    time::SystemTime,
};

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::UserRejection;
use crate::{
    identity::{Identity, Tokens},
    refresh::{self, AccessToken, AccessTokenError},
    request::{RequestContext, TokenRejection},
};

/// The user of a request, the counterpart of Streamlit's `st.user`.
///
/// Extraction does not need a login: without a valid identity cookie, it yields a `User` who is not
/// logged in. A `User` is a dictionary of claims. `user["email"]` is the JSON value, and
/// `user.get_str("email")` the string. A bearer token that is not accepted is rejected; see
/// [bearer tokens](crate::guide::bearer).
///
/// ```
/// use axum_streamlit_auth::User;
///
/// async fn home(user: User) -> String {
///     if !user.is_logged_in() {
///         return "Who are you?".to_owned();
///     }
///     format!("Welcome, {}! Verified: {}", user.name().unwrap_or("you"), user["email_verified"])
/// }
/// ```
///
/// An e-mail address can be reassigned to another user. To store data for a user, use `iss` and
/// `sub` together as the key (OpenID Connect Core 1.0, section 5.7).
///
/// If the browser sent an identity, valid or not, a response made with a `User` gets
/// `Cache-Control: no-store`, unless the handler sets `Cache-Control`. Otherwise the back button
/// would show the page after the logout. `Vary` lists the headers that the user depends on.
///
/// Cloning is cheap. `Debug` shows the names of the claims but not their values.
///
/// Source: Streamlit 1.67, `user_info.UserInfoProxy`.
#[doc(alias = "st.user")]
#[doc(alias = "experimental_user")]
#[derive(Clone, Default)]
pub struct User {
    identity: Option<Arc<Identity>>,
}

impl User {
    /// Returns true if the user is logged in. Unlike in Streamlit, this never fails.
    #[doc(alias = "st.user.is_logged_in")]
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        self.identity.is_some()
    }

    /// Returns a claim if it is a string.
    #[must_use]
    pub fn get_str(&self, claim: &str) -> Option<&str> {
        self.identity.as_deref()?.get_str(claim)
    }

    /// Returns the claim `name`, the full name of the user.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.get_str("name")
    }

    /// Returns the claim `email`.
    ///
    /// Not every provider verifies addresses. See the claim `email_verified`.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.get_str("email")
    }

    /// Returns the claim `sub`, the identifier of the user at the provider. It is unique only
    /// together with the claim `iss`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.get_str("sub")
    }

    /// Returns the value of a claim.
    #[must_use]
    pub fn get(&self, claim: &str) -> Option<&Value> {
        self.map().get(claim)
    }

    /// Returns true if the claim is present, even if its value is null.
    #[must_use]
    pub fn contains_key(&self, claim: &str) -> bool {
        self.map().contains_key(claim)
    }

    /// Returns the names: `is_logged_in`, the claims in the order of the ID token, `provider`.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.map().keys().map(String::as_str)
    }

    /// Returns the names and values, in the order of [`keys`](Self::keys).
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.map()
            .iter()
            .map(|(claim, value)| (claim.as_str(), value))
    }

    /// Returns the number of keys. It is at least 1, because `is_logged_in` is always present.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.map().len()
    }

    /// Returns a copy of the dictionary.
    #[doc(alias = "st.user.to_dict")]
    #[must_use]
    pub fn to_dict(&self) -> Map<String, Value> {
        self.map().clone()
    }

    /// Deserializes the claims into your own type. [`Claims`](crate::Claims) does so as an
    /// extractor.
    ///
    /// # Errors
    ///
    /// If the claims do not match the type.
    pub fn claims<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        T::deserialize(self.map())
    }

    /// Returns the name of the provider that the user logged in with. The provider in `[auth]`
    /// itself is `default`.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.identity.as_deref().map(Identity::provider)
    }

    /// Returns the tokens that `expose_tokens` in secrets.toml exposes to the app. There are none
    /// by default.
    #[doc(alias = "st.user.tokens")]
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        static NO_TOKENS: LazyLock<Tokens> = LazyLock::new(Tokens::default);
        self.identity
            .as_ref()
            .map_or(&NO_TOKENS, |identity| &identity.tokens)
    }

    /// Returns a valid access token, for requests to the provider's API or to another service on
    /// behalf of the user.
    ///
    /// With `refresh = true` in the configuration, the token is valid for at least 30 seconds, or
    /// for half of its lifetime if the provider issues it for less than a minute. Otherwise it is
    /// refreshed first. Concurrent calls share one refresh, even across several replicas. A call
    /// asks the session store once. If the provider does not answer, the current token is returned
    /// until it expires.
    ///
    /// Without `refresh`, it is the token of the login that `expose_tokens` exposes. It may have
    /// expired.
    ///
    /// See [the guide](crate::guide::sessions#fresh-tokens).
    ///
    /// # Errors
    ///
    /// [`AccessTokenError`] with the reason.
    pub async fn access_token(&self) -> Result<AccessToken, AccessTokenError> {
        refresh::access_token(self.identity.as_ref()).await
    }

    /// Returns true if the request has a bearer token instead of an identity cookie. The claims are
    /// those of the access token.
    #[must_use]
    pub fn is_bearer(&self) -> bool {
        self.identity
            .as_deref()
            .is_some_and(|identity| identity.is_bearer)
    }

    /// Returns the time at which the identity cookie or the bearer token expires. `None` if the
    /// user is not logged in. The expiry of the ID token is a claim: `user["exp"]`.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.identity.as_ref().map(|identity| identity.expires_at())
    }

    /// Returns the [id](crate::Session::id) of the session. `None` if the user is not logged in, or
    /// without `session_store`.
    #[must_use]
    pub fn session_id(&self) -> Option<String> {
        let session = self.identity.as_ref()?.active_session()?;
        Some(session.id.encode())
    }

    /// Returns a future that resolves when the session ends or expires, for WebSockets and other
    /// long responses.
    ///
    /// With `session_store`, it resolves within five seconds after the session is ended by a
    /// logout, the provider, the app or `session_idle`. While the store does not answer, it waits.
    /// Waiting does not extend the session. Without a store, it resolves when the identity expires.
    /// If the user is not logged in, it resolves immediately.
    ///
    /// ```
    /// # use axum_streamlit_auth::User;
    /// # async fn echo(user: User, messages: impl Future<Output = ()>) {
    /// tokio::select! {
    ///     () = user.ended() => {}
    ///     () = messages => {}
    /// }
    /// # }
    /// ```
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let identity = self.identity.clone();
        async move {
            if let Some(identity) = identity {
                identity.ended().await;
            }
        }
    }

    /// Returns the user of a request. Any pending admission must have completed.
    ///
    /// # Errors
    ///
    /// The bearer token of the request is not accepted.
    pub(crate) fn of(context: &RequestContext) -> Result<Self, TokenRejection> {
        let identity = context.identity();
        match TokenRejection::new(context) {
            Some(rejection) => Err(rejection),
            None => Ok(Self::new(identity)),
        }
    }

    /// Returns the scopes of an access token: the values of the claim `scope` or `scp`.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        let claims = ["scope", "scp"].into_iter();
        let claims = claims.filter_map(|claim| self.get(claim));
        let texts = claims.flat_map(|value| match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        });
        texts
            .filter_map(Value::as_str)
            .flat_map(str::split_ascii_whitespace)
    }

    fn new(identity: Option<&Arc<Identity>>) -> Self {
        Self {
            identity: identity.cloned(),
        }
    }

    pub(crate) fn map(&self) -> &Map<String, Value> {
        static LOGGED_OUT: LazyLock<Map<String, Value>> =
            LazyLock::new(|| Map::from_iter([("is_logged_in".to_owned(), Value::Bool(false))]));
        self.identity
            .as_ref()
            .map_or(&LOGGED_OUT, |identity| identity.claims())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = UserRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UserRejection> {
        let context = parts
            .extensions
            .get::<Arc<RequestContext>>()
            .ok_or(UserRejection::MISSING_LAYER)?;
        context.complete_admission().await;
        Ok(Self::of(context)?)
    }
}

/// Returns the value of a claim, or [`Value::Null`] if it is missing.
impl Index<&str> for User {
    type Output = Value;

    fn index(&self, claim: &str) -> &Value {
        self.get(claim).unwrap_or(&Value::Null)
    }
}

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.map().serialize(serializer)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("is_logged_in", &self.is_logged_in())
            .field("provider", &self.provider())
            .field("claims", &self.keys().collect::<Vec<_>>())
            .finish()
    }
}
