//! The two kinds of URL in a configuration: our callback, and a provider's discovery document.

use url::{Host, Url};

use super::path::is_endpoint_below;

/// A `redirect_uri` that is fit to use. Origin, base path and `Secure` follow from it, and from nothing else.
#[derive(Clone, Debug)]
pub(crate) struct RedirectUri {
    text: String,
    /// As a browser writes it in an `Origin` header.
    origin: String,
    /// Without a slash at the end: `` or `/app`.
    base_path: String,
    authority: String,
    host: String,
    secure: bool,
    loopback: bool,
}

/// The fixed end of every `redirect_uri`.
///
/// Source: Streamlit 1.67, `auth_util.get_validated_redirect_uri`.
pub(crate) const CALLBACK: &str = "/oauth2callback";

/// Bytes of a base path. It is in the name of every cookie, and a signed value contains its name once more.
const MAX_BASE_PATH_LEN: usize = 128;

pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";

impl RedirectUri {
    /// # Errors
    ///
    /// The problem and the fix, without the text itself.
    pub(crate) fn parse(text: &str) -> Result<Self, (&'static str, &'static str)> {
        const EXAMPLE: &str = "Write: redirect_uri = \"http://localhost:8501/oauth2callback\", with your own host and port.";
        let url = Url::parse(text).map_err(|_| ("is not an absolute URL.", EXAMPLE))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err((
                "must begin with https:// (or http:// on loopback).",
                EXAMPLE,
            ));
        }
        // Wherever it stands: what is a name to one reader is a host to another.
        if text.contains('@') {
            return Err((
                "holds a user name.",
                "Remove everything between `//` and `@`.",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(("has a query or a fragment.", "End it with /oauth2callback."));
        }
        let base_path = url.path().strip_suffix(CALLBACK).ok_or((
            "does not end with /oauth2callback.",
            "End it with /oauth2callback, here and at the provider.",
        ))?;
        if url.as_str() != text {
            return Err((
                "is not written as a browser would send it.",
                "Use a lower-case host (punycode for other letters), no default port, no `..` and no spaces.",
            ));
        }
        if !base_path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte))
            || base_path.contains("//")
            || base_path.ends_with('/')
        {
            return Err((
                "has a base path that a cookie cannot carry.",
                "Use letters, digits, `-`, `.`, `_` and `~` in the path.",
            ));
        }
        if base_path.len() > MAX_BASE_PATH_LEN {
            return Err((
                "has a base path of more than 128 bytes, which is a part of every cookie's name.",
                "Serve the app below a shorter path.",
            ));
        }
        if is_endpoint_below("", base_path) {
            return Err((
                "has a base path that is itself a sign-in path.",
                "Use a base path that does not begin with /auth/login, /auth/logout, /auth/dev or /oauth2callback.",
            ));
        }
        let (secure, loopback) = (url.scheme() == "https", is_loopback(&url));
        if !secure && !loopback {
            return Err((
                "uses plain http off loopback.",
                "Write https://; the app itself may still speak http behind a proxy that ends TLS.",
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
            text: text.to_owned(),
            secure,
            loopback,
        })
    }

    /// Exactly as configured: providers compare it byte by byte (RFC 6749, section 3.1.2.3).
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn base_path(&self) -> &str {
        &self.base_path
    }

    /// Where the development provider of this app lives.
    pub(crate) fn development_issuer(&self) -> String {
        format!("{}{}/auth/dev", self.origin, self.base_path)
    }

    /// Whether `metadata_url` is that of the development provider.
    pub(crate) fn is_development(&self, metadata_url: &Url) -> bool {
        self.loopback && issuer_of(metadata_url) == self.development_issuer()
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
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

/// A `server_metadata_url` that is fit to use.
///
/// # Errors
///
/// The problem and the fix, without the text itself.
pub(crate) fn metadata_url(text: &str) -> Result<Url, (String, &'static str)> {
    if let Some(name) = placeholder(text) {
        return Err((
            format!("still holds `{{{name}}}`."),
            "Put your own value in its place; the provider's console shows it.",
        ));
    }
    let url = fetchable(text).ok_or_else(|| {
        (
            "is not an absolute URL.".to_owned(),
            "Copy it from the provider; it ends with /.well-known/openid-configuration.",
        )
    })?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(("holds a user name or a fragment.".to_owned(), "Remove it."));
    }
    if !url.path().ends_with(DISCOVERY) {
        return Err((
            "does not end with /.well-known/openid-configuration.".to_owned(),
            "Use the address of the discovery document, not the issuer or the login page.",
        ));
    }
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err((
            "uses plain http off loopback.".to_owned(),
            "Write https://.",
        ));
    }
    Ok(url)
}

/// A URL that an HTTP request can be sent to, of a length that every server takes.
pub(crate) fn fetchable(text: &str) -> Option<Url> {
    const LONGEST: usize = 4000;
    let url = Url::parse(text).ok()?;
    let fit = url.as_str().len() <= LONGEST && url.as_str().parse::<axum::http::Uri>().is_ok();
    fit.then_some(url)
}

/// The issuer that a discovery document at `url` speaks for.
///
/// Source: OpenID Connect Discovery 1.0, section 4.
pub(crate) fn issuer_of(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.as_str()
        .strip_suffix(DISCOVERY)
        .unwrap_or(url.as_str())
        .to_owned()
}

/// Returns true for `localhost` and names below it (RFC 6761, section 6.3), 127.0.0.0/8 and `[::1]`: the hosts that browsers trust without
/// TLS (W3C Secure Contexts, section 3.1).
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let below = name.strip_suffix(".localhost");
            name == "localhost" || below.is_some_and(|label| !label.is_empty())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The name in the first `{name}` of `text`.
fn placeholder(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('{')?;
    let (name, _) = rest.split_once('}')?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_and_base_path_follow_from_the_redirect_uri() {
        let uri = RedirectUri::parse("https://example.com/my/base/oauth2callback").unwrap();

        assert_eq!(
            (uri.origin(), uri.base_path(), uri.authority()),
            ("https://example.com", "/my/base", "example.com:443")
        );
        assert!(uri.is_secure() && !uri.is_loopback());
    }

    #[test]
    fn redirect_uris_that_are_not_fit_are_refused() {
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

    #[test]
    fn the_issuer_is_the_metadata_url_without_the_well_known_part() {
        let url = |text| metadata_url(text).unwrap();

        assert_eq!(
            issuer_of(&url("https://a.example/.well-known/openid-configuration")),
            "https://a.example"
        );
        assert_eq!(
            issuer_of(&url(
                "https://a.example/t/v2.0/.well-known/openid-configuration?p=x"
            )),
            "https://a.example/t/v2.0"
        );
    }
}
