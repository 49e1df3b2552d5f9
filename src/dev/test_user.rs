//! Somebody who is signed in, for an app's own tests.

use std::sync::OnceLock;

use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use super::seal::random;
use crate::{
    AuthLayer,
    config::issuer_of,
    cookie::Cookies,
    identity::{self, Kept},
};

/// Signs somebody in for a test: one line, no network, no provider.
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
    /// Somebody with the claim `sub`, and with a name and a verified e-mail address made from it.
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

    /// Sets a claim; [`Value::Null`] is a claim too.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// The provider that vouches; the first one of the configuration unless set.
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.provider = Some(name.into());
        self
    }

    /// The value of a `Cookie` header with which `auth` knows this user.
    ///
    /// With the development provider, it also holds a random value of this process, so that the
    /// identity is accepted in a request that has no `Host` because a test handed it to the router.
    ///
    /// # Panics
    ///
    /// If the provider is not configured, or if the claims do not fit into cookies.
    #[must_use]
    pub fn cookie(&self, auth: &AuthLayer) -> String {
        let site = auth.site();
        let client = match &self.provider {
            Some(name) => site
                .client(name)
                .unwrap_or_else(|| panic!("no provider {name:?}")),
            None => 0,
        };
        let mut claims = self.claims.clone();
        if claims.get("iss").is_some_and(|iss| iss == TEST_ISSUER) {
            let provider = &site.config.providers[client];
            claims.insert(
                "iss".to_owned(),
                issuer_of(&provider.server_metadata_url).into(),
            );
        }
        let kept = Kept {
            claims,
            ..Kept::default()
        };
        let cookies = identity::write(
            &site,
            client,
            &kept,
            &Default::default(),
            &Cookies::default(),
        );
        let cookies = cookies
            .unwrap_or_else(|error| panic!("these claims do not fit into cookies: {error:?}"));
        let mut pairs: Vec<String> = cookies
            .iter()
            .map(|cookie| pair(cookie).to_owned())
            .collect();
        if auth.has_development_provider() {
            let token = TOKEN.get_or_init(|| random(TOKEN_BYTES));
            pairs.insert(0, format!("{TOKEN_COOKIE}={token}"));
        }
        pairs.join("; ")
    }
}

/// Stands for the issuer of the provider that vouches.
const TEST_ISSUER: &str = "https://test.invalid";

/// The name and value of a `Set-Cookie`.
fn pair(cookie: &HeaderValue) -> &str {
    let text = cookie.to_str().expect("our cookies are ASCII");
    text.split(';').next().unwrap_or(text)
}

/// Returns true if a [`TestUser`] of this process made the cookies of a request.
pub(crate) fn is_test_user(headers: &HeaderMap) -> bool {
    TOKEN.get().is_some_and(|token| {
        Cookies::of(headers)
            .values(TOKEN_COOKIE)
            .any(|value| value.ct_eq(token.as_bytes()).into())
    })
}

/// Known to this process only, and made when the first test user is.
static TOKEN: OnceLock<String> = OnceLock::new();

const TOKEN_COOKIE: &str = "_streamlit_test_user";

/// 256 bits.
const TOKEN_BYTES: u32 = 32;
