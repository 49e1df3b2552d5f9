//! URLs that requests can be sent to.

use url::{Host, Url};

/// Parses a URL that an HTTP request can be sent to.
pub(crate) fn fetchable(text: &str) -> Option<Url> {
    /// In bytes. Every common server accepts a request line of this length.
    const MAX_URL_LEN: usize = 4000;
    let url = Url::parse(text).ok()?;
    let is_fetchable =
        url.as_str().len() <= MAX_URL_LEN && url.as_str().parse::<axum::http::Uri>().is_ok();
    is_fetchable.then_some(url)
}

/// Returns true for the hosts that browsers trust without TLS: `localhost` and its subdomains (RFC
/// 6761, section 6.3), 127.0.0.0/8 and `[::1]`.
///
/// Source: W3C Secure Contexts, section 3.1.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let subdomain = name.strip_suffix(".localhost");
            name == "localhost" || subdomain.is_some_and(|label| !label.is_empty())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
