//! Guards and `LoggedIn`: admitted requests, and the responses to all others.

mod allow;
mod claims;
mod files;
mod frames;
mod headers;
mod held_form;
mod methods;
mod prefetch;
mod redirect_loop;
mod request_kinds;
mod routes;
mod step_up;
mod step_up_refused;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
};

use support::{
    Browser, ORIGIN, Provider, app, get, secrets,
    signed::{IDENTITY, identity},
};

/// The time at which identities are signed.
const TIME: u64 = 1_790_000_000;

/// A request with these headers.
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

/// A browser and the app of the test support, with one provider.
async fn test_app() -> (Provider, Browser) {
    let provider = Provider::start().await;
    let browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    (provider, browser)
}

/// All values of a header, joined.
fn all(headers: &HeaderMap, name: header::HeaderName) -> String {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    values.join(", ")
}

/// Asserts that the response is marked as personal and cannot be cached.
fn assert_personal(response: &Response) {
    assert_eq!(all(response.headers(), header::CACHE_CONTROL), "no-store");
    assert!(all(response.headers(), header::VARY).contains("Cookie"));
}
