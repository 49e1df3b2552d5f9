//! A cookie jar that follows the rules of RFC 6265bis as Chromium applies them. Cookies ignore
//! ports, so an app and a provider on localhost share the jar, as in a browser.

use std::time::{Duration, Instant};

use url::Url;

/// Maximum size of name and value, in bytes.
const MAX_PAIR_LEN: usize = 4096;
/// Chromium's limit per host. Further cookies evict the oldest.
const MAX_PER_HOST: usize = 180;

#[derive(Clone, Default)]
pub struct Jar(Vec<Cookie>);

#[derive(Clone)]
struct Cookie {
    name: String,
    value: String,
    host: String,
    path: String,
    lax: bool,
    expires: Option<Instant>,
}

impl Jar {
    /// Stores the cookie of a `Set-Cookie` header from `url`.
    pub fn set(&mut self, url: &Url, header: &str) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        let mut cookie = Cookie {
            name: name.into(),
            value: value.into(),
            host: url.host_str().unwrap().into(),
            path: default_path(url),
            lax: true,
            expires: None,
        };
        let (mut secure, mut domain, mut max_age, mut expired) = (false, None, None, false);
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key.trim().to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => cookie.path = value.into(),
                "domain" => domain = Some(value.trim_start_matches('.').to_owned()),
                "secure" => secure = true,
                "max-age" => max_age = value.parse::<i64>().ok(),
                "expires" => {
                    expired = httpdate::parse_http_date(value)
                        .is_ok_and(|date| date <= std::time::SystemTime::now());
                }
                "samesite" => cookie.lax = !value.eq_ignore_ascii_case("none"),
                _ => {}
            }
        }
        // localhost is potentially trustworthy without TLS.
        let host_prefix = name.starts_with("__Host-") && (domain.is_some() || cookie.path != "/");
        let prefix = name.starts_with("__Host-") || name.starts_with("__Secure-");
        if (prefix && !secure)
            || host_prefix
            || name.len() + value.len() > MAX_PAIR_LEN
            || domain.is_some_and(|domain| domain != cookie.host)
        {
            return;
        }
        match max_age {
            Some(age) => {
                expired = age <= 0;
                cookie.expires =
                    Some(Instant::now() + Duration::from_secs(age.max(0).unsigned_abs()));
            }
            None if expired => {}
            None => cookie.expires = None,
        }
        self.0.retain(|old| {
            (&old.name, &old.host, &old.path) != (&cookie.name, &cookie.host, &cookie.path)
        });
        if !expired {
            self.0.push(cookie);
        }
        let of_host = |cookie: &Cookie| Some(cookie.host.as_str()) == url.host_str();
        while self.0.iter().filter(|cookie| of_host(cookie)).count() > MAX_PER_HOST {
            let oldest = self.0.iter().position(of_host).unwrap();
            self.0.remove(oldest);
        }
    }

    /// The `Cookie` header of a request to `url`, with `lax` cookies only if the request may carry
    /// them.
    pub fn header(&self, url: &Url, with_lax: bool) -> Option<String> {
        let mut cookies: Vec<&Cookie> = self
            .matching(url)
            .filter(|cookie| with_lax || !cookie.lax)
            .collect();
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = cookies
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The names of the cookies of a request to `url`.
    pub fn names(&self, url: &Url) -> Vec<String> {
        self.matching(url)
            .map(|cookie| cookie.name.clone())
            .collect()
    }

    fn matching(&self, url: &Url) -> impl Iterator<Item = &Cookie> {
        let now = Instant::now();
        self.0.iter().filter(move |cookie| {
            Some(cookie.host.as_str()) == url.host_str()
                && under(&cookie.path, url.path())
                && cookie.expires.is_none_or(|expires| expires > now)
        })
    }
}

fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        Some(("", _)) | None => "/".into(),
        Some((folder, _)) => folder.into(),
    }
}

fn under(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || folder.ends_with('/') || rest.starts_with('/'))
}

#[test]
fn cookie_jar_is_as_strict_as_a_browser() {
    let url = |text: &str| text.parse::<Url>().unwrap();
    let mut jar = Jar::default();
    let callback = url("http://localhost:1/app/oauth2callback");
    jar.set(
        &callback,
        "kept=1; Path=/app; HttpOnly; SameSite=Lax; Max-Age=60",
    );
    jar.set(&callback, "narrow=2");
    jar.set(&callback, "gone=3; Max-Age=60; Path=/");
    jar.set(&callback, "gone=; Max-Age=0; Path=/");
    jar.set(&callback, "old=4; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    jar.set(&callback, "__Host-a=5; Path=/");
    jar.set(&callback, "foreign=6; Domain=example.com");
    jar.set(&callback, &format!("long={}", "x".repeat(MAX_PAIR_LEN)));

    let header = |address: &str, lax| jar.header(&url(address), lax);
    assert_eq!(
        header("http://localhost:2/app/", true).unwrap(),
        "kept=1; narrow=2"
    );
    assert_eq!(
        header("http://localhost:2/app", true).unwrap(),
        "kept=1; narrow=2"
    );
    assert_eq!(header("http://localhost:2/app/", false), None);
    assert_eq!(header("http://localhost:2/apple", true), None);
    assert_eq!(header("http://127.0.0.1:1/app/", true), None);
}
