//! Reloads the configuration when secrets.toml changes.

use std::{
    sync::{Arc, Mutex, Once, PoisonError, RwLock, Weak},
    thread,
    time::Duration,
};

use crate::{
    config::{Config, ConfigError, Digest, Source},
    shared::Shared,
};

/// The state that answers requests, and the files that the next one comes from. All clones of a layer have the same.
pub(crate) struct Live {
    current: RwLock<Arc<Shared>>,
    /// Host and port of the first configuration.
    pub(crate) authority: Box<str>,
    /// `None` if the configuration came from code.
    files: Option<Files>,
    watcher: Once,
}

struct Files {
    source: Source,
    /// Also locked while the files are read, so that an older configuration never replaces a newer one.
    seen: Mutex<Seen>,
}

/// What the files held when they were read.
#[derive(Clone)]
struct Seen {
    /// Taken over, or refused.
    settled: Digest,
    /// Seen once. It is taken over if the next read finds the same, because an editor may still be writing.
    pending: Option<Digest>,
}

impl Live {
    /// Answers with `shared` for ever.
    pub(crate) fn fixed(shared: Shared) -> Self {
        Self::new(shared, None)
    }

    /// Answers by what `source` holds, now and later.
    ///
    /// # Errors
    ///
    /// If its files cannot be used.
    pub(crate) fn following(source: Source) -> Result<Self, ConfigError> {
        let snapshot = source.read();
        let settled = snapshot.digest();
        let shared = Shared::new(snapshot.config()?);
        let seen = Mutex::new(Seen {
            settled,
            pending: None,
        });
        Ok(Self::new(shared, Some(Files { source, seen })))
    }

    /// A `Live` of its own that answers with `shared` instead.
    pub(crate) fn with(&self, shared: Shared) -> Self {
        let files = self.files.as_ref().map(|files| Files {
            source: files.source.clone(),
            seen: Mutex::new(files.seen().clone()),
        });
        Self::new(shared, files)
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Starts to follow the files; does nothing if that was done before.
    ///
    /// A thread reads them, so that no request waits for the disk, an idle app follows too, and no async runtime is needed. It ends with
    /// the last clone of the layer.
    pub(crate) fn watch(self: &Arc<Self>) {
        if self.files.is_none() {
            return;
        }
        self.watcher.call_once(|| {
            let live = Arc::downgrade(self);
            let thread = thread::Builder::new().name("secrets.toml".to_owned());
            if let Err(error) = thread.spawn(move || follow(&live)) {
                tracing::error!(target: crate::LOG, %error, "configuration reload unavailable");
            }
        });
    }

    /// Takes over what the files hold now.
    ///
    /// # Errors
    ///
    /// If they cannot be used; then everything stays as it is.
    pub(crate) fn reload(&self) -> Result<(), ConfigError> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let mut seen = files.seen();
        let snapshot = files.source.read();
        *seen = Seen {
            settled: snapshot.digest(),
            pending: None,
        };
        self.replace(snapshot.config()?);
        Ok(())
    }

    fn new(shared: Shared, files: Option<Files>) -> Self {
        Self {
            authority: shared.site.config.redirect_uri.authority().into(),
            current: RwLock::new(Arc::new(shared)),
            files,
            watcher: Once::new(),
        }
    }

    /// Reads the files, and takes over a change that the read before found too.
    fn reload_if_changed(&self) {
        let Some(files) = &self.files else {
            return;
        };
        let mut seen = files.seen();
        let snapshot = files.source.read();
        let digest = snapshot.digest();
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
                tracing::info!(target: crate::LOG, "configuration reloaded");
            }
            Err(error) => {
                tracing::error!(target: crate::LOG, %error, "configuration reload failed; keeping the previous configuration");
            }
        }
    }

    fn replace(&self, config: Config) {
        let next = Arc::new(self.shared().reconfigured(config));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

impl Files {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn follow(live: &Weak<Live>) {
    loop {
        thread::sleep(POLL_INTERVAL);
        let Some(live) = live.upgrade() else {
            return;
        };
        live.reload_if_changed();
    }
}

/// An edit is found by the first read after it and taken over by the second: within two seconds.
const POLL_INTERVAL: Duration = Duration::from_millis(750);

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A configuration whose last line restricts who may log in.
    const WHOLE: &str = r#"[auth]
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
            file.write(WHOLE);
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

    fn app_name(live: &Live) -> String {
        live.shared().site.config.app_name.clone()
    }

    fn has_rules(live: &Live) -> bool {
        let config = &live.shared().site.config;
        config.has_rules(&config.providers[0])
    }

    #[test]
    fn edit_is_taken_over_after_two_equal_reads() {
        let file = File::new("two-reads");
        let live = Live::following(Source::path(&file.0)).unwrap();
        let new = WHOLE.replace("\"old\"", "\"new\"");
        // An editor at work: each piece parses, and without its tail the app would be open.
        for end in ["[auth.allow]", "app_name", "domains"] {
            file.write(&new[..new.find(end).unwrap()]);
            live.reload_if_changed();
            assert_eq!(app_name(&live), "old");
            assert!(has_rules(&live));
        }
        file.write(&new);
        live.reload_if_changed();
        assert_eq!(app_name(&live), "old");
        live.reload_if_changed();
        assert_eq!(app_name(&live), "new");
        assert!(has_rules(&live));
    }

    #[test]
    fn edit_that_is_undone_changes_nothing() {
        let file = File::new("undone");
        let live = Live::following(Source::path(&file.0)).unwrap();
        let new = WHOLE.replace("\"old\"", "\"new\"");
        for text in [&new, WHOLE, &new, WHOLE, &new] {
            file.write(text);
            live.reload_if_changed();
            assert_eq!(app_name(&live), "old");
        }
        std::fs::remove_file(&file.0).unwrap();
        live.reload_if_changed();
        live.reload_if_changed();
        live.reload_if_changed();
        assert_eq!(app_name(&live), "old");
        file.write(&new);
        live.reload_if_changed();
        live.reload_if_changed();
        assert_eq!(app_name(&live), "new");
    }

    #[test]
    fn explicit_reload_takes_effect_at_once() {
        let file = File::new("explicit");
        let live = Live::following(Source::path(&file.0)).unwrap();
        file.write(&WHOLE.replace("\"old\"", "\"new\""));
        live.reload_if_changed();
        live.reload().unwrap();
        assert_eq!(app_name(&live), "new");
        // What was pending before is not taken over after it.
        file.write(WHOLE);
        live.reload_if_changed();
        assert_eq!(app_name(&live), "new");
    }
}
