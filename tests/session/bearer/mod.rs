//! Bearer tokens: access tokens of the provider in `Authorization`.

mod accepted;
mod cached;
mod challenges;
mod credentials;
mod forwarded;
mod kinds;
mod metadata;
mod refused;
mod scopes;

use std::{sync::Arc, time::Duration};

use axum::{Json, Router, extract::Request, http::HeaderMap, response::Response, routing::get};
use axum_streamlit_auth::{AuthLayer, Claims, LoggedIn, User, require_login};
use serde_json::Value;

use support::{AUDIENCE, Clock, Provider, Secrets, call, routes, secrets, text};

/// An app that accepts the access tokens of its provider.
struct App {
    provider: Arc<Provider>,
    clock: Clock,
    router: Router,
}

impl App {
    async fn new() -> Self {
        Self::with(|secrets| secrets, |auth| auth).await
    }

    /// An app with a modified configuration and layer.
    async fn with(
        change: impl FnOnce(Secrets) -> Secrets,
        hooks: impl FnOnce(AuthLayer) -> AuthLayer,
    ) -> Self {
        let provider = Arc::new(Provider::start().await);
        let secrets = change(secrets(&provider).auth(&format!("bearer_audience = {AUDIENCE:?}")));
        let clock = Clock::at_system_time();
        let router = routes()
            .route(
                "/bearer",
                get(|user: User| async move { Json(user.is_bearer()) }),
            )
            .route("/optional", get(optional))
            .route(
                "/typed",
                get(|Claims(claims): Claims<Value>| async { Json(claims) }),
            )
            .merge(
                Router::new()
                    .route("/reports", get(|| async { "reports" }))
                    .route_layer(require_login().scope("reports:read").scope("openid")),
            )
            .merge(
                Router::new()
                    .route("/payments", get(|| async { "payments" }))
                    .route_layer(require_login().fresh(Duration::from_secs(300)).acr("gold")),
            )
            .layer(hooks(clock.layer(&secrets.toml())));
        Self {
            provider,
            clock,
            router,
        }
    }

    /// Sends a GET request with these headers.
    async fn get(&self, path: &str, headers: &[(&'static str, &str)]) -> Response {
        self.send("GET", path, headers).await
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&'static str, &str)]) -> Response {
        let mut request: Request = support::get(path);
        *request.method_mut() = method.parse().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        call(&self.router, request).await
    }

    /// Sends a GET request with this bearer token.
    async fn bearer(&self, path: &str, token: &str) -> Response {
        self.get(path, &[("authorization", &format!("Bearer {token}"))])
            .await
    }

    /// The status and the challenge of a guarded route for this token.
    async fn outcome(&self, token: &str) -> (u16, String) {
        let response = self.bearer("/guarded", token).await;
        (response.status().as_u16(), challenge(response.headers()))
    }

    /// Asserts that a guarded route and `User` refuse `token` with this description.
    async fn assert_invalid(&self, token: &str, description: &str) {
        let (status, challenge) = self.outcome(token).await;
        let expected = format!("error_description=\"{description}\"");
        assert_eq!(status, 401, "{description}: {challenge}");
        assert!(
            challenge.starts_with("Bearer error=\"invalid_token\""),
            "{challenge}"
        );
        assert!(
            challenge.ends_with(&expected),
            "{challenge}, not {expected}"
        );
        assert_eq!(self.bearer("/", token).await.status(), 401);
    }

    async fn assert_valid(&self, token: &str) {
        let response = self.bearer("/guarded", token).await;
        let (status, headers) = (response.status(), response.headers().clone());
        assert_eq!(status, 200, "{}", challenge(&headers));
        assert_eq!(text(response).await, "ada");
    }
}

async fn optional(user: Option<LoggedIn>) -> String {
    user.map_or("nobody", |_| "somebody").to_owned()
}

/// All values of `WWW-Authenticate`, joined.
fn challenge(headers: &HeaderMap) -> String {
    all(headers, "www-authenticate")
}

fn all(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter();
    let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
    values.join(", ")
}

async fn json_of(response: Response) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}
