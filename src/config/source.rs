//! The files that a configuration is read from, initially and when they change.

use std::{
    io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{Config, ConfigError, file};

/// The paths that a configuration is read from. They are absolute, so that a later change of the
/// working directory has no effect.
#[derive(Clone)]
pub(crate) enum Source {
    /// The files that Streamlit reads. The last one takes precedence.
    Search(Vec<PathBuf>),
    Path(PathBuf),
}

/// The contents of the files of a [`Source`], read once. The digest and the configuration are
/// computed from the same bytes.
pub(crate) struct Snapshot<'s> {
    source: &'s Source,
    contents: Vec<io::Result<Vec<u8>>>,
}

/// Identifies the contents of a [`Snapshot`] without storing them.
///
/// Modification times are not sufficient, because two edits within one clock tick have the same
/// one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

impl Source {
    /// Returns the files that [`AuthLayer::from_secrets`](crate::AuthLayer::from_secrets) reads.
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
            // The length distinguishes an absent or unreadable file from an empty one.
            let content = content.as_deref().ok();
            let length = content.map_or(u64::MAX, |content| content.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(content.unwrap_or_default());
        }
        Digest(digest.finalize().into())
    }

    /// Parses the files.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every diagnostic of the files.
    pub(crate) fn config(self) -> Result<Config, ConfigError> {
        let paths = self.source.paths().iter().map(PathBuf::as_path);
        let contents = paths.zip(self.contents).collect();
        let loaded = match self.source {
            Source::Search(_) => file::merge(contents)?,
            Source::Path(_) => file::single(contents)?,
        };
        Config::from_loaded(&loaded)
    }
}
