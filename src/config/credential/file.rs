//! Files with a credential. They are read at each use, because the platform or an operator may
//! replace them at any time.

use std::{
    borrow::Cow,
    fmt,
    path::{Path, PathBuf},
};

use secrecy::SecretString;

use crate::{
    config::{
        Diagnostic,
        diagnostic::Problem,
        linked_files::resolve,
        reader::TableReader,
        secret::{is_unexpanded, unexpanded},
        text_file,
    },
    private_key::KeyAlgorithm,
};

/// A file with a credential of the client.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CredentialFile {
    /// The configuration key with its path.
    key: &'static str,
    path: PathBuf,
}

/// The reason why a credential file cannot be used, with the key. It contains neither the content
/// nor the path, because the credential may have been written instead of a path.
#[derive(Clone, Debug)]
pub(crate) struct CredentialFileError {
    key: &'static str,
    problem: Problem,
}

impl CredentialFile {
    /// Reads the path from `key`, if it is present.
    pub(super) fn from_key(
        reader: &TableReader<'_>,
        key: &'static str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        reader.entry(key)?;
        let example = format!("{key} = \"/run/secrets/{key}\"");
        let path = reader.required_string(key, &example, diagnostics)?;
        if is_unexpanded(path) {
            diagnostics.push(reader.diagnose(key, unexpanded(path)));
            return None;
        }
        let path = resolve(Path::new(path), reader.location(key));
        Some(Self { key, path })
    }

    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// [`CredentialFileError`] if the file is missing, unreadable, too large or not UTF-8.
    pub(super) fn read(&self) -> Result<SecretString, CredentialFileError> {
        match text_file::read(&self.path) {
            Ok(text) => Ok(SecretString::from(text)),
            Err(problem) => Err(CredentialFileError {
                key: self.key,
                problem,
            }),
        }
    }

    /// Returns an error of this file.
    pub(super) fn error(
        &self,
        message: impl Into<Cow<'static, str>>,
        help: &'static str,
    ) -> CredentialFileError {
        CredentialFileError {
            key: self.key,
            problem: Problem::new(message, help),
        }
    }

    /// Returns the name of the file without its folder and extension.
    pub(super) fn stem(&self) -> Option<&str> {
        self.path.file_stem()?.to_str()
    }
}

impl CredentialFileError {
    /// Returns the error of a read whose task ended without a result, because its runtime was shut
    /// down.
    pub(crate) fn interrupted() -> Self {
        let problem = Problem::new("reading was interrupted", "");
        Self {
            key: "client_key_file",
            problem,
        }
    }

    /// Returns the error of a key that cannot sign.
    pub(crate) fn cannot_sign(algorithm: KeyAlgorithm) -> Self {
        let message = format!("the key cannot sign with {}", algorithm.name());
        let help = "Remove client_key_algorithm, or write an algorithm that fits the key.";
        Self {
            key: "client_key_file",
            problem: Problem::new(message, help),
        }
    }

    /// Returns the diagnostic of this error in the table of the provider.
    pub(super) fn diagnostic(self, reader: &TableReader<'_>) -> Diagnostic {
        reader.diagnose(self.key, self.problem)
    }
}

impl fmt::Display for CredentialFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.problem.message)
    }
}

impl std::error::Error for CredentialFileError {}
