//! The files that a configuration is read from, initially and when they change.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{
    Config, ConfigError,
    file::{self, LoadedFile},
};

/// The origin of a configuration. Paths are absolute, so that a later change of the working
/// directory has no effect.
#[derive(Clone)]
pub(crate) enum Source {
    /// The files that Streamlit reads. The last one takes precedence.
    Search(Vec<PathBuf>),
    Path(PathBuf),
    /// A configuration from code, which may name files.
    Code(LoadedFile),
}

/// The contents of the files of a [`Source`], read once, and of the files that they name. The
/// digest and the configuration are computed from the same bytes.
pub(crate) struct Snapshot {
    pub(crate) digest: Digest,
    loaded: Result<LoadedFile, ConfigError>,
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

    /// The text of a secrets.toml.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the text is not TOML.
    pub(crate) fn toml(text: &str) -> Result<Self, ConfigError> {
        LoadedFile::from_toml(text).map(Self::Code)
    }

    /// A value with the structure of secrets.toml.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the value cannot be serialized, or is not a map or struct.
    pub(crate) fn value(value: &impl Serialize) -> Result<Self, ConfigError> {
        LoadedFile::from_value(value).map(Self::Code)
    }

    pub(crate) fn paths(&self) -> &[PathBuf] {
        match self {
            Self::Search(paths) => paths,
            Self::Path(path) => std::slice::from_ref(path),
            Self::Code(_) => &[],
        }
    }

    /// Reads each file once.
    pub(crate) fn read(&self) -> Snapshot {
        let paths = self.paths().iter();
        let contents: Vec<_> = paths.map(|path| (&**path, fs::read(path))).collect();
        let mut digest = Sha256::new();
        for (_, content) in &contents {
            update(&mut digest, content.as_deref().ok());
        }
        let loaded = match self {
            Self::Search(_) => file::merge(contents).map(LoadedFile::expanded),
            Self::Path(_) => file::single(contents).map(LoadedFile::expanded),
            Self::Code(loaded) => Ok(loaded.clone()),
        };
        let loaded = loaded.map(LoadedFile::linked);
        for file in loaded.iter().flat_map(LoadedFile::linked_files) {
            update(&mut digest, file.text.as_ref().ok().map(String::as_bytes));
        }
        Snapshot {
            digest: Digest(digest.finalize().into()),
            loaded,
        }
    }
}

/// Adds the content of one file. `None` if it cannot be used.
fn update(digest: &mut Sha256, content: Option<&[u8]>) {
    // The length distinguishes an absent or unreadable file from an empty one.
    let length = content.map_or(u64::MAX, |content| content.len() as u64);
    digest.update(length.to_be_bytes());
    digest.update(content.unwrap_or_default());
}

impl Snapshot {
    /// Returns true if a later snapshot of the same source can differ.
    pub(crate) fn can_change(&self, source: &Source) -> bool {
        let names_files = |loaded: &LoadedFile| !loaded.linked_files().is_empty();
        !source.paths().is_empty() || self.loaded.as_ref().is_ok_and(names_files)
    }

    /// Reads the configuration from the contents.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every diagnostic of the files.
    pub(crate) fn config(self) -> Result<Config, ConfigError> {
        Config::from_loaded(&self.loaded?)
    }
}
