//! The format in which identity cookies are written.

use super::{Diagnostic, reader::TableReader};

/// A wire format of the identity cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CookieFormat {
    #[default]
    Native,
    /// Streamlit 1.42 to 1.56.
    #[cfg(feature = "streamlit-cookies")]
    Tornado,
    /// Streamlit 1.57 and later.
    #[cfg(feature = "streamlit-cookies")]
    Itsdangerous,
}

/// Reads `streamlit_cookies`: `"current"` or `"tornado"`, the Streamlit versions that share the
/// login.
#[cfg(feature = "streamlit-cookies")]
pub(super) fn read(
    auth: &TableReader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<CookieFormat> {
    match auth.string(STREAMLIT_COOKIES, diagnostics)? {
        "current" => Some(CookieFormat::Itsdangerous),
        "tornado" => Some(CookieFormat::Tornado),
        _ => {
            diagnostics.push(auth.diagnostic(
                STREAMLIT_COOKIES,
                "expected \"current\" or \"tornado\"",
                "Write \"current\" for Streamlit 1.57 and later, or \"tornado\" for 1.42 to 1.56.",
            ));
            None
        }
    }
}

/// Reports `streamlit_cookies` as unsupported.
#[cfg(not(feature = "streamlit-cookies"))]
pub(super) fn reject(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if auth.entry(STREAMLIT_COOKIES).is_some() {
        diagnostics.push(auth.diagnostic(
            STREAMLIT_COOKIES,
            "requires the feature `streamlit-cookies`, which is not enabled",
            "Enable the feature: axum-streamlit-auth = { version = \"0.1\", features = [\"streamlit-cookies\"] }",
        ));
    }
}

const STREAMLIT_COOKIES: &str = "streamlit_cookies";
