//! A configuration that follows its file: whoever edits secrets.toml need not restart the app.

use std::{
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    config::{Config, ConfigError, Digest, Source},
    shared::Shared,
};

/// What answers requests at the moment, and where the next comes from. All clones of a layer have the same.
pub(crate) struct Live {
    current: RwLock<Arc<Shared>>,
    /// Host and port of the first configuration.
    pub(crate) authority: Box<str>,
    source: Option<Source>,
    /// What the files held when they were last looked at; also held while somebody looks.
    digest: Mutex<Option<Digest>>,
    born: Instant,
    /// When to look again, in milliseconds since `born`.
    next_look: AtomicU64,
}

impl Live {
    /// Answers with `shared` for ever.
    pub(crate) fn fixed(shared: Shared) -> Self {
        Self::new(shared, None, None)
    }

    /// Answers by what `source` holds, now and later.
    ///
    /// # Errors
    ///
    /// If its files cannot be used.
    pub(crate) fn following(source: Source) -> Result<Self, ConfigError> {
        // Before the files are read: an edit in between is seen at the first look.
        let digest = source.digest();
        let shared = Shared::new(source.read()?);
        Ok(Self::new(shared, Some(source), Some(digest)))
    }

    /// A `Live` of its own that answers with `shared` instead.
    pub(crate) fn with(&self, shared: Shared) -> Self {
        let digest = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        Self::new(shared, self.source.clone(), digest.clone())
    }

    /// What answers now. Where a second has passed, somebody else looks at the files meanwhile.
    pub(crate) fn current(self: &Arc<Self>) -> Arc<Shared> {
        if self.source.is_some() && self.is_due() {
            // Without a runtime of tokio's there is nobody else, and the file is left alone.
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                let live = Arc::clone(self);
                runtime.spawn_blocking(move || live.look());
            }
        }
        self.shared()
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Takes over what the files hold now.
    ///
    /// # Errors
    ///
    /// If they cannot be used; then everything stays as it is.
    pub(crate) fn reload(&self) -> Result<(), ConfigError> {
        let Some(source) = &self.source else {
            return Ok(());
        };
        let mut digest = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        *digest = Some(source.digest());
        self.replace(source.read()?);
        Ok(())
    }

    fn new(shared: Shared, source: Option<Source>, digest: Option<Digest>) -> Self {
        Self {
            authority: shared.site.config.redirect_uri.authority().into(),
            current: RwLock::new(Arc::new(shared)),
            source,
            digest: Mutex::new(digest),
            born: Instant::now(),
            next_look: AtomicU64::new(BETWEEN_LOOKS.as_millis() as u64),
        }
    }

    /// Whether it is time to look, for one of all who ask.
    fn is_due(&self) -> bool {
        let now = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        let due = self.next_look.load(Ordering::Relaxed);
        let next = now.saturating_add(BETWEEN_LOOKS.as_millis() as u64);
        now >= due
            && self
                .next_look
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    fn look(&self) {
        let (Some(source), Ok(mut known)) = (&self.source, self.digest.try_lock()) else {
            return;
        };
        let digest = source.digest();
        if known.as_ref() == Some(&digest) {
            return;
        }
        *known = Some(digest);
        match source.read() {
            Ok(config) => {
                self.replace(config);
                tracing::info!(target: crate::LOG, "secrets.toml has changed, and counts from now on");
            }
            Err(error) => {
                tracing::error!(target: crate::LOG, %error, "secrets.toml has changed but cannot be used; what it held before still counts");
            }
        }
    }

    fn replace(&self, config: Config) {
        let next = Arc::new(self.shared().reconfigured(config));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
