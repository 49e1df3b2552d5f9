//! Diagnostics of a configuration: what is wrong, where, and how to fix it.

use std::{borrow::Cow, fmt, path::Path};

use super::{builder::in_code, table::Location};

/// The error of an invalid configuration, with every diagnostic at once.
///
/// Its text names the file and line, or the method of a builder, with the key and the remedy of
/// each. It never contains a configured value, so it can be printed and logged. `Debug` prints the
/// same text, because `main` prints that when it returns an error.
#[derive(Clone)]
pub struct ConfigError {
    diagnostics: Vec<Diagnostic>,
}

/// One problem of a configuration.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    key: String,
    location: Location,
    message: String,
    help: String,
}

/// A problem of a value, without the key. It never contains the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// See [`Diagnostic::message`].
    pub(super) message: Cow<'static, str>,
    /// See [`Diagnostic::help`].
    pub(super) help: Cow<'static, str>,
}

impl ConfigError {
    pub(crate) fn new(mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by(|a, b| {
            (&a.location.file, a.location.line).cmp(&(&b.location.file, b.location.line))
        });
        Self { diagnostics }
    }

    /// Returns the diagnostics in the order of their lines. There is at least one.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl Problem {
    pub(super) fn new(
        message: impl Into<Cow<'static, str>>,
        help: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }
}

impl Diagnostic {
    pub(crate) fn new(
        key: &str,
        location: &Location,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let help = help.into();
        Self {
            key: key.to_owned(),
            location: location.clone(),
            message: message.into(),
            help: match &location.method {
                Some(method) => in_code(&help, method),
                None => help,
            },
        }
    }

    /// Creates the diagnostic of a whole file.
    pub(crate) fn of_file(
        path: &Path,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::new("", &Location::of_file(path), message, help)
    }

    /// Returns location, key and message on one line.
    pub(crate) fn finding(&self) -> String {
        let location = self.location.to_string();
        let labels = [location.as_str(), &self.key];
        let labels = labels.iter().filter(|label| !label.is_empty());
        let labels: String = labels.map(|label| format!("{label}: ")).collect();
        format!("{labels}{}", self.message)
    }

    /// Returns the full dotted name of the key, such as `auth.google.client_id`. It is empty if the
    /// problem is the whole file.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the file, unless the configuration came from code.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.location.file.as_deref()
    }

    /// Returns the line in the file, counted from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.location.line
    }

    /// Returns the method that set the value, or the constructor that the value is missing from,
    /// such as `Provider::google`. `None` unless the configuration came from a builder.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.location.method.as_deref()
    }

    /// Returns what is wrong, in lower case and without a full stop. It is written to follow
    /// [`key`](Self::key), as in `auth.client_id: missing`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the remedy: a sentence in the imperative, or a suggestion such as
    /// "Did you mean `client_id`?". Some end with an example of several lines.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// Writes the remedy below the finding. Empty lines are left out.
    pub(crate) fn fmt_help(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.help.lines().filter(|line| !line.is_empty());
        if let Some(first) = lines.next() {
            write!(f, "\n    help: {first}")?;
        }
        lines.try_for_each(|line| write!(f, "\n    {line}"))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding())?;
        self.fmt_help(f)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid sign-in configuration")?;
        self.diagnostics
            .iter()
            .try_for_each(|diagnostic| write!(f, "\n  {diagnostic}"))
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}
