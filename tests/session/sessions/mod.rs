//! Sessions that can be ended: `session_store`, `session_idle`, and `AuthLayer::sessions`.

mod backchannel;
mod concurrent;
mod devices;
mod ended;
mod idle;
mod large;
mod outage;
mod records;
mod refresh;
mod sqlite;
mod streamlit;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, Session, User};

use support::{Browser, Clock, ORIGIN, Provider, app_with, eventually, secrets};

/// An app whose sessions are in memory. Clones of `auth` share them.
struct App {
    provider: Provider,
    clock: Clock,
    auth: AuthLayer,
}

impl App {
    /// The app, with these lines in `[auth]`.
    async fn new(lines: &str) -> Self {
        Self::with_store("memory", lines).await
    }

    async fn with_store(store: &str, lines: &str) -> Self {
        let provider = Provider::start().await;
        let toml = secrets(&provider)
            .auth(&format!("session_store = {store:?}"))
            .auth(lines)
            .toml();
        let clock = Clock::at_system_time();
        let auth = clock.layer(&toml);
        Self {
            provider,
            clock,
            auth,
        }
    }

    /// A browser without cookies.
    fn browser(&self) -> Browser {
        Browser::new(app_with(self.auth.clone()), ORIGIN)
    }

    /// A browser after the login of `name`.
    async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        self.provider.sign_in_as(name);
        let skew = self.clock.now().cast_signed() - Clock::at_system_time().now().cast_signed();
        self.provider.set(|faults| faults.clock_skew = skew);
        browser.get("/auth/login").await;
        assert_eq!(user(&mut browser).await, name);
        browser
    }

    /// The user that a handler sees in this browser.
    async fn user_in(&self, browser: &mut Browser) -> User {
        let seen = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&seen);
        let handler = get(move |user: User| async move { *kept.lock().unwrap() = Some(user) });
        browser.serve(
            Router::new().route("/", handler).layer(self.auth.clone()),
            ORIGIN,
        );
        browser.get("/").await;
        browser.serve(app_with(self.auth.clone()), ORIGIN);
        seen.lock().unwrap().take().expect("the handler ran")
    }

    /// The active sessions of a user.
    async fn sessions(&self, name: &str) -> Vec<Session> {
        let (sessions, issuer) = (self.auth.sessions(), self.provider.issuer());
        sessions.list(&issuer, name).await.unwrap()
    }

    /// Waits until the store contains a use of the session of `name` at `seconds` since 1970 or
    /// later. A use is stored in a task, after the response.
    async fn stored_use(&self, name: &str, seconds: u64) {
        let since = UNIX_EPOCH + Duration::from_secs(seconds);
        let is_stored = async || self.sessions(name).await[0].last_seen() >= since;
        eventually("a stored use of the session", is_stored).await;
    }
}

/// `sub` of the user of this browser, or `nobody`.
async fn user(browser: &mut Browser) -> String {
    browser.get("/").await.text()
}

/// An SQLite file, which is removed at the end of a test.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sessions-{name}-{number}.db");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let file = Self(path);
        file.remove();
        file
    }

    /// The value of `session_store`.
    fn store(&self) -> String {
        format!("sqlite:{}", self.0.display())
    }

    /// Executes SQL in the file, as another program would.
    fn execute(&self, sql: &str) {
        let connection = rusqlite::Connection::open(&self.0).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    fn path(&self) -> String {
        self.0.display().to_string()
    }

    /// The number of rows of a table.
    fn count(&self, table: &str) -> i64 {
        let connection = rusqlite::Connection::open(&self.0).unwrap();
        let rows = format!("SELECT count(*) FROM {table}");
        connection.query_row(&rows, [], |row| row.get(0)).unwrap()
    }

    /// Makes every query fail.
    fn break_store(&self) {
        self.execute("ALTER TABLE streamlit_auth_sessions RENAME COLUMN id TO hidden");
    }

    fn repair(&self) {
        self.execute("ALTER TABLE streamlit_auth_sessions RENAME COLUMN hidden TO id");
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(suffix);
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.remove();
    }
}
