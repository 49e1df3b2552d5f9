//! The functions that an app sets on its layer: the sign-in hook, and a clock for tests.

#[cfg(feature = "dev")]
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::AuthLayer;
#[cfg(feature = "dev")]
use crate::clock::Clock;
use crate::state::{SignIn, SignInHook};

impl AuthLayer {
    /// Sets a hook that runs at each login, before the user is logged in. It can create a database
    /// row for the user, add claims, or reject the login.
    ///
    /// The hook receives the claims of the validated ID token, including `provider`, and returns
    /// the claims to store. Claims that it adds or changes are stored even if `claims` in the
    /// configuration does not list them. An error is a sentence that the user sees; the login then
    /// changes nothing. The rules in `[auth.allow]` apply to the claims from the provider, not to
    /// those from the hook.
    ///
    /// The hook has 30 seconds. A slower hook runs to completion, but the login fails with the code
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

    /// Like [`on_sign_in`](Self::on_sign_in), for a hook that also needs the access token, for
    /// example to ask the provider's API for teams or groups.
    ///
    /// A layer has one hook: the last call to either method sets it. The token is not kept unless
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
}
