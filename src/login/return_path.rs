//! Where a visitor goes after the login: a path of our own origin, or home.

use axum::http::{HeaderValue, Uri};
use url::Url;

use crate::site::Site;

/// A path with its query that leads to our own origin, whoever reads it, and to no endpoint of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnPath(String);

impl ReturnPath {
    /// Checks a path that somebody wrote. It is checked when it is stored and again when it is used, since the signature proves who wrote
    /// it and not that it is safe.
    pub(crate) fn parse(site: &Site, path: &str) -> Option<Self> {
        let origin = Url::parse(site.config.redirect_uri.origin()).ok()?;
        // Browsers take `\` for `/`, drop tabs and line ends, and read `//host` as another site.
        let plain = path
            .bytes()
            .all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
        if !path.starts_with('/') || path.starts_with("//") || !plain || path.len() > LONGEST {
            return None;
        }
        let target = origin.join(path).ok()?;
        let stays = target.origin() == origin.origin();
        // The text itself goes out, never one rebuilt from the URL, so that the page gets the very query that was asked for.
        (stays && !is_endpoint(site, target.path())).then(|| Self(path.to_owned()))
    }

    /// The page that a request asked for.
    pub(crate) fn of_page(site: &Site, uri: &Uri) -> Option<Self> {
        let path = uri.path_and_query()?.as_str();
        // A proxy that strips the base path hides it from us, not from the browser.
        let base_path = site.config.redirect_uri.base_path();
        let has_base = path
            .strip_prefix(base_path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        if has_base {
            Self::parse(site, path)
        } else {
            Self::parse(site, &format!("{base_path}{path}"))
        }
    }

    /// The page that a form stood on, as the browser names it.
    pub(crate) fn of_referer(site: &Site, referer: &HeaderValue) -> Option<Self> {
        let referer = referer.to_str().ok()?;
        let path = referer.strip_prefix(site.config.redirect_uri.origin())?;
        Self::parse(site, path)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes; an attempt cookie has room for it beside everything else.
const LONGEST: usize = 2000;

/// Whether `path`, however it is spelled, is an endpoint of ours: returning there would log in again, or out.
fn is_endpoint(site: &Site, path: &str) -> bool {
    let decoded = decode(&decode(path)).to_ascii_lowercase();
    let segments: Vec<&str> = decoded
        .split(['/', '\\'])
        .map(|segment| segment.split(';').next().unwrap_or_default())
        .filter(|segment| !segment.is_empty() && *segment != ".")
        .collect();
    let base_path = site.config.redirect_uri.base_path().to_ascii_lowercase();
    let base: Vec<&str> = base_path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let rest = segments.strip_prefix(base.as_slice()).unwrap_or(&segments);
    matches!(
        rest,
        ["oauth2callback", ..] | ["auth", "login" | "logout" | "dev", ..]
    ) || segments.contains(&"..")
}

/// Percent escapes, decoded once; what is no escape stays.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| str::from_utf8(hex).ok())
            .filter(|_| bytes[at] == b'%');
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
