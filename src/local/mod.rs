//! Detects requests from this computer, for responses that only the developer may see.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Request, Version, header, uri::Authority},
};
use thiserror::Error;

use self::proxies::is_added_by_proxy;

mod proxies;

/// The reason why a request is not local, for the log and the developer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum NotLocal {
    #[error("it does not name a loopback host")]
    Authority,
    #[error("it uses HTTP/1.0, as proxies do and browsers do not")]
    Version,
    #[error("a proxy added a header to it")]
    ProxyHeader,
    #[error("its connection comes from another computer")]
    Peer,
    #[cfg(feature = "dev")]
    #[error("it has `Connection: close`, which proxies send and browsers do not")]
    ConnectionClose,
}

/// Checks that `request` came from a browser or program on this computer, as far as a request shows
/// this:
///
/// 1. It has an authority, and each of its authorities is loopback. A page with a host name that
///    resolves to 127.0.0.1 (DNS rebinding) still sends its own name.
/// 2. It uses HTTP/1.1 or later. Browsers never send HTTP/1.0; nginx before 1.29.7 does by default.
/// 3. It has no header that a common proxy adds.
/// 4. The peer of its connection is loopback, if the app serves with
///    `into_make_service_with_connect_info::<SocketAddr>()`.
///
/// A proxy on this computer that sends a loopback `Host`, HTTP/1.1 and no additional header cannot
/// be distinguished from a browser.
///
/// # Errors
///
/// The first rule that the request violates.
pub(crate) fn check<B>(request: &Request<B>) -> Result<(), NotLocal> {
    let peer: Option<&ConnectInfo<SocketAddr>> = request.extensions().get();
    if !has_loopback_authority(request) {
        Err(NotLocal::Authority)
    } else if matches!(request.version(), Version::HTTP_09 | Version::HTTP_10) {
        Err(NotLocal::Version)
    } else if request.headers().keys().any(is_added_by_proxy) {
        Err(NotLocal::ProxyHeader)
    } else if peer.is_some_and(|ConnectInfo(peer)| !is_loopback(peer.ip())) {
        Err(NotLocal::Peer)
    } else {
        Ok(())
    }
}

/// Checks that the client keeps its connection open, as every browser does.
///
/// nginx before 1.29.7 with `proxy_http_version 1.1`, and the development servers of front ends,
/// send `close`.
///
/// # Errors
///
/// [`NotLocal::ConnectionClose`] if the client sends `Connection: close`.
#[cfg(feature = "dev")]
pub(crate) fn check_connection(headers: &header::HeaderMap) -> Result<(), NotLocal> {
    let mut options = headers
        .get_all(header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    if options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close")) {
        Err(NotLocal::ConnectionClose)
    } else {
        Ok(())
    }
}

/// Returns the authority of `request`: `Host`, or else that of its URI.
///
/// HTTP/2 sends `:authority` instead of `Host` (RFC 9113, section 8.3.1); hyper puts it into the
/// URI.
#[cfg(feature = "dev")]
pub(crate) fn authority<B>(request: &Request<B>) -> Option<&str> {
    match request.headers().get(header::HOST) {
        Some(host) => host.to_str().ok(),
        None => request.uri().authority().map(Authority::as_str),
    }
}

/// Returns true if the request has an authority, and each of its authorities is loopback.
///
/// Servers and proxies differ in which of two authorities they use (RFC 9112, section 3.2.2).
fn has_loopback_authority<B>(request: &Request<B>) -> bool {
    let hosts = request.headers().get_all(header::HOST);
    let mut authorities = hosts
        .iter()
        .map(|host| host.to_str().unwrap_or_default())
        .chain(request.uri().authority().map(Authority::as_str))
        .peekable();
    let is_single = hosts.iter().nth(1).is_none();
    is_single && authorities.peek().is_some() && authorities.all(is_loopback_authority)
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
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = bracketed {
        return address
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback());
    }
    is_localhost(host)
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Returns true for `localhost` and all names below it (RFC 6761, section 6.3).
fn is_localhost(host: &str) -> bool {
    const LOCALHOST: &str = "localhost";
    let Some((subdomain, name)) = host
        .len()
        .checked_sub(LOCALHOST.len())
        .and_then(|start| host.split_at_checked(start))
    else {
        return false;
    };
    let is_label = |label: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.bytes().all(is_allowed)
    };
    let is_subdomain = |text: &str| {
        let labels = text.strip_suffix('.');
        labels.is_some_and(|labels| labels.split('.').all(is_label))
    };
    name.eq_ignore_ascii_case(LOCALHOST) && (subdomain.is_empty() || is_subdomain(subdomain))
}

