//! Parses `Set-Cookie`. RFC 6265bis, section 5.6.

use std::time::UNIX_EPOCH;

use url::{Host, Url};

use super::{Cookie, domain_matches, is_secure};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SameSite {
    Strict,
    /// Also the default. Chrome's exception for cross-site POST within two minutes is not
    /// implemented.
    Lax,
    None,
}

/// Total size of name and value, in bytes.
const MAX_PAIR_LEN: usize = 4096;
/// Size of an attribute value, in bytes.
const MAX_ATTRIBUTE_LEN: usize = 1024;
/// Maximum lifetime of a cookie: 400 days, in seconds.
const MAX_AGE: u64 = 400 * 24 * 60 * 60;

/// Parses `header` as set by `url`. Returns the reason if a browser drops the cookie. An expired
/// cookie deletes the stored one.
pub fn parse(url: &Url, header: &str, now: u64) -> Result<Cookie, &'static str> {
    if header
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\t')
    {
        return Err("control characters");
    }
    let (pair, attributes) = header.split_once(';').unwrap_or((header, ""));
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let (name, value) = (trimmed(name), trimmed(value));
    if name.is_empty() && value.is_empty() {
        return Err("neither name nor value");
    }
    if name.len() + value.len() > MAX_PAIR_LEN {
        return Err("more than 4096 bytes");
    }
    let mut cookie = Cookie::new(url, name, value);
    cookie.path = default_path(url);
    let mut max_age = None;
    let mut path_is_given = false;
    for attribute in attributes.split(';') {
        let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let (key, value) = (trimmed(key), trimmed(value));
        if value.len() > MAX_ATTRIBUTE_LEN {
            continue;
        }
        match key.to_ascii_lowercase().as_str() {
            "secure" => cookie.secure = true,
            "httponly" => cookie.http_only = true,
            "path" => {
                path_is_given = value.starts_with('/');
                cookie.path = match path_is_given {
                    true => value.to_owned(),
                    false => default_path(url),
                };
            }
            "domain" => set_domain(&mut cookie, url, value)?,
            "samesite" => {
                cookie.same_site = match value.to_ascii_lowercase().as_str() {
                    "strict" => SameSite::Strict,
                    "none" => SameSite::None,
                    _ => SameSite::Lax,
                }
            }
            "max-age" => max_age = seconds(value).or(max_age),
            "expires" => {
                let date = httpdate::parse_http_date(value).ok();
                let since_1970 = date.map(|date| date.duration_since(UNIX_EPOCH));
                cookie.expires = since_1970.map(|since| since.map_or(0, |since| since.as_secs()));
            }
            _ => {}
        }
    }
    if let Some(seconds) = max_age {
        cookie.expires = Some(if seconds <= 0 {
            0
        } else {
            now.saturating_add_signed(seconds)
        });
    }
    cookie.expires = cookie.expires.map(|expires| expires.min(now + MAX_AGE));
    check(&cookie, url, path_is_given)?;
    Ok(cookie)
}

/// Checks `Secure`, the name prefixes and `SameSite=None`.
fn check(cookie: &Cookie, url: &Url, path_is_given: bool) -> Result<(), &'static str> {
    if cookie.secure && !is_secure(url) {
        return Err("Secure from an insecure page");
    }
    if cookie.same_site == SameSite::None && !cookie.secure {
        return Err("SameSite=None without Secure");
    }
    // Browsers compare prefixes case-insensitively, and require https even on loopback.
    let begins = |text: &str, prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let prefixed = |text: &str| begins(text, "__Host-") || begins(text, "__Secure-");
    if cookie.name.is_empty() && prefixed(&cookie.value) {
        return Err("a prefix in a value without a name");
    }
    if prefixed(&cookie.name) && !(cookie.secure && url.scheme() == "https") {
        return Err("the prefix requires Secure and https");
    }
    let whole_host = cookie.host_only && cookie.path == "/" && path_is_given;
    if begins(&cookie.name, "__Host-") && !whole_host {
        return Err("__Host- requires Path=/ and no Domain");
    }
    Ok(())
}

fn set_domain(cookie: &mut Cookie, url: &Url, value: &str) -> Result<(), &'static str> {
    let domain = value
        .strip_prefix('.')
        .unwrap_or(value)
        .to_ascii_lowercase();
    let host = url.host_str().unwrap_or_default();
    cookie.host_only = domain.is_empty();
    cookie.domain = if domain.is_empty() {
        host.to_owned()
    } else {
        domain
    };
    if !domain_matches(host, &cookie.domain) {
        return Err("Domain of another host");
    }
    let is_name = matches!(url.host(), Some(Host::Domain(_)));
    if cookie.domain != host && is_name && !cookie.domain.contains('.') {
        return Err("Domain is a public suffix");
    }
    // `Domain` is ignored if it is a public suffix or an IP address that equals the host.
    cookie.host_only |= !is_name || !cookie.domain.contains('.');
    Ok(())
}

/// The directory of the URL path. RFC 6265bis, section 5.1.4.
fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => url.path()[..end].to_owned(),
    }
}

/// Parses an optional minus and digits. Saturates at the limits of `i64`.
fn seconds(value: &str) -> Option<i64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let largest = if digits.len() == value.len() {
        i64::MAX
    } else {
        i64::MIN
    };
    Some(value.parse().unwrap_or(largest))
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
