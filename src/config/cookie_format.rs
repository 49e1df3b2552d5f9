//! In which of the formats an identity is written.

use super::{Fault, section::Section};

/// A wire format of the identity cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CookieFormat {
    #[default]
    Ours,
    /// Streamlit 1.42 to 1.56.
    #[cfg(feature = "streamlit")]
    Tornado,
    /// Streamlit 1.57 and later.
    #[cfg(feature = "streamlit")]
    Itsdangerous,
}

/// `"current"` or `"tornado"`: which Streamlit is to know who signs in here.
#[cfg(feature = "streamlit")]
pub(super) fn read(auth: &Section<'_>, faults: &mut Vec<Fault>) -> Option<CookieFormat> {
    match auth.text(KEY, faults)? {
        "current" => Some(CookieFormat::Itsdangerous),
        "tornado" => Some(CookieFormat::Tornado),
        _ => {
            faults.push(auth.fault(
                KEY,
                "is neither \"current\" nor \"tornado\".",
                "Write \"current\" for Streamlit 1.57 and later, \"tornado\" for 1.42 to 1.56.",
            ));
            None
        }
    }
}

#[cfg(not(feature = "streamlit"))]
pub(super) fn refuse(auth: &Section<'_>, faults: &mut Vec<Fault>) {
    if auth.item(KEY).is_some() {
        faults.push(auth.fault(
            KEY,
            "needs the feature `streamlit`, which is not compiled in.",
            "Add the feature: axum-streamlit-auth = { version = \"0.1\", features = [\"streamlit\"] }",
        ));
    }
}

const KEY: &str = "streamlit_cookies";
