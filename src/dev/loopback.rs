//! URLs that the provider redirects to.

use url::{Host, Url};

/// Parses a URL of this computer that a browser may be redirected to.
pub(super) fn loopback_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (loopback && plain && matches!(url.scheme(), "http" | "https")).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_loopback_urls_are_redirected_to() {
        for url in [
            "http://localhost:8501/oauth2callback",
            "https://127.0.0.1/",
            "http://[::1]:1/a?b=c",
            "http://app.localhost:8501/oauth2callback",
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
}
