//! `/auth/check`, as nginx, Traefik and Caddy request it.

mod admitted;
mod conditions;
mod refused;
mod sign_in;

use axum::{Router, extract::Request, http::HeaderValue, response::Response};
use axum_streamlit_auth::{AuthLayer, TestUser};

use support::{COOKIE_SECRET, ORIGIN, call, get, routes};

/// Headers that each proxy adds to its own request, for the page `/report?a=1&b=2`.
const NGINX: [(&str, &str); 2] = [
    ("x-original-uri", "/report?a=1&b=2"),
    ("x-original-method", "GET"),
];
const TRAEFIK: [(&str, &str); 5] = [
    ("x-forwarded-uri", "/report?a=1&b=2"),
    ("x-forwarded-method", "GET"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-host", "localhost:8501"),
    ("x-forwarded-for", "192.0.2.1"),
];

/// Headers of a browser that opens a page.
const NAVIGATION: [(&str, &str); 4] = [
    ("sec-fetch-site", "none"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
    ("accept", "text/html"),
];

/// Headers of requests that are not for a page.
const SUBRESOURCES: [&[(&str, &str)]; 4] = [
    &[],
    &[("accept", "application/json")],
    &[
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-dest", "empty"),
    ],
    &[
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("origin", ORIGIN),
    ],
];

/// The return path of [`NGINX`] and [`TRAEFIK`] in a link.
const NEXT: &str = "next=%2Freport%3Fa%3D1%26b%3D2";

/// The layer with these lines in `[auth.headers]`, and further tables.
fn auth(lines: &str) -> AuthLayer {
    AuthLayer::from_toml(&toml(ORIGIN, &format!("[auth.headers]\n{lines}\n"))).unwrap()
}

fn toml(base: &str, tables: &str) -> String {
    format!("{}\n{tables}", support::signed::toml(COOKIE_SECRET, base))
}

fn app(auth: &AuthLayer) -> Router {
    routes().layer(auth.clone())
}

/// A request of a proxy for a browser with this `Cookie` header.
fn request(path: &str, cookie: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut request = get(path);
    let cookie = (!cookie.is_empty()).then_some(("cookie", cookie));
    for (name, value) in headers.iter().copied().chain(cookie) {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        request.headers_mut().append(name, value);
    }
    request
}

async fn check(auth: &AuthLayer, cookie: &str, headers: &[(&'static str, &str)]) -> Response {
    call(&app(auth), request("/auth/check", cookie, headers)).await
}

fn ada(auth: &AuthLayer) -> String {
    TestUser::new("ada").cookie(auth)
}
