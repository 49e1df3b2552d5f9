//! Links to the login endpoints, with the return path in their query.

use super::ReturnPath;
use crate::state::Settings;

/// Returns the path that starts a login. An unknown provider is ignored.
pub(crate) fn login_path(
    settings: &Settings,
    provider: Option<&str>,
    next: Option<&ReturnPath>,
) -> String {
    let provider = provider.filter(|name| {
        settings
            .config
            .providers
            .iter()
            .any(|provider| provider.name == *name)
    });
    let mut link = settings.path("/auth/login");
    if let Some(name) = provider {
        link.push('/');
        link.push_str(name);
    }
    with_next(&link, next)
}

/// Returns `path` with the return path in its query.
pub(crate) fn with_next(path: &str, next: Option<&ReturnPath>) -> String {
    match next {
        Some(next) => format!("{path}?{}", encode_next(next.as_str())),
        None => path.to_owned(),
    }
}

/// Encodes the return path as a query.
pub(crate) fn encode_next(next: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair(NEXT, next)
        .finish()
}

/// Parses the return path, the only parameter of `/auth/login`.
pub(crate) fn parse_next(query: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == NEXT)
        .map(|(_, next)| next.into_owned())
}

const NEXT: &str = "next";
