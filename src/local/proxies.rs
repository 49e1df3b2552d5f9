//! The headers that proxies, load balancers, tunnels and hosting platforms add to requests.

use axum::http::HeaderName;

/// Returns true if `name` is a header that a common proxy adds and a browser never sends.
///
/// Some servers treat `_` as `-` in header names, so both are equal here.
pub(super) fn is_added_by_proxy(name: &HeaderName) -> bool {
    let name = name.as_str();
    if name.contains('_') {
        return is_listed(&name.replace('_', "-"));
    }
    is_listed(name)
}

fn is_listed(name: &str) -> bool {
    if NAMES.binary_search(&name).is_ok() {
        return true;
    }
    // Only the last prefix that does not sort after the name can match.
    let next = PREFIXES.partition_point(|prefix| *prefix <= name);
    next.checked_sub(1)
        .is_some_and(|last| name.starts_with(PREFIXES[last]))
}

/// Complete names, sorted.
///
/// Sources: RFC 7239 (`Forwarded`), RFC 9110, sections 7.6.2 and 7.6.3 (`Max-Forwards`, `Via`), RFC
/// 8586 (`CDN-Loop`), RFC 9440 (`Client-Cert`), and the documentation of the products.
const NAMES: [&str; 32] = [
    "cdn-loop",
    "client-cert",
    "client-cert-chain",
    "client-ip",
    "disguised-host",   // Azure App Service
    "do-connecting-ip", // DigitalOcean
    "forwarded",
    "front-end-https", // Microsoft
    "max-forwards",
    "proxy-client-ip", // WebLogic
    "proxy-connection",
    "remote-addr",
    "remote-host",
    "rndr-id",        // Render
    "true-client-ip", // Akamai, Cloudflare
    "via",
    "was-default-hostname",  // Azure App Service
    "wl-proxy-client-ip",    // WebLogic
    "x-cloud-trace-context", // Google Cloud
    "x-host",
    "x-nginx-proxy",
    "x-proto",
    "x-proxy-user-ip",
    "x-proxyuser-ip",
    "x-replaced-path", // Traefik
    "x-request-start", // Heroku, Passenger
    "x-rewrite-url",   // IIS
    "x-scheme",        // ingress-nginx
    "x-script-name",
    "x-ssl",
    "x-url-scheme",
    "x-varnish",
];

/// Prefixes of names, sorted. No entry is a prefix of another one.
const PREFIXES: [&str; 48] = [
    "akamai-",
    "ali-cdn-",
    "cdn-",        // Bunny, Baidu
    "cf-",         // Cloudflare
    "cloudfront-", // Amazon CloudFront
    "eagleeye-",   // Alibaba
    "fastly-",
    "fly-",   // Fly.io
    "incap-", // Imperva
    "ngrok-",
    "ssl-client-",
    "tailscale-", // Tailscale Serve and Funnel
    "x-akamai-",
    "x-amz-cf-",       // Amazon CloudFront
    "x-amzn-",         // Amazon load balancers
    "x-appengine-",    // Google App Engine
    "x-arr-",          // Azure App Service
    "x-auth-request-", // oauth2-proxy
    "x-azure-",        // Azure Front Door
    "x-client-cert",
    "x-client-ip",
    "x-cluster-client-ip", // Rackspace, Zeus
    "x-coming-from",
    "x-connecting-ip",
    "x-edge-",
    "x-envoy-", // Envoy, Istio
    "x-fastly-",
    "x-fd-",     // Azure Front Door
    "x-forward", // X-Forwarded-*, X-Forward-For
    "x-goog-",   // Google load balancers
    "x-haproxy-",
    "x-heroku-",
    "x-iinfo", // Imperva
    "x-kong-",
    "x-nf-", // Netlify
    "x-ngrok-",
    "x-original-", // ingress-nginx, IIS
    "x-originating-",
    "x-proxied-",
    "x-railway-",
    "x-real-", // X-Real-IP
    "x-remote-",
    "x-serverless-",
    "x-ssl-",
    "x-sucuri-",
    "x-traefik-",
    "x-true-client-ip",
    "x-vercel-",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn is_proxy_header(name: &str) -> bool {
        is_added_by_proxy(&HeaderName::try_from(name).unwrap())
    }

    #[test]
    fn tables_are_sorted_and_free_of_overlaps() {
        assert!(NAMES.is_sorted());
        assert!(PREFIXES.is_sorted());
        for pair in PREFIXES.windows(2) {
            assert!(!pair[1].starts_with(pair[0]), "{pair:?}");
        }
    }

    #[test]
    fn proxy_headers_are_found() {
        for name in [
            "CF-Connecting-IP",
            "CF-Ray",
            "Fly-Client-IP",
            "Forwarded",
            "True-Client-IP",
            "Via",
            "X-Amzn-Trace-Id",
            "X-Envoy-External-Address",
            "X-Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X_Forwarded_For",
            "X-Original-Forwarded-For",
            "X-Real-IP",
            "X-Real-Port",
            "Tailscale-User-Login",
            "X-Vercel-Id",
        ] {
            assert!(is_proxy_header(name), "{name}");
        }
    }

    #[test]
    fn client_headers_are_not_proxy_headers() {
        for name in [
            "accept",
            "accept-language",
            "authorization",
            "cache-control",
            "connection",
            "content-type",
            "cookie",
            "dnt",
            "forwarded-by",
            "host",
            "hx-request",
            "if-none-match",
            "origin",
            "priority",
            "referer",
            "sec-ch-ua",
            "sec-fetch-site",
            "sec-gpc",
            "sec-purpose",
            "te",
            "traceparent",
            "upgrade-insecure-requests",
            "user-agent",
            "x-csrf-token",
            "x-request-id",
            "x-requested-with",
        ] {
            assert!(!is_proxy_header(name), "{name}");
        }
    }
}
