//! Paths of the app's pages that redirects may lead to.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Diagnostic, RedirectUri, reader::TableReader};

/// Reads `login_page`, the path of the app's own login page. The base path is added unless the
/// value begins with it.
pub(super) fn login_page(
    auth: &TableReader<'_>,
    redirect_uri: &RedirectUri,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    const KEY: &str = "login_page";
    let configured = auth.string(KEY, diagnostics)?;
    let base_path = redirect_uri.base_path();
    let page = match configured.strip_prefix(base_path) {
        Some(rest) if rest.starts_with('/') => configured.to_owned(),
        _ => format!("{base_path}{configured}"),
    };
    let is_page = [configured, &page]
        .iter()
        .all(|path| is_own_page(redirect_uri, path));
    if !is_page || configured.contains(['?', '#']) {
        diagnostics.push(auth.diagnostic(
            KEY,
            "not the path of a page in this app",
            "Write a path without a host or query, and not below /auth/login or /auth/logout: login_page = \"/sign-in\"",
        ));
        return None;
    }
    Some(page)
}

/// Returns true if every URL parser resolves `path` to a page of our own origin, and if it is not
/// one of our endpoints.
pub(crate) fn is_own_page(redirect_uri: &RedirectUri, path: &str) -> bool {
    // Browsers read `\` as `/`, drop tabs and line breaks, and read `//host` as another origin.
    let plain = path
        .bytes()
        .all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    if !path.starts_with('/') || path.starts_with("//") || !plain || path.len() > MAX_PATH_LEN {
        return false;
    }
    let Ok(origin) = Url::parse(redirect_uri.origin()) else {
        return false;
    };
    origin.join(path).is_ok_and(|target| {
        let same_origin = target.origin() == origin.origin();
        same_origin && !is_endpoint(redirect_uri, target.path())
    })
}

/// In bytes. A longer path cannot fit into the cookie of a login attempt (RFC 6265bis, section
/// 5.6). The actual limit follows from that cookie.
const MAX_PATH_LEN: usize = 4096;

/// Returns true if `path`, in any spelling, is one of our endpoints. A redirect there would log the
/// user in again, or out.
fn is_endpoint(redirect_uri: &RedirectUri, path: &str) -> bool {
    is_endpoint_below(redirect_uri.base_path(), path)
}

/// Returns true if `path`, in any spelling, is an endpoint of an app below `base_path`. Paths with
/// and without the base path are recognized, because a proxy may strip it.
pub(super) fn is_endpoint_below(base_path: &str, path: &str) -> bool {
    let decoded = decode(&decode(path)).to_ascii_lowercase();
    let segments: Vec<&str> = decoded
        .split(['/', '\\'])
        .map(|segment| segment.split(';').next().unwrap_or_default())
        .filter(|segment| !segment.is_empty() && *segment != ".")
        .collect();
    let base_path = base_path.to_ascii_lowercase();
    let base: Vec<&str> = base_path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    // As in `Settings::below_base`.
    let rest = segments.strip_prefix(base.as_slice());
    segments.contains(&"..")
        || begins_as_endpoint(&segments)
        || rest.is_some_and(begins_as_endpoint)
}

fn begins_as_endpoint(segments: &[&str]) -> bool {
    matches!(
        segments,
        ["oauth2callback", ..]
            | [
                "auth",
                "login" | "logout" | "backchannel-logout" | "dev",
                ..
            ]
    )
}

/// Decodes percent escapes once. Invalid escapes are kept.
fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some base paths begin like an endpoint. The proxy may strip the base path.
    #[test]
    fn endpoints_are_found_with_and_without_base_path() {
        for (base_path, path, expected) in [
            ("/auth", "/auth/auth/login", true),
            ("/auth", "/auth/login", true),
            ("/auth", "/auth/logins", false),
            ("/auth", "/auth/auth", false),
            ("/auth", "/auth/", false),
            ("/x/auth", "/x/auth/login", false),
            ("/x/auth", "/x/auth/auth/login/google", true),
            ("/app", "/app/oauth2callback", true),
            ("/app", "/app/app/oauth2callback", false),
        ] {
            assert_eq!(
                is_endpoint_below(base_path, path),
                expected,
                "{base_path} {path}"
            );
        }
    }
}
