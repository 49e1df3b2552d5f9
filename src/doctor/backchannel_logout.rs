//! Checks whether a provider can end sessions in the app.

use serde_json::{Map, Value};

use super::CheckReport;
use crate::{config::ProviderConfig, endpoints::BACKCHANNEL_LOGOUT, state::Settings};

/// Reports the URL to enter at the provider, if there is a session store.
///
/// Source: OpenID Connect Back-Channel Logout 1.0, section 2.1.
pub(super) fn check(
    report: &mut CheckReport,
    settings: &Settings,
    config: &ProviderConfig,
    document: &Map<String, Value>,
) {
    if settings.config.sessions.is_none() {
        return;
    }
    let label = &config.label;
    let is_true = |name: &str| document.get(name) == Some(&Value::Bool(true));
    if !is_true("backchannel_logout_supported") {
        report.pass(format!(
            "{label}: cannot end sessions in the app (no backchannel_logout_supported)"
        ));
        return;
    }
    report.pass(format!(
        "{label}: can end sessions in the app if {}{} is entered there as the back-channel logout URL",
        settings.config.redirect_uri.origin(),
        settings.path(BACKCHANNEL_LOGOUT)
    ));
    if !is_true("backchannel_logout_session_supported") {
        report.unknown(format!(
            "{label} does not list backchannel_logout_session_supported, so a logout there may end all sessions of a user"
        ));
    }
}
