//! Section A.10 of the attacks: who is let through, and what everybody else is answered.

#[path = "../support/mod.rs"]
mod support;

mod allow;
mod claims;
mod files;
mod frames;
mod headers;
mod kinds;
mod methods;
mod prefetch;
mod rounds;
mod routes;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
};

use self::support::{
    Browser, ORIGIN, Provider, app, get, secrets,
    signed::{IDENTITY, identity},
};

/// When the identities here are signed.
const TIME: u64 = 1_790_000_000;

/// A request with these headers, `cookie` among them for ada.
fn request(method: &Method, path: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut request = get(path);
    *request.method_mut() = method.clone();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().append(*name, value);
    }
    request
}

fn ada() -> String {
    format!("{IDENTITY}={}", identity("ada", TIME))
}

/// A browser in front of the app of the test support, with one provider.
async fn stage() -> (Provider, Browser) {
    let provider = Provider::start().await;
    let browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    (provider, browser)
}

/// Every value of a header that may be there several times, in one line.
fn all(headers: &HeaderMap, name: header::HeaderName) -> String {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    values.join(", ")
}

/// That an answer depends on the visitor, and that no cache may keep it.
fn assert_personal(response: &Response) {
    assert_eq!(all(response.headers(), header::CACHE_CONTROL), "no-store");
    assert!(all(response.headers(), header::VARY).contains("Cookie"));
}
