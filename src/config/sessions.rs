//! The keys of sessions that can be ended: `session_store` and `session_idle`.

#[cfg(feature = "sqlite")]
use std::path::PathBuf;

#[cfg(feature = "redis")]
use secrecy::{ExposeSecret, SecretString};

#[cfg(feature = "sqlite")]
use super::file;
use super::{Diagnostic, RedirectUri, diagnostic::Problem, duration, reader::TableReader};

/// The configuration of session records.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionConfig {
    pub(crate) store: SessionStore,
    /// The address of the app. It separates apps that share a store.
    pub(crate) namespace: String,
    /// Seconds without a request after which a session ends.
    pub(crate) idle: Option<u64>,
}

/// The store of session records.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum SessionStore {
    Memory,
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    #[cfg(feature = "redis")]
    Redis(RedisUrl),
}

/// A URL with a password.
#[cfg(feature = "redis")]
#[derive(Clone)]
pub(crate) struct RedisUrl(pub(crate) SecretString);

#[cfg(feature = "redis")]
impl PartialEq for RedisUrl {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

#[cfg(feature = "redis")]
impl Eq for RedisUrl {}

pub(super) const SESSION_STORE: &str = "session_store";
pub(super) const SESSION_IDLE: &str = "session_idle";

/// Reads `session_store` and `session_idle`. `None` without a store.
pub(super) fn read(
    auth: &TableReader<'_>,
    redirect_uri: Option<&RedirectUri>,
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
    let text = auth.string(SESSION_STORE, diagnostics)?;
    let store =
        parse(text).map_err(|problem| diagnostics.push(auth.diagnose(SESSION_STORE, problem)));
    let redirect_uri = redirect_uri?;
    Some(SessionConfig {
        store: store.ok()?,
        namespace: format!("{}{}", redirect_uri.origin(), redirect_uri.base_path()),
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
    if text == "memory" {
        return Ok(SessionStore::Memory);
    }
    match text.split_once(':') {
        Some(("sqlite", path)) => sqlite(path),
        Some(("redis" | "rediss", _)) => redis(text),
        _ => Err(Problem::new("not a session store", STORES)),
    }
}

const STORES: &str = "Write one of: \"redis://host:6379\", \"rediss://host:6379\", \"sqlite:sessions.db\", \"memory\".";

/// `path` may begin with `//`, as in the URLs of other programs. A relative path is resolved here,
/// so that a later change of the working directory has no effect.
#[cfg(feature = "sqlite")]
fn sqlite(path: &str) -> Result<SessionStore, Problem> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path == ":memory:" {
        let help = "Write: session_store = \"sqlite:sessions.db\", or \"memory\".";
        return Err(Problem::new("needs the path of a file", help));
    }
    Ok(SessionStore::Sqlite(file::absolute(path.as_ref())))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str) -> Result<SessionStore, Problem> {
    Err(missing_feature("sqlite"))
}

#[cfg(feature = "redis")]
fn redis(url: &str) -> Result<SessionStore, Problem> {
    match ::redis::Client::open(url) {
        Ok(_) => Ok(SessionStore::Redis(RedisUrl(url.into()))),
        Err(_) => Err(Problem::new(
            "not a valid Redis URL",
            "Write: session_store = \"redis://user:password@host:6379/0\". Percent-encode special characters in the password.",
        )),
    }
}

#[cfg(not(feature = "redis"))]
fn redis(_: &str) -> Result<SessionStore, Problem> {
    Err(missing_feature("redis"))
}

#[cfg(not(all(feature = "redis", feature = "sqlite")))]
fn missing_feature(feature: &str) -> Problem {
    Problem::new(
        format!("requires the feature `{feature}`, which is not enabled"),
        format!(
            "Enable the feature: axum-streamlit-auth = {{ version = \"0.1\", features = [\"{feature}\"] }}"
        ),
    )
}
