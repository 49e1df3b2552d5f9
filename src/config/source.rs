//! The files that a configuration comes from, to be read again when they change.

use std::{
    io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{Config, ConfigError, file};

/// The absolute paths that a configuration is read from, so that a later change of the working directory has no effect.
#[derive(Clone)]
pub(crate) enum Source {
    /// The files that Streamlit reads; the last one wins.
    Search(Vec<PathBuf>),
    Path(PathBuf),
}

/// The files of a [`Source`] as they were read once: what is compared is what is parsed.
pub(crate) struct Snapshot<'s> {
    source: &'s Source,
    contents: Vec<io::Result<Vec<u8>>>,
}

/// Identifies the contents of a [`Snapshot`] without holding them. Modification times would not do: an edit within a clock tick keeps them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

impl Source {
    /// The files that [`AuthLayer::from_secrets`](crate::AuthLayer::from_secrets) reads.
    pub(crate) fn search() -> Self {
        Self::Search(file::candidates())
    }

    pub(crate) fn path(path: &Path) -> Self {
        Self::Path(file::absolute(path))
    }

    pub(crate) fn paths(&self) -> &[PathBuf] {
        match self {
            Self::Search(paths) => paths,
            Self::Path(path) => std::slice::from_ref(path),
        }
    }

    /// Reads each file once.
    pub(crate) fn read(&self) -> Snapshot<'_> {
        let contents = self.paths().iter().map(std::fs::read);
        Snapshot {
            source: self,
            contents: contents.collect(),
        }
    }
}

impl Snapshot<'_> {
    pub(crate) fn digest(&self) -> Digest {
        let mut digest = Sha256::new();
        for content in &self.contents {
            // A file that is absent or unreadable differs from an empty one.
            let content = content.as_deref().ok();
            let length = content.map_or(u64::MAX, |content| content.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(content.unwrap_or_default());
        }
        Digest(digest.finalize().into())
    }

    /// # Errors
    ///
    /// Every fault of the files.
    pub(crate) fn config(self) -> Result<Config, ConfigError> {
        let files = self.source.paths().iter().map(PathBuf::as_path);
        let files: Vec<_> = files.zip(self.contents).collect();
        let found = match self.source {
            Source::Search(_) => file::merge(files)?,
            Source::Path(_) => file::single(files)?,
        };
        Config::from_found(&found)
    }
}
