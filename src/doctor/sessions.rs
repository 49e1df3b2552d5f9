//! The session store.

use super::CheckReport;
use crate::state::AuthState;

/// Checks whether the session store answers, if there is one.
pub(super) async fn check(report: &mut CheckReport, state: &AuthState) {
    let Some(sessions) = &state.sessions else {
        return;
    };
    match sessions.ping().await {
        Ok(()) => report.pass("session_store: answers".to_owned()),
        Err(error) => {
            let help = "Check that the store is running and reachable from here. Until it answers, no user can log in.";
            let message = format!("the session store does not answer ({error})");
            let locations = &state.settings.config.locations;
            report.fail(locations.diagnostic("session_store", message, help));
        }
    }
}
