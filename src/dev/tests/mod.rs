//! Tests of whole requests. Each talks to the provider as a browser or an app would.

mod flow;
mod front;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::to_bytes;
use axum::http::{Method, Request, header};
use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::JsonWebKey;
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::*;

const ISSUER: &str = "http://localhost:8501/auth/dev";
const CALLBACK: &str = "http://localhost:8501/oauth2callback";
const VERIFIER: &str = "a-verifier-of-the-least-length-that-is-allowed";
const NOW: u64 = 1_700_000_000;

fn provider() -> DevProvider {
    DevProvider::new(ISSUER)
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

fn choose(provider: &DevProvider, person: &str) -> Response {
    send(
        provider,
        Method::POST,
        "/authorize",
        &authorization(&[("person", person)]),
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

/// Sends `form` as the query of a GET, or else as the body.
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
    provider.answer(&parts, path, body.as_bytes(), now)
}

fn authorization(changes: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let standard = [
        ("response_type", "code"),
        ("client_id", "my app"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
        ("state", "a state"),
        ("nonce", "a nonce"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    form(&standard, changes)
}

fn token_form(code: &str, changes: &[(&str, &str)]) -> String {
    let standard = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", "my app"),
        ("client_secret", "any"),
    ];
    form(&standard, changes)
}

fn form(standard: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let kept = standard
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .extend_pairs(changes)
        .finish()
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
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

fn key(provider: &DevProvider) -> CoreJsonWebKey {
    let keys: CoreJsonWebKeySet = serde_json::from_str(&body(get(provider, "/jwks", &[]))).unwrap();
    keys.keys()[0].clone()
}

/// The claims of `token`, once its signature holds and one of another text does not.
fn verified(provider: &DevProvider, token: &str) -> Value {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
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
    let decoded =
        |part| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let key_id = key(provider).key_id().unwrap().to_string();
    assert_eq!(
        decoded(protected),
        json!({ "alg": "EdDSA", "kid": key_id, "typ": "JWT" })
    );
    decoded(payload)
}

fn json_of(response: Response) -> Value {
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    serde_json::from_str(&body(response)).unwrap()
}

/// The whole body. It is in memory already, so no runtime is needed to read it.
fn body(response: Response) -> String {
    match pin!(to_bytes(response.into_body(), usize::MAX))
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(Ok(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}
