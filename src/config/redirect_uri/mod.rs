//! The redirect URI. The origin, the base path and the cookie attribute `Secure` follow from it.

use ::url::Url;

use self::read::port;
pub(super) use self::read::{read, read_own};
use super::{
    app_path::is_endpoint_below,
    diagnostic::Problem,
    metadata_url::issuer_of,
    secret::{is_unexpanded, unexpanded},
    url::is_loopback,
};

mod read;

/// The key of a redirect URI: the shared one in `[auth]`, or that of one provider.
pub(crate) const REDIRECT_URI: &str = "redirect_uri";

/// A valid `redirect_uri`. The origin, the base path and the cookie attribute `Secure` are derived
/// only from it.
#[derive(Clone, Debug)]
pub(crate) struct RedirectUri {
    uri: String,
    /// In the form of an `Origin` header.
    origin: String,
    /// Empty, or a path without a trailing slash such as `/app`.
    base_path: String,
    authority: String,
    host: String,
    secure: bool,
    loopback: bool,
}

/// The path that every `redirect_uri` ends with.
///
/// Source: Streamlit 1.67, `auth_util.get_validated_redirect_uri`.
pub(crate) const CALLBACK: &str = "/oauth2callback";

/// In bytes. The base path is part of the name of every cookie, and signed values contain that name
/// again.
const MAX_BASE_PATH_LEN: usize = 128;

impl RedirectUri {
    /// Parses and checks a `redirect_uri`.
    ///
    /// # Errors
    ///
    /// The [`Problem`] of an unusable `redirect_uri`.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        const EXAMPLE: &str = "Write, with your own host and port: redirect_uri = \"http://localhost:8501/oauth2callback\"";
        if text.contains('$') && is_unexpanded(text) {
            return Err(unexpanded(text));
        }
        let url = Url::parse(text).map_err(|_| Problem::new("not an absolute URL", EXAMPLE))?;
        if !matches!(url.scheme(), "http" | "https") {
            let message = "expected an https:// URL (or http:// on loopback)";
            return Err(Problem::new(message, EXAMPLE));
        }
        // Rejected at any position, because URL parsers may disagree about which part is the host.
        if text.contains('@') {
            return Err(Problem::new(
                "contains a user name",
                "Remove the user name and the `@`.",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Problem::new(
                "contains a query or a fragment",
                "End it with /oauth2callback.",
            ));
        }
        let base_path = url.path().strip_suffix(CALLBACK).ok_or_else(|| {
            Problem::new(
                "does not end with /oauth2callback",
                "End it with /oauth2callback, here and at the provider.",
            )
        })?;
        if url.as_str() != text {
            return Err(Problem::new(
                "not in the form that browsers send",
                "Use a host in lower case (and in Punycode unless it is ASCII), no default port, no `..` and no spaces.",
            ));
        }
        if !base_path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte))
            || base_path.contains("//")
            || base_path.ends_with('/')
        {
            return Err(Problem::new(
                "the base path contains characters that cookies do not allow",
                "Use only letters, digits, `-`, `.`, `_` and `~` in the path.",
            ));
        }
        if base_path.len() > MAX_BASE_PATH_LEN {
            return Err(Problem::new(
                format!(
                    "the base path, which is part of every cookie name, is longer than {MAX_BASE_PATH_LEN} bytes"
                ),
                "Serve the app below a shorter path.",
            ));
        }
        if is_endpoint_below("", base_path) {
            return Err(Problem::new(
                "the base path begins with an endpoint of the login",
                "Use a base path that does not begin with /auth/login, /auth/logout, /auth/dev or /oauth2callback.",
            ));
        }
        let (secure, loopback) = (url.scheme() == "https", is_loopback(&url));
        if !secure && !loopback {
            return Err(Problem::new(
                "plain http is only allowed on loopback",
                "Write https://. The app itself may serve http behind a proxy that terminates TLS.",
            ));
        }
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            base_path: base_path.to_owned(),
            authority: format!(
                "{}:{}",
                url.host_str().unwrap_or_default(),
                url.port_or_known_default().unwrap_or_default()
            ),
            host: url.host_str().unwrap_or_default().to_owned(),
            uri: text.to_owned(),
            secure,
            loopback,
        })
    }

    /// Returns the URI exactly as configured, because providers compare strings (RFC 6749, section
    /// 3.1.2.3).
    pub(crate) fn as_str(&self) -> &str {
        &self.uri
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn base_path(&self) -> &str {
        &self.base_path
    }

    /// Returns the issuer of the development provider.
    pub(crate) fn development_issuer(&self) -> String {
        format!("{}{}/auth/dev", self.origin, self.base_path)
    }

    /// Returns true if `metadata_url` is that of the development provider.
    pub(crate) fn is_development(&self, metadata_url: &Url) -> bool {
        self.loopback && issuer_of(metadata_url) == self.development_issuer()
    }

    /// Returns the host and port that the app itself listens on.
    ///
    /// With https, the redirect URI names a proxy that ends TLS. The app listens on loopback behind
    /// it.
    pub(crate) fn listen_address(&self) -> String {
        if self.secure {
            format!("127.0.0.1:{}", port())
        } else {
            self.authority.clone()
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.loopback
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uri_yields_origin_and_base_path() {
        let uri = RedirectUri::parse("https://example.com/my/base/oauth2callback").unwrap();

        assert_eq!(
            (uri.origin(), uri.base_path(), uri.authority.as_str()),
            ("https://example.com", "/my/base", "example.com:443")
        );
        assert!(uri.is_secure() && !uri.is_loopback());
    }

    #[test]
    fn invalid_redirect_uris_are_rejected() {
        for text in [
            "/oauth2callback",
            "localhost:8501/oauth2callback",
            "ftp://localhost/oauth2callback",
            "http://localhost:8501/callback",
            "http://localhost:8501/oauth2callback/",
            "http://localhost:8501/oauth2callback?x",
            "http://localhost:8501/oauth2callback#",
            "http://user:pw@localhost/oauth2callback",
            "http://localhost:80@evil.test/oauth2callback",
            "http://example.com/oauth2callback",
            "http://localhost.evil.test/oauth2callback",
            "http://app.localhost.evil.test/oauth2callback",
            "http://evillocalhost/oauth2callback",
            "http://.localhost/oauth2callback",
            "https://Example.com/oauth2callback",
            "https://example.com:443/oauth2callback",
            "https://example.com/a/../oauth2callback",
            "https://example.com//oauth2callback",
            "https://example.com/a;b/oauth2callback",
        ] {
            assert!(RedirectUri::parse(text).is_err(), "{text}");
        }
        for text in [
            "http://127.8.8.8:1/oauth2callback",
            "http://[::1]:8501/oauth2callback",
            "http://app.localhost:8501/oauth2callback",
            "http://a.b.localhost/x/oauth2callback",
            "https://a.example/x/oauth2callback",
        ] {
            assert!(RedirectUri::parse(text).is_ok(), "{text}");
        }
    }
}
