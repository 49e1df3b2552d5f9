//! Reloads the configuration when `secrets.toml` or a file that it names changes.

use std::{
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak},
    thread,
    time::Duration,
};

use arc_swap::ArcSwap;

use super::{AuthState, Hooks};
use crate::config::{Config, ConfigError, Digest, Source};

/// The current state, and the files that the next one is loaded from.
pub(super) struct Watched {
    current: ArcSwap<AuthState>,
    /// The host and port that the app listens on, from the first configuration.
    pub(super) listen_address: Box<str>,
    /// `None` if the configuration came from code and names no file.
    files: Option<Files>,
    /// Completed when the first service is created.
    started: Once,
}

/// The files of a configuration.
struct Files {
    source: Source,
    /// Also locked while the files are read, so that an older configuration never replaces a newer
    /// one.
    seen: Mutex<Seen>,
}

/// The contents of the files as of the last reads.
#[derive(Clone)]
struct Seen {
    /// Applied or rejected.
    settled: Digest,
    /// Read once. Applied if the next read returns the same, because an editor may still be
    /// writing.
    pending: Option<Digest>,
}

impl Watched {
    /// Creates a state that never changes.
    #[cfg(feature = "dev")]
    pub(super) fn fixed(state: AuthState) -> Self {
        Self::from_parts(state, None)
    }

    /// Creates a state that follows the files of `source`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the files cannot be used.
    pub(super) fn new(source: Source) -> Result<Self, ConfigError> {
        let snapshot = source.read();
        let settled = snapshot.digest;
        let can_change = snapshot.can_change(&source);
        let state = AuthState::new(snapshot.config()?, Hooks::default());
        let seen = Mutex::new(Seen {
            settled,
            pending: None,
        });
        let files = can_change.then_some(Files { source, seen });
        Ok(Self::from_parts(state, files))
    }

    /// Returns a copy with another state. It follows the files independently.
    pub(super) fn with_state(&self, state: AuthState) -> Self {
        let files = self.files.as_ref().map(|files| Files {
            source: files.source.clone(),
            seen: Mutex::new(files.seen().clone()),
        });
        Self::from_parts(state, files)
    }

    pub(super) fn current(&self) -> Arc<AuthState> {
        self.current.load_full()
    }

    /// Starts to watch the files, and asks the session store, so that an unavailable store is
    /// logged at startup. Only the first call has an effect, because axum creates services for each
    /// request.
    pub(super) fn start(self: &Arc<Self>) {
        self.started.call_once(|| {
            if let Some(sessions) = &self.current().sessions {
                sessions.ping_once();
            }
            if self.files.is_some() {
                self.watch();
            }
        });
    }

    /// Watches the files in a thread, so that no request waits for the disk, an idle app reloads
    /// too, and no async runtime is needed. The thread ends with the last clone of the layer.
    fn watch(self: &Arc<Self>) {
        let watched = Arc::downgrade(self);
        let thread = thread::Builder::new().name("secrets.toml".to_owned());
        if let Err(error) = thread.spawn(move || poll(&watched)) {
            tracing::error!(%error, "configuration reload unavailable");
        }
    }

    /// Reloads the configuration now.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the files cannot be used. The previous configuration stays in effect.
    pub(super) fn reload(&self) -> Result<(), ConfigError> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let mut seen = files.seen();
        let snapshot = files.source.read();
        *seen = Seen {
            settled: snapshot.digest,
            pending: None,
        };
        self.replace(snapshot.config()?);
        Ok(())
    }

    fn from_parts(state: AuthState, files: Option<Files>) -> Self {
        Self {
            listen_address: state.settings.config.redirect_uri.listen_address().into(),
            current: ArcSwap::from_pointee(state),
            files,
            started: Once::new(),
        }
    }

    /// Reads the files, and applies a change if the previous read found the same contents.
    fn reload_if_changed(&self) {
        let Some(files) = &self.files else {
            return;
        };
        let mut seen = files.seen();
        let snapshot = files.source.read();
        let digest = snapshot.digest;
        if digest == seen.settled {
            seen.pending = None;
            return;
        }
        if seen.pending != Some(digest) {
            seen.pending = Some(digest);
            return;
        }
        *seen = Seen {
            settled: digest,
            pending: None,
        };
        match snapshot.config() {
            Ok(config) => {
                self.replace(config);
                tracing::info!("configuration reloaded");
            }
            Err(error) => {
                let detail = "the previous configuration stays in effect";
                tracing::error!(%error, detail, "configuration reload failed");
            }
        }
    }

    fn replace(&self, config: Config) {
        self.current
            .store(Arc::new(self.current().with_config(config)));
    }
}

