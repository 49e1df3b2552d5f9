//! The redirect URI of one provider, below the shared one.

use super::{DEFAULT, Fault, RedirectUri, auth::port, section::Section};

/// The key that gives a provider its own redirect URI; in `[auth]` itself it is the shared one.
pub(crate) const REDIRECT_URI: &str = "redirect_uri";

/// The provider's own redirect URI: the shared one with the provider's name behind it.
///
/// Nothing else is accepted, so that no two providers can have the same one.
pub(super) fn read(
    name: &str,
    section: &Section<'_>,
    shared: Option<&RedirectUri>,
    faults: &mut Vec<Fault>,
) -> Option<String> {
    if name == DEFAULT {
        return None;
    }
    let text = section
        .text(REDIRECT_URI, faults)?
        .replace("{port}", &port());
    let expected = format!("{}/{name}", shared?.as_str());
    if text != expected {
        faults.push(section.fault(
            REDIRECT_URI,
            "is not the shared redirect URI with this provider's name behind it.",
            format!("Write: redirect_uri = \"{expected}\", or remove it to use the shared one."),
        ));
        return None;
    }
    Some(text)
}
