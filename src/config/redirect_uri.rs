//! Reads the redirect URI of one provider.

use super::{DEFAULT, Diagnostic, RedirectUri, auth::port, reader::TableReader};

/// The key of a redirect URI: the shared one in `[auth]`, or that of one provider.
pub(crate) const REDIRECT_URI: &str = "redirect_uri";

/// Reads the provider's own redirect URI, which is the shared one followed by the provider's name.
///
/// Other values are rejected, so that two providers cannot have the same one.
pub(super) fn read(
    name: &str,
    reader: &TableReader<'_>,
    shared: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    if name == DEFAULT {
        return None;
    }
    let configured = reader
        .string(REDIRECT_URI, diagnostics)?
        .replace("{port}", &port());
    let expected = format!("{}/{name}", shared?.as_str());
    if configured != expected {
        diagnostics.push(reader.diagnostic(
            REDIRECT_URI,
            "expected the shared redirect URI followed by this provider's name",
            format!(
                "Write: redirect_uri = \"{expected}\", or remove this line to use the shared one."
            ),
        ));
        return None;
    }
    Some(configured)
}
