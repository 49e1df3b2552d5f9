//! Tests of whole requests, as a browser or an app sends them.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum::{
    body::to_bytes,
    http::{Method, Request, header},
    response::Response,
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use openidconnect::{
    JsonWebKey,
    core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::*;

mod browser;
mod tokens;

const ISSUER: &str = "http://localhost:8501/auth/dev";
const CALLBACK: &str = "http://localhost:8501/oauth2callback";
const VERIFIER: &str = "a-verifier-of-the-least-length-that-is-allowed";
const NOW: u64 = 1_700_000_000;

fn provider() -> DevProvider {
    DevProvider::new(ISSUER, InjectedFault::default())
}

fn get(provider: &DevProvider, path: &str, changes: &[(&str, &str)]) -> Response {
    send(
        provider,
        Method::GET,
        path,
        &authorization(changes),
        &[],
        NOW,
    )
}

fn choose(provider: &DevProvider, user: &str) -> Response {
    send(
        provider,
        Method::POST,
        "/authorize",
        &authorization(&[("user", user)]),
        &[],
        NOW,
    )
}

fn exchange(provider: &DevProvider, code: &str, changes: &[(&str, &str)], now: u64) -> Response {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    send(
        provider,
        Method::POST,
        "/token",
        &token_form(code, changes),
        &headers,
        now,
    )
}

/// Sends `form` as the query of a GET, or as the body of another method.
fn send(
    provider: &DevProvider,
    method: Method,
    path: &str,
    form: &str,
    headers: &[(&'static str, &str)],
    now: u64,
) -> Response {
    let (query, body) = if method == Method::GET {
        (form, "")
    } else {
        ("", form)
    };
    let mut request = Request::builder().method(method).uri(format!("/?{query}"));
    for &(name, value) in headers {
        request = request.header(name, value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    provider.respond(&parts, path, body.as_bytes(), now)
}

fn authorization(changes: &[(&str, &str)]) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let defaults = [
        ("response_type", "code"),
        ("client_id", "my app"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
        ("state", "a state"),
        ("nonce", "a nonce"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    form(&defaults, changes)
}

fn token_form(code: &str, changes: &[(&str, &str)]) -> String {
    let defaults = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", "my app"),
        ("client_secret", "any"),
    ];
    form(&defaults, changes)
}

fn form(defaults: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let unchanged = defaults
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(unchanged)
        .extend_pairs(changes)
        .finish()
}

/// Submits the form of the login page, and returns the redirect.
fn submit(provider: &DevProvider, form: &str) -> String {
    redirect(&send(provider, Method::POST, "/authorize", form, &[], NOW))
}

fn redirect(response: &Response) -> String {
    assert_eq!(response.status(), 303);
    response.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned()
}

fn value(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn key(provider: &DevProvider) -> CoreJsonWebKey {
    let keys: CoreJsonWebKeySet = serde_json::from_str(&body(get(provider, "/jwks", &[]))).unwrap();
    keys.keys()[0].clone()
}

/// Returns the claims of `token`. Checks that its signature is valid for this message only.
fn verified(provider: &DevProvider, token: &str) -> Value {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    let verify = |message: &str| {
        key(provider).verify_signature(
            &CoreJwsSigningAlgorithm::EdDsa,
            message.as_bytes(),
            &signature,
        )
    };
    verify(message).unwrap();
    verify(&format!("{message}A")).unwrap_err();

    let (protected, payload) = message.split_once('.').unwrap();
    let decode = |part| {
        serde_json::from_slice::<Value>(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let key_id = key(provider).key_id().unwrap().to_string();
    assert_eq!(
        decode(protected),
        json!({ "alg": "EdDSA", "kid": key_id, "typ": "JWT" })
    );
    decode(payload)
}

fn json_of(response: Response) -> Value {
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    serde_json::from_str(&body(response)).unwrap()
}

/// Reads the whole body. It is in memory, so no runtime is needed.
fn body(response: Response) -> String {
    match pin!(to_bytes(response.into_body(), usize::MAX))
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(Ok(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}
