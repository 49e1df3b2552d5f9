//! What counts as this computer.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, header};
use url::{Host, Url};

/// Whether a request came straight from this computer: its `Host` is loopback, and no proxy left a trace.
///
/// A page of another site that points its own name at 127.0.0.1 (DNS rebinding) still sends its own `Host`.
pub(crate) fn is_loopback_request(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_loopback_authority),
        // Browsers always send one; a request that a test hands to the router has none.
        (None, _) => true,
        (Some(_), Some(_)) => false,
    };
    host && !headers.keys().any(|name| is_forwarding(name.as_str()))
}

/// `text` as a URL that leads to this computer, fit to redirect to.
pub(super) fn loopback_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (loopback && plain && matches!(url.scheme(), "http" | "https")).then_some(url)
}

fn is_loopback_authority(authority: &str) -> bool {
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority.ends_with(']') => {
            (&authority[..colon], Some(&authority[colon + 1..]))
        }
        _ => (authority, None),
    };
    if port.is_some_and(|port| {
        !port.bytes().all(|byte| byte.is_ascii_digit()) || port.parse::<u16>().is_err()
    }) {
        return false;
    }
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback());
    }
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Header names arrive in lower case. Some servers treat `_` as `-`.
fn is_forwarding(name: &str) -> bool {
    let name = name.replace('_', "-");
    name == "forwarded" || name == "x-real-ip" || name.starts_with("x-forwarded")
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_loopback_hosts_are_answered() {
        for host in [
            "localhost",
            "LOCALHOST:8501",
            "127.0.0.1",
            "127.9.9.9:1",
            "[::1]",
            "[::1]:8501",
        ] {
            assert!(is_loopback_request(&headers(&[("host", host)])), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "localhost.",
            "localhost:",
            "localhost:+80",
            "localhost:99999",
            "localhost:80@example.com",
            "user@localhost",
            "10.0.0.1",
            "0.0.0.0",
            "127.1",
            "2130706433",
            "[::2]",
            "::1",
            "[::1",
            "[::ffff:10.0.0.1]",
        ] {
            assert!(!is_loopback_request(&headers(&[("host", host)])), "{host}");
        }
        assert!(
            is_loopback_request(&headers(&[])),
            "a request that was handed to the router"
        );
        assert!(
            !is_loopback_request(&headers(&[("host", "localhost"), ("host", "localhost")])),
            "two"
        );
    }

    #[test]
    fn a_proxy_gives_itself_away() {
        for name in [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded",
            "x_forwarded_for",
            "x-real-ip",
        ] {
            assert!(
                !is_loopback_request(&headers(&[("host", "localhost"), (name, "127.0.0.1")])),
                "{name}"
            );
        }
        assert!(is_loopback_request(&headers(&[
            ("host", "localhost"),
            ("forwarded-by", "x")
        ])));
    }

    #[test]
    fn only_plain_loopback_urls_are_redirected_to() {
        for url in [
            "http://localhost:8501/oauth2callback",
            "https://127.0.0.1/",
            "http://[::1]:1/a?b=c",
        ] {
            assert_eq!(loopback_url(url).map(String::from).as_deref(), Some(url));
        }
        for url in [
            "/oauth2callback",
            "http://example.com/",
            "http://localhost.example.com/",
            "http://localhost:80@example.com/",
            "http://user@localhost/",
            "http://localhost/#fragment",
            "ftp://localhost/",
            "javascript://localhost/%0aalert(1)",
        ] {
            assert_eq!(loopback_url(url), None, "{url}");
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        let mut headers = HeaderMap::new();
        pairs
            .iter()
            .map(pair)
            .for_each(|(name, value)| _ = headers.append(name, value));
        headers
    }
}