impl Files {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the files until the last clone of the layer is dropped.
fn poll(watched: &Weak<Watched>) {
    loop {
        thread::sleep(POLL_INTERVAL);
        let Some(watched) = watched.upgrade() else {
            return;
        };
        watched.reload_if_changed();
    }
}

/// A change is detected by the first read after it and applied by the second, that is, within two
/// seconds.
const POLL_INTERVAL: Duration = Duration::from_millis(750);

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A configuration with a last line that restricts access.
    const COMPLETE: &str = r#"[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "m2Rk8vT5qX1cZ7nW4jL9pY3sD6hF0gBa"
client_id = "id"
client_secret = "one"
server_metadata_url = "https://one.example/.well-known/openid-configuration"
app_name = "old"
[auth.allow]
domains = ["corp.example"]
"#;

    struct File(PathBuf);

    impl File {
        fn new(name: &str) -> Self {
            let name = format!("axum-streamlit-auth-{}-{name}.toml", std::process::id());
            let file = Self(std::env::temp_dir().join(name));
            file.write(COMPLETE);
            file
        }

        fn write(&self, text: &str) {
            std::fs::write(&self.0, text).unwrap();
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn app_name(watched: &Watched) -> String {
        watched.current().settings.config.app_name.clone()
    }

    fn has_rules(watched: &Watched) -> bool {
        let config = &watched.current().settings.config;
        config.has_rules(&config.providers[0])
    }

    #[test]
    fn edit_is_applied_after_two_equal_reads() {
        let file = File::new("two-reads");
        let watched = Watched::new(Source::path(&file.0)).unwrap();
        let new = COMPLETE.replace("\"old\"", "\"new\"");
        // An editor may write a file in pieces. Each incomplete file parses, and without the last
        // line, every user has access.
        for end in ["[auth.allow]", "app_name", "domains"] {
            file.write(&new[..new.find(end).unwrap()]);
            watched.reload_if_changed();
            assert_eq!(app_name(&watched), "old");
            assert!(has_rules(&watched));
        }
        file.write(&new);
        watched.reload_if_changed();
        assert_eq!(app_name(&watched), "old");
        watched.reload_if_changed();
        assert_eq!(app_name(&watched), "new");
        assert!(has_rules(&watched));
    }

    #[test]
    fn reverted_edit_changes_nothing() {
        let file = File::new("undone");
        let watched = Watched::new(Source::path(&file.0)).unwrap();
        let new = COMPLETE.replace("\"old\"", "\"new\"");
        for text in [&new, COMPLETE, &new, COMPLETE, &new] {
            file.write(text);
            watched.reload_if_changed();
            assert_eq!(app_name(&watched), "old");
        }
        std::fs::remove_file(&file.0).unwrap();
        watched.reload_if_changed();
        watched.reload_if_changed();
        watched.reload_if_changed();
        assert_eq!(app_name(&watched), "old");
        file.write(&new);
        watched.reload_if_changed();
        watched.reload_if_changed();
        assert_eq!(app_name(&watched), "new");
    }

    #[test]
    fn explicit_reload_takes_effect_immediately() {
        let file = File::new("explicit");
        let watched = Watched::new(Source::path(&file.0)).unwrap();
        file.write(&COMPLETE.replace("\"old\"", "\"new\""));
        watched.reload_if_changed();
        watched.reload().unwrap();
        assert_eq!(app_name(&watched), "new");
        // A change that was pending before the reload is not applied after it.
        file.write(COMPLETE);
        watched.reload_if_changed();
        assert_eq!(app_name(&watched), "new");
    }
}
