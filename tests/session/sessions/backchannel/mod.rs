//! Back-channel logout: the provider ends sessions.

mod ended;
mod keys;
mod login;
mod refused;
mod replayed;
mod request;
mod store;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode},
};
use axum_streamlit_auth::AuthLayer;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{App, user};
use support::{Browser, app_with, call, text};

const PATH: &str = "/auth/backchannel-logout";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The response to a logout token.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl App {
    /// A browser after the login of `name` in the session `sid` of the provider.
    async fn signed_in_with(&self, name: &str, sid: &str) -> Browser {
        self.provider
            .sign_in_with(json!({ "sub": name, "sid": sid }));
        let mut browser = self.browser();
        browser.get("/auth/login").await;
        assert_eq!(user(&mut browser).await, name);
        browser
    }

    async fn send_logout(&self, token: &str) -> Answer {
        send(&self.auth, token).await
    }

    /// Asserts that a logout token with these claims is accepted.
    async fn assert_accepted(&self, claims: Value) {
        let answer = self.send_logout(&self.provider.logout_token(claims)).await;
        answer.assert_accepted();
    }

    /// Asserts that `token` is refused with this description, and that the session of `ada` stays.
    async fn assert_refused(&self, token: &str, description: &str) {
        let answer = self.send_logout(token).await;
        answer.assert_refused(description);
        assert_eq!(self.sessions("ada").await.len(), 1, "{description}");
    }
}

impl Answer {
    #[track_caller]
    fn assert_accepted(&self) {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.body, "");
        assert_eq!(self.headers["cache-control"], "no-store");
    }

    #[track_caller]
    fn assert_refused(&self, description: &str) {
        assert_eq!(self.status, 400, "{description}: {self:?}");
        assert_eq!(self.headers["content-type"], "application/json");
        assert_eq!(self.headers["cache-control"], "no-store");
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["error"], "invalid_request");
        let actual = body["error_description"].as_str().unwrap();
        assert!(actual.contains(description), "{actual}, not {description}");
    }

    #[track_caller]
    fn assert_unavailable(&self) {
        assert_eq!(self.status, 503, "{self:?}");
        assert_eq!(self.headers["cache-control"], "no-store");
        assert_eq!(self.headers["retry-after"], "5");
    }
}

/// Sends a logout token to the path of the endpoint.
async fn send(auth: &AuthLayer, token: &str) -> Answer {
    post(&app_with(auth.clone()), PATH, &form(token)).await
}

fn form(token: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("logout_token", token).finish()
}

async fn post(router: &Router, path: &str, form: &str) -> Answer {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    answer(router, request.body(form.to_owned().into()).unwrap()).await
}

async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = call(router, request).await;
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: text(response).await,
    }
}
