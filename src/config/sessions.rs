//! The keys of sessions that can be ended: `session_store` and `session_idle`.

use super::{
    Diagnostic, cookie_format::STREAMLIT_COOKIES, diagnostic::Problem, duration,
    reader::TableReader,
};

/// The configuration of session records.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionConfig {
    pub(crate) store: SessionStore,
    /// Seconds without a request after which a session ends.
    pub(crate) idle: Option<u64>,
}

/// The store of session records.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum SessionStore {
    Memory,
}

pub(super) const SESSION_STORE: &str = "session_store";
pub(super) const SESSION_IDLE: &str = "session_idle";

/// Reads `session_store` and `session_idle`. `None` without a store.
pub(super) fn read(
    auth: &TableReader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<SessionConfig> {
    let idle = duration::read(
        auth,
        SESSION_IDLE,
        IDLE_EXAMPLE,
        MIN_IDLE,
        MAX_IDLE,
        diagnostics,
    );
    if auth.entry(SESSION_STORE).is_none() {
        if auth.entry(SESSION_IDLE).is_some() {
            let help = "Add a store, such as session_store = \"memory\", or remove this line.";
            diagnostics.push(auth.diagnostic(
                SESSION_IDLE,
                "has no effect without `session_store`",
                help,
            ));
        }
        return None;
    }
    if auth.entry(STREAMLIT_COOKIES).is_some() {
        let message = "cannot be combined with `streamlit_cookies`";
        let help = "Remove one of the two keys. A cookie in Streamlit's format has no session.";
        diagnostics.push(auth.diagnostic(SESSION_STORE, message, help));
    }
    let text = auth.string(SESSION_STORE, diagnostics)?;
    let store =
        parse(text).map_err(|problem| diagnostics.push(auth.diagnose(SESSION_STORE, problem)));
    Some(SessionConfig {
        store: store.ok()?,
        idle,
    })
}

/// In seconds. A shorter timeout would write `last_seen` more often than sessions are checked.
const MIN_IDLE: u64 = 60;

/// In seconds: 400 days, the longest lifetime of a cookie.
const MAX_IDLE: u64 = 400 * 24 * 60 * 60;

const IDLE_EXAMPLE: &str = "30m";

/// Parses the value of `session_store`. A problem never quotes it, because it may hold a password.
fn parse(text: &str) -> Result<SessionStore, Problem> {
    match text {
        "memory" => Ok(SessionStore::Memory),
        _ => Err(Problem::new("not a session store", STORES)),
    }
}

const STORES: &str = "Write: session_store = \"memory\"";
