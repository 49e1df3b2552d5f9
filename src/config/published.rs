//! The cookie secret that is published with this crate.

use super::{RedirectUri, section::Section};

/// The cookie secret of the committed `.streamlit/secrets.toml` and of `AuthLayer::dev()`.
#[cfg(feature = "dev")]
pub(crate) const DEVELOPMENT_SECRET: &str = "public-development-secret-for-loopback-only";

/// Returns true if `secret` is the public development secret, or differs from it by case,
/// punctuation or additions.
///
/// Such a secret never signs anything itself: where [`published_problem`] accepts it, it is mixed
/// with a random key of this machine.
pub(crate) fn is_published(secret: &str) -> bool {
    const PUBLISHED: &str = "publicdevelopmentsecret";
    let letters: String = secret
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    letters.contains(PUBLISHED)
}

/// The reason why a published secret cannot be used, if there is one.
pub(super) fn published_problem(
    auth: &Section<'_>,
    redirect_uri: Option<&RedirectUri>,
) -> Option<&'static str> {
    if redirect_uri.is_some_and(|uri| !uri.is_loopback()) {
        Some("is the public development secret, which everybody knows.")
    } else if cfg!(not(feature = "dev")) {
        Some("is the public development secret, which only the feature `dev` accepts.")
    } else if auth.item("streamlit_cookies").is_some() {
        // Streamlit does not know the key of this machine, so the two could not share a login.
        Some(
            "is the public development secret, with which any client can forge a login at Streamlit.",
        )
    } else {
        None
    }
}
