//! Clients without a stored secret: private keys, and assertions of the platform.

mod assertion_file;
mod client_key;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

/// A file with a credential. Dropping it removes it.
pub(crate) struct CredentialFile(PathBuf);

impl CredentialFile {
    pub(crate) fn new(content: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("credential-{}-{number}.pem", std::process::id());
        let file = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        file.write(content);
        file
    }

    pub(crate) fn write(&self, content: &str) {
        fs::write(&self.0, content).unwrap();
    }

    pub(crate) fn remove(&self) {
        fs::remove_file(&self.0).unwrap();
    }

    /// The line that sets the configuration key `key` to this path.
    pub(crate) fn line(&self, key: &str) -> String {
        format!("{key} = {:?}", self.0)
    }
}

impl Drop for CredentialFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