/// Returns true for a loopback address, including the form `::ffff:127.0.0.1`, which a dual-stack
/// listener reports for 127.0.0.1.
fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use axum::http::{header::HOST, request::Builder};

    use super::*;

    fn check_builder(request: Builder) -> Result<(), NotLocal> {
        check(&request.body(()).unwrap())
    }

    fn sent_to(host: &str) -> Builder {
        Request::get("/").header(HOST, host)
    }

    #[test]
    fn loopback_hosts_are_local() {
        for host in [
            "localhost",
            "LOCALHOST:8501",
            "app.localhost:8501",
            "a.b-c.Localhost",
            "127.0.0.1",
            "127.9.9.9:1",
            "[::1]",
            "[::1]:8501",
        ] {
            assert_eq!(check_builder(sent_to(host)), Ok(()), "{host}");
            let request = Request::get(format!("http://{host}/")).version(Version::HTTP_2);
            assert_eq!(check_builder(request), Ok(()), "{host} as :authority");
        }
    }

    #[test]
    fn other_hosts_are_not_local() {
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "xlocalhost",
            ".localhost",
            "a..localhost",
            "user@a.localhost",
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
            assert_eq!(
                check_builder(sent_to(host)),
                Err(NotLocal::Authority),
                "{host}"
            );
        }
        let twice = sent_to("localhost").header(HOST, "localhost");
        assert_eq!(check_builder(twice), Err(NotLocal::Authority));
        assert_eq!(check_builder(Request::get("/")), Err(NotLocal::Authority));
    }

    #[test]
    fn host_and_uri_must_both_be_loopback() {
        for (uri, host) in [
            ("http://example.com/", "localhost"),
            ("http://localhost/", "example.com"),
        ] {
            let request = Request::get(uri).header(HOST, host);
            assert_eq!(
                check_builder(request),
                Err(NotLocal::Authority),
                "{uri} {host}"
            );
        }
        let request = Request::get("http://localhost:1/").header(HOST, "localhost:1");
        assert_eq!(check_builder(request), Ok(()));
    }

    #[test]
    fn requests_with_old_http_versions_are_not_local() {
        for version in [Version::HTTP_09, Version::HTTP_10] {
            let request = sent_to("localhost").version(version);
            assert_eq!(check_builder(request), Err(NotLocal::Version));
        }
        assert_eq!(
            check_builder(sent_to("localhost").version(Version::HTTP_3)),
            Ok(())
        );
    }

    #[test]
    fn known_peer_address_must_be_loopback() {
        for (peer, expected) in [
            ("127.0.0.1:1", Ok(())),
            ("[::1]:1", Ok(())),
            ("[::ffff:127.0.0.1]:1", Ok(())),
            ("172.17.0.1:1", Err(NotLocal::Peer)),
            ("[::ffff:10.0.0.1]:1", Err(NotLocal::Peer)),
            ("[fe80::1]:1", Err(NotLocal::Peer)),
        ] {
            let peer: SocketAddr = peer.parse().unwrap();
            let request = sent_to("localhost").extension(ConnectInfo(peer));
            assert_eq!(check_builder(request), expected, "{peer}");
        }
    }

    #[cfg(feature = "dev")]
    #[test]
    fn connection_close_is_found_in_lists() {
        for (value, is_close) in [
            ("close", true),
            ("Close", true),
            ("keep-alive, close", true),
            ("keep-alive", false),
            ("Upgrade", false),
            ("closed", false),
        ] {
            let request = sent_to("localhost")
                .header(header::CONNECTION, value)
                .body(());
            let found = check_connection(request.unwrap().headers()).is_err();
            assert_eq!(found, is_close, "{value}");
        }
    }
}
