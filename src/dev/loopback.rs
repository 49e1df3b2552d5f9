//! The URLs that the provider redirects to.

use url::{Host, Url};

/// Parses a redirect target. `None` if it is not an http or https URL on loopback, or if it has
/// credentials or a fragment.
pub(super) fn loopback_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_loopback = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_loopback && is_plain && matches!(url.scheme(), "http" | "https")).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_targets_must_be_on_loopback() {
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
