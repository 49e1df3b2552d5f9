//! `streamlit_logins`: accepts or refuses logins of a Streamlit app, which have no record, if
//! `session_store` is set.

use super::{Diagnostic, reader::TableReader, sessions::SESSION_STORE};

pub(super) const STREAMLIT_LOGINS: &str = "streamlit_logins";

/// Reads `streamlit_logins`: `"accept"`, or `"refuse"`, which is the default. Returns true for the
/// first.
pub(super) fn read(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> bool {
    if auth.entry(STREAMLIT_LOGINS).is_none() {
        return false;
    }
    if let Some((message, help)) = without_effect(auth) {
        diagnostics.push(auth.diagnostic(STREAMLIT_LOGINS, message, help));
        return false;
    }
    match auth.string(STREAMLIT_LOGINS, diagnostics) {
        Some("accept") => true,
        Some("refuse") | None => false,
        Some(_) => {
            diagnostics.push(auth.diagnostic(
                STREAMLIT_LOGINS,
                "expected \"accept\" or \"refuse\"",
                "Write \"accept\" if a login of the Streamlit app is valid without a record of its session, or remove this line.",
            ));
            false
        }
    }
}

/// Returns the reason why the key has no effect, with a remedy.
fn without_effect(auth: &TableReader<'_>) -> Option<(&'static str, &'static str)> {
    if cfg!(not(feature = "streamlit-cookies")) {
        return Some((
            "requires the feature `streamlit-cookies`, which is not enabled",
            "Enable the feature: axum-streamlit-auth = { version = \"0.1\", features = [\"streamlit-cookies\"] }",
        ));
    }
    auth.entry(SESSION_STORE).is_none().then_some((
        "has no effect without `session_store`",
        "Remove this line. Without a store, every otherwise valid login is accepted.",
    ))
}
