//! The files that a configuration comes from, to be read again when they change.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{Config, ConfigError, file};

/// Where a configuration is read from.
#[derive(Clone)]
pub(crate) enum Source {
    /// The files that Streamlit reads.
    Secrets,
    Path(PathBuf),
}

/// What the files of a [`Source`] hold, without holding it. Their times would not do: an edit within a clock tick keeps them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

impl Source {
    pub(crate) fn path(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }

    pub(crate) fn read(&self) -> Result<Config, ConfigError> {
        let found = match self {
            Self::Secrets => file::search()?,
            Self::Path(path) => file::at(path)?,
        };
        Config::from_found(&found)
    }

    pub(crate) fn digest(&self) -> Digest {
        let paths = match self {
            Self::Secrets => file::candidates(),
            Self::Path(path) => vec![path.clone()],
        };
        let mut digest = Sha256::new();
        for path in paths {
            // A file that is absent, or not for us to read, differs from an empty one.
            let content = std::fs::read(path).ok();
            let length = content
                .as_ref()
                .map_or(u64::MAX, |content| content.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(content.unwrap_or_default());
        }
        Digest(digest.finalize().into())
    }
}
