//! Paths of the app itself: where a visitor may be sent.

use url::Url;

use super::{Fault, RedirectUri, section::Section};

/// The app's own sign-in page, with the base path in front whether or not it was written there.
pub(super) fn login_page(
    auth: &Section<'_>,
    redirect_uri: &RedirectUri,
    faults: &mut Vec<Fault>,
) -> Option<String> {
    const KEY: &str = "login_page";
    let text = auth.text(KEY, faults)?;
    let base_path = redirect_uri.base_path();
    let page = match text.strip_prefix(base_path) {
        Some(rest) if rest.starts_with('/') => text.to_owned(),
        _ => format!("{base_path}{text}"),
    };
    let fit = [text, &page]
        .iter()
        .all(|path| is_own_page(redirect_uri, path));
    if !fit || text.contains(['?', '#']) {
        faults.push(auth.fault(
            KEY,
            "is not the path of a page of your app.",
            "Write: login_page = \"/sign-in\", without host and query; /auth/login and /auth/logout are taken.",
        ));
        return None;
    }
    Some(page)
}

/// Whether `path` leads to our own origin, whoever reads it, and to no endpoint of ours.
pub(crate) fn is_own_page(redirect_uri: &RedirectUri, path: &str) -> bool {
    // Browsers take `\` for `/`, drop tabs and line ends, and read `//host` as another site.
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
        let stays = target.origin() == origin.origin();
        stays && !is_endpoint(redirect_uri, target.path())
    })
}

/// Bytes. No longer path fits into a login attempt's cookie (RFC 6265bis, section 5.6), which sets the limit that matters.
const MAX_PATH_LEN: usize = 4096;

/// Whether `path`, however it is spelled, is an endpoint of ours: returning there would log in again, or out.
fn is_endpoint(redirect_uri: &RedirectUri, path: &str) -> bool {
    is_endpoint_below(redirect_uri.base_path(), path)
}

/// Checks whether `path`, in any spelling, is an endpoint of an app below `base_path`, whether a proxy strips the base path or not.
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
    // As in `Site::below_base`: a proxy may strip the base path or leave it.
    let rest = segments.strip_prefix(base.as_slice());
    segments.contains(&"..")
        || begins_as_endpoint(&segments)
        || rest.is_some_and(begins_as_endpoint)
}

fn begins_as_endpoint(segments: &[&str]) -> bool {
    matches!(
        segments,
        ["oauth2callback", ..] | ["auth", "login" | "logout" | "dev", ..]
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A base path that begins as an endpoint does: one that a proxy strips, and one that it leaves.
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
