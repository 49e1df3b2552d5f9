//! The request of a browser, as a proxy describes it for forward authentication.
//!
//! A proxy sends a separate GET with the headers of the browser, and describes the target in
//! further headers. A client may send such headers as well. Therefore, the URI is only used to
//! return to the page, and the method only makes a check stricter.

use axum::{
    extract::{OriginalUri, Request},
    http::{HeaderMap, Method, Uri, header::ORIGIN},
};

use super::is_safe;

/// Turns the request of a proxy into the one that the proxy describes.
pub(crate) fn described(mut request: Request) -> Request {
    let headers = request.headers();
    let uri = uri(headers).unwrap_or_default();
    if is_safe(request.method()) && !is_plain(headers) {
        *request.method_mut() = Method::POST;
    }
    *request.uri_mut() = uri;
    request.extensions_mut().remove::<OriginalUri>();
    request
}

/// Returns the path and query that the browser requested, if the headers contain them.
///
/// The host of an absolute URL is ignored.
pub(crate) fn uri(headers: &HeaderMap) -> Option<Uri> {
    let mut values = URI_HEADERS.iter().filter_map(|name| headers.get(*name));
    let uri: Uri = values.next()?.to_str().ok()?.parse().ok()?;
    let path = uri.into_parts().path_and_query?;
    path.as_str().starts_with('/').then(|| path.into())
}

/// Returns true if the proxy accepts only 401 and 403 as a refusal. nginx answers anything else
/// with a 500.
///
/// Source: ngx_http_auth_request_module. `X-Original-URI` is the convention of its configuration,
/// `X-Original-URL` that of ingress-nginx.
pub(crate) fn is_by_nginx(headers: &HeaderMap) -> bool {
    NGINX_URI_HEADERS
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// Returns true if the proxy sends any refusal to the client, redirects included.
///
/// Source: Traefik, `forwardAuth`; Caddy, `forward_auth`. Both describe the target in
/// `X-Forwarded-Uri`.
pub(crate) fn passes_redirects(headers: &HeaderMap) -> bool {
    headers.contains_key(FORWARDED_URI) && !is_by_nginx(headers)
}

/// Returns true if the browser sent a GET or HEAD.
///
/// Not every proxy sends the method. However, browsers send `Origin` with each navigation that uses
/// another method.
///
/// Source: Fetch (WHATWG), "append a request `Origin` header".
fn is_plain(headers: &HeaderMap) -> bool {
    let mut methods = METHOD_HEADERS
        .iter()
        .flat_map(|name| headers.get_all(*name));
    let is_navigation = headers
        .get("sec-fetch-mode")
        .is_some_and(|mode| mode == "navigate");
    let is_form = is_navigation && headers.contains_key(ORIGIN);
    !is_form && methods.all(|method| method == "GET" || method == "HEAD")
}

const FORWARDED_URI: &str = "x-forwarded-uri";
const NGINX_URI_HEADERS: [&str; 2] = ["x-original-uri", "x-original-url"];
const URI_HEADERS: [&str; 3] = [NGINX_URI_HEADERS[0], NGINX_URI_HEADERS[1], FORWARDED_URI];
const METHOD_HEADERS: [&str; 2] = ["x-original-method", "x-forwarded-method"];
