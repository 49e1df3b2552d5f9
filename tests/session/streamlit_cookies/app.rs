//! An app that returns the user, and logins written by Streamlit.

use std::time::{Duration, SystemTime};

use axum::{
    Json, Router,
    body::Body,
    http::{Request, Response, header},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, User};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;

use super::SECRET;

const ORIGIN: &str = "http://localhost:8501";

pub fn auth(line: &str, now: u64) -> AuthLayer {
    auth_of(SECRET, line, now)
}

pub fn auth_of(secret: &str, line: &str, now: u64) -> AuthLayer {
    layer(ORIGIN, secret, line, now)
}

pub fn auth_at(base: &str, line: &str, now: u64) -> AuthLayer {
    layer(base, SECRET, line, now)
}

fn layer(base: &str, secret: &str, line: &str, now: u64) -> AuthLayer {
    // The client of the golden logins, under the name of each of their providers.
    let client = "client_id = \"client-1\"\nclient_secret = \"s-of-the-client\"\n\
         server_metadata_url = \"https://idp.example.com/.well-known/openid-configuration\"";
    let toml = format!(
        "[auth]\nredirect_uri = \"{base}/oauth2callback\"\ncookie_secret = {secret:?}\n{client}\n{line}\n\
         [auth.google]\n{client}\n[auth.keycloak]\n{client}\n[auth.entra]\n{client}\n"
    );
    let clock = move || SystemTime::UNIX_EPOCH + Duration::from_secs(now);
    AuthLayer::from_toml(&toml).unwrap().with_clock(clock)
}

pub fn app(auth: &AuthLayer) -> Router {
    let tokens =
        |user: User| async move { Json(json!([user.tokens().id(), user.tokens().access()])) };
    Router::new()
        .route("/me", get(async |user: User| Json(user)))
        .route("/tokens", get(tokens))
        .layer(auth.clone())
}

pub fn request(uri: &str, cookies: &str) -> Request<Body> {
    let request = Request::get(uri)
        .header(header::COOKIE, cookies)
        .header(header::ACCEPT, "text/html");
    request.body(Body::empty()).unwrap()
}

pub fn ask(auth: &AuthLayer, uri: &str, cookies: &str) -> Response<String> {
    ask_as(auth, uri, cookies, &[])
}

/// Like [`ask`], with additional headers.
pub fn ask_as(
    auth: &AuthLayer,
    uri: &str,
    cookies: &str,
    headers: &[(&'static str, &'static str)],
) -> Response<String> {
    let mut request = request(uri, cookies);
    for (name, value) in headers {
        let value = axum::http::HeaderValue::from_static(value);
        request.headers_mut().insert(*name, value);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let response = app(auth).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Response::from_parts(parts, support::text(Response::new(body)).await)
    })
}

pub fn call(response: &Response<String>) -> Value {
    serde_json::from_str(response.body()).unwrap()
}

/// The user of a request. `None` if not logged in.
pub fn user(auth: &AuthLayer, cookies: &str) -> Option<Value> {
    let user = call(&ask(auth, "/me", cookies));
    (user["is_logged_in"] == true).then_some(user)
}

pub fn sub(auth: &AuthLayer, cookies: &str) -> Option<String> {
    Some(user(auth, cookies)?["sub"].as_str()?.to_owned())
}

pub fn set_cookies(response: &Response<String>) -> Vec<String> {
    let cookies = response.headers().get_all(header::SET_COOKIE).iter();
    cookies
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect()
}

pub fn logins() -> Vec<Value> {
    let data: Value =
        serde_json::from_str(include_str!("../../data/streamlit-cookies.json")).unwrap();
    let logins = data["login_cookies"].as_array().unwrap();
    assert!(logins.len() >= 8);
    logins.clone()
}

pub fn is_tornado(login: &Value) -> bool {
    login["format"] == "tornado-signed-v2"
}

/// The `Cookie` header of a browser, with Python's quotes where Tornado wrote them.
pub fn cookie_header(login: &Value) -> String {
    if let Some(wire) = login["cookie_header_wire"].as_str() {
        return wire.to_owned();
    }
    let cookies = login["cookies"].as_object().unwrap().iter();
    let pairs: Vec<_> = cookies
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
        .collect();
    pairs.join("; ")
}

/// The payload as `User` serializes it.
pub fn shown(payload: &Value) -> Value {
    let mut shown = payload.as_object().unwrap().clone();
    shown.shift_remove("origin");
    shown.into()
}

/// A JWT signed with HS256, independent of the crate.
pub fn jwt(secret: &str, header: &str, payload: &Value) -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(payload.to_string().as_bytes())
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", encode(&mac.finalize().into_bytes()))
}
