//! A logged-in user, for an app's own tests.

use axum::http::HeaderValue;
use serde_json::{Map, Value, json};

use crate::{
    config::issuer_of,
    cookie::Cookies,
    identity::{self, RetainedClaims},
    middleware::AuthLayer,
    sessions::{NewSession, SessionFacts, SessionId},
    state::test_token_cookie,
};

/// A logged-in user for tests, without a network or a provider.
///
/// ```
/// use axum::{Router, body::Body, http::{Request, StatusCode, header::COOKIE}, routing::get};
/// use axum_streamlit_auth::{AuthLayer, TestUser, require_login};
/// use tower::ServiceExt;
///
/// # #[tokio::main]
/// # async fn main() {
/// let auth = AuthLayer::dev();
/// let app: Router = Router::new()
///     .route("/admin", get(|| async { "secrets" }))
///     .route_layer(require_login().claim("groups", "admin"))
///     .layer(auth.clone());
///
/// let cookie = TestUser::new("alice").claim("groups", ["admin"]).cookie(&auth);
/// let request = Request::get("/admin").header(COOKIE, cookie).body(Body::empty()).unwrap();
///
/// assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::OK);
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TestUser {
    provider: Option<String>,
    claims: Map<String, Value>,
}

impl TestUser {
    /// Creates a user with the claim `sub`, and a name and verified e-mail address derived from it.
    ///
    /// The user authenticates when [`cookie`](Self::cookie) is called, as the claim `auth_time`
    /// shows.
    pub fn new(sub: impl Into<String>) -> Self {
        let sub = sub.into();
        let claims = json!({
            "iss": TEST_ISSUER,
            "sub": sub,
            "name": sub,
            "email": format!("{sub}@example.com"),
            "email_verified": true,
        });
        let Value::Object(claims) = claims else {
            unreachable!("`json!` with braces is an object")
        };
        Self {
            provider: None,
            claims,
        }
    }

    /// Sets a claim. [`Value::Null`] is also a claim.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Sets the name of the provider that the user logged in with. The default is the first
    /// provider of the configuration.
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.provider = Some(name.into());
        self
    }

    /// Returns the value of a `Cookie` header that logs this user in at `auth`.
    ///
    /// With the development provider, it also holds a random value of this process. With that
    /// value, the identity is accepted in a request without `Host`, which a test passes directly to
    /// the router.
    ///
    /// # Panics
    ///
    /// If the provider is not configured, or if the claims do not fit into cookies.
    #[must_use]
    pub fn cookie(&self, auth: &AuthLayer) -> String {
        let state = auth.state.current();
        let settings = &state.settings;
        let client = match &self.provider {
            Some(name) => settings
                .client(name)
                .unwrap_or_else(|| panic!("no provider {name:?}")),
            None => 0,
        };
        let mut claims = self.claims.clone();
        if claims.get("iss").is_some_and(|iss| iss == TEST_ISSUER) {
            let provider = &settings.config.providers[client];
            claims.insert(
                "iss".to_owned(),
                issuer_of(&provider.server_metadata_url).into(),
            );
        }
        let session = state.sessions.as_ref().map(|_| {
            let text = |claim: &str| claims.get(claim).and_then(Value::as_str).map(str::to_owned);
            let created = settings.now();
            let facts = SessionFacts {
                issuer: text("iss").unwrap_or_default(),
                subject: text("sub").unwrap_or_default(),
                sid: text("sid"),
                provider: settings.config.providers[client].name.clone(),
                user_agent: None,
                created,
                issued_at: created,
                expires: created.saturating_add(settings.config.cookie_max_age),
            };
            NewSession {
                id: SessionId::random(),
                facts,
                tokens: None,
                claims: None,
            }
        });
        let auth_time = claims.entry("auth_time");
        auth_time.or_insert_with(|| settings.now().into());
        let retained = RetainedClaims {
            claims,
            ..RetainedClaims::default()
        };
        let cookies = identity::write(
            settings,
            client,
            &retained,
            session.as_ref().map(|session| &session.id),
            &Default::default(),
            &Cookies::default(),
        );
        let written = cookies
            .unwrap_or_else(|error| panic!("these claims do not fit into cookies: {error:?}"));
        if let Some((sessions, mut session)) = state.sessions.as_ref().zip(session) {
            session.claims = written.recorded;
            sessions.start_test(session);
        }
        let mut pairs: Vec<String> = written
            .cookies
            .iter()
            .map(|cookie| name_and_value(cookie).to_owned())
            .collect();
        if state.dev.is_some() {
            pairs.insert(0, test_token_cookie());
        }
        pairs.join("; ")
    }
}

/// A placeholder for the issuer of the user's provider.
const TEST_ISSUER: &str = "https://test.invalid";

/// Returns the name and value of a `Set-Cookie` header.
fn name_and_value(cookie: &HeaderValue) -> &str {
    let cookie = cookie.to_str().expect("identity cookies are ASCII");
    cookie.split(';').next().unwrap_or(cookie)
}
