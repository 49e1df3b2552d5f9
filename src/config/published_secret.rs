//! The cookie secret that is published with this crate.

use super::{RedirectUri, reader::TableReader};

/// The cookie secret of the committed `.streamlit/secrets.toml` and of `AuthLayer::dev()`.
#[cfg(feature = "dev")]
pub(crate) const DEVELOPMENT_SECRET: &str = "public-development-secret-for-loopback-only";

/// Returns true if `secret` is the public development secret, or differs from it only in case,
/// punctuation or additions.
///
/// Such a secret never signs anything itself. If [`published_problem`] accepts it, it is combined
/// with a random key of this computer.
pub(crate) fn is_published(secret: &str) -> bool {
    const PUBLISHED: &str = "publicdevelopmentsecret";
    let letters: String = secret
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    letters.contains(PUBLISHED)
}

/// Returns the reason why a published secret is not accepted here.
pub(super) fn published_problem(
    auth: &TableReader<'_>,
    redirect_uri: Option<&RedirectUri>,
) -> Option<&'static str> {
    if redirect_uri.is_some_and(|uri| !uri.is_loopback()) {
        Some("public development secret, which is only accepted on loopback")
    } else if cfg!(not(feature = "dev")) {
        Some("public development secret, which requires the feature `dev`")
    } else if auth.entry("streamlit_cookies").is_some() {
        // Streamlit does not have the key of this computer and would accept the secret itself.
        Some("public development secret, with which any client can forge a Streamlit login")
    } else {
        None
    }
}
