//! The lifetime of logins.

use super::CheckReport;
use crate::state::Settings;

/// Reports whether `revoked_before` still ends any login.
pub(super) fn check(report: &mut CheckReport, settings: &Settings) {
    const KEY: &str = "revoked_before";
    let config = &settings.config;
    if config.revoked_before == 0 {
        return;
    }
    let last_end = config.revoked_before.saturating_add(config.cookie_max_age);
    if settings.now() > last_end {
        report.warn(config.locations.diagnostic(
            KEY,
            "ends no login, because all earlier ones have expired",
            "Remove this line.",
        ));
    } else {
        report.pass(format!("{KEY}: earlier logins have ended"));
    }
}
