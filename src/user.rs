//! Who is here: `st.user` as an extractor.

use std::{
    fmt,
    ops::Index,
    pin::Pin,
    sync::{Arc, LazyLock},
    time::SystemTime,
};

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    identity::{self, Identity, Refused, Tokens},
    site::Visit,
};

/// The visitor of this request: Streamlit's `st.user`.
///
/// Extracting it never fails for want of a login: a visitor without a valid identity cookie is a `User` who is not logged in. A dictionary
/// of claims: `user["email"]` is the JSON value, `user.text("email")` its text.
///
/// ```
/// use axum_streamlit_auth::User;
///
/// async fn home(user: User) -> String {
///     if !user.is_logged_in() {
///         return "Who are you?".to_owned();
///     }
///     format!("Welcome, {}! Verified: {}", user.text("name"), user["email_verified"])
/// }
/// ```
///
/// An e-mail address can change hands: where you store something for a person, use `iss` and `sub` together as the key (OpenID Connect
/// Core 1.0, section 5.7).
///
/// A response that was made with a `User` gets `Cache-Control: no-store` if the browser sent an identity, valid or not, unless the handler
/// set a `Cache-Control` of its own: otherwise the back button shows the page after the logout. `Vary` lists the headers that decided.
///
/// Cloning is cheap. `Debug` shows the names of the claims and no value.
#[derive(Clone, Default)]
pub struct User {
    identity: Option<Arc<Identity>>,
}

/// The rejection of every extractor of this crate when the request did not pass an [`AuthLayer`](crate::AuthLayer).
#[derive(Debug)]
pub struct AuthLayerMissing;

/// Asks the hook about the identity of a request, and stores the user in the [`Visit`].
pub(crate) type Admission = Pin<Box<dyn Future<Output = ()> + Send>>;

impl User {
    /// Whether somebody is logged in. Unlike in Streamlit it can always be asked.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        self.identity.is_some()
    }

    /// The text of a claim; empty if the claim is absent or no text.
    #[must_use]
    pub fn text(&self, claim: &str) -> &str {
        self.identity
            .as_ref()
            .map_or("", |identity| identity.text(claim))
    }

    /// The value of a claim.
    #[must_use]
    pub fn get(&self, claim: &str) -> Option<&Value> {
        self.map().get(claim)
    }

    /// Whether there is such a claim, be it null.
    #[must_use]
    pub fn contains_key(&self, claim: &str) -> bool {
        self.map().contains_key(claim)
    }

    /// The names: `is_logged_in`, the claims in the ID token's order, `provider`.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.map().keys().map(String::as_str)
    }

    /// The names and values, in the order of [`keys`](Self::keys).
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.map()
            .iter()
            .map(|(claim, value)| (claim.as_str(), value))
    }

    /// How many keys there are; 1 for a visitor who is not logged in, since `is_logged_in` is always there.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.map().len()
    }

    /// A copy of the whole dictionary.
    #[must_use]
    pub fn to_dict(&self) -> Map<String, Value> {
        self.map().clone()
    }

    /// The claims as a type of your own.
    ///
    /// # Errors
    ///
    /// If the claims do not fit the type.
    pub fn claims<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        T::deserialize(self.map())
    }

    /// The name of the provider that vouches for this user; `default` for the one in `[auth]` itself.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.identity.as_deref().map(Identity::provider)
    }

    /// The tokens that `expose_tokens` in secrets.toml shows to the app; none by default.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        static NONE: LazyLock<Tokens> = LazyLock::new(Tokens::default);
        self.identity
            .as_ref()
            .map_or(&NONE, |identity| &identity.tokens)
    }

    /// When the identity cookie expires. The ID token's own `exp` is a claim: `user["exp"]`.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.identity.as_ref().map(|identity| identity.expires_at())
    }

    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_deref()
    }

    /// The user of a request, found at most once. Not logged in while the hook has not accepted the identity: see [`User::find`].
    pub(crate) fn of(visit: &Visit) -> &Self {
        static NOBODY: LazyLock<User> = LazyLock::new(User::default);
        if visit.user.get().is_none() {
            let _ = Self::decide(visit);
        }
        visit.user.get().unwrap_or(&NOBODY)
    }

    /// Finds the user of a request. `None` if that is done; else the future that asks the hook first.
    pub(crate) fn find(visit: &Arc<Visit>) -> Option<Admission> {
        if visit.user.get().is_some() {
            return None;
        }
        let pending = Self::decide(visit).err()?;
        let visit = Arc::clone(visit);
        Some(Box::pin(async move {
            let accepted = pending.accept(&visit.site).await;
            visit
                .user
                .get_or_init(|| Self::from_outcome(accepted.map_err(Some)));
        }))
    }

    /// As [`of`](Self::of), after the hook has been asked where that is due.
    pub(crate) async fn admitted(visit: &Arc<Visit>) -> &Self {
        if let Some(admission) = Self::find(visit) {
            admission.await;
        }
        Self::of(visit)
    }

    /// Decides who the user is, unless the hook has to be asked about this identity first.
    fn decide(visit: &Visit) -> Result<(), Box<Identity>> {
        let outcome = if visit.own_origin {
            identity::admit(&visit.site, &visit.cookies, visit.site.config.now())
        } else {
            tracing::debug!(target: crate::LOG, reason = "other_origin", "identity not accepted");
            Err(None)
        };
        if let Err(Some(Refused::HookPending(identity))) = outcome {
            return Err(identity);
        }
        visit.user.get_or_init(|| Self::from_outcome(outcome));
        Ok(())
    }

    fn from_outcome(outcome: Result<Identity, Option<Refused>>) -> Self {
        if let Err(Some(refused)) = &outcome {
            refused.log();
        }
        Self {
            identity: outcome.ok().map(Arc::new),
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
    type Rejection = AuthLayerMissing;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthLayerMissing> {
        let visit = parts
            .extensions
            .get::<Arc<Visit>>()
            .ok_or(AuthLayerMissing)?;
        Ok(Self::admitted(visit).await.clone())
    }
}

/// `user["email"]`; [`Value::Null`] if there is no such claim.
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

impl IntoResponse for AuthLayerMissing {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

impl fmt::Display for AuthLayerMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("This request did not pass an `AuthLayer`. Is `AuthLayer` enabled, and added after the routes?")
    }
}

impl std::error::Error for AuthLayerMissing {}
