//! Every fault of a configuration at once, each with its line and its fix.

use std::{fmt, path::Path};

use super::document::Place;

/// Why the sign-in configuration cannot be used: every fault at once.
///
/// Its text names for each fault the file, the line, the key and what to write instead. It never shows a configured value, so it can be
/// printed and logged. `Debug` prints the same text, because that is what `main` prints when it returns an error.
#[derive(Clone)]
pub struct ConfigError {
    faults: Vec<Fault>,
}

/// One fault of a configuration.
#[derive(Clone, Debug)]
pub struct Fault {
    key: String,
    place: Place,
    problem: String,
    fix: String,
}

impl ConfigError {
    pub(crate) fn new(mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|a, b| (&a.place.file, a.place.line).cmp(&(&b.place.file, b.place.line)));
        Self { faults }
    }

    /// The faults in the order of their lines; never empty.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl Fault {
    pub(crate) fn new(
        key: &str,
        place: &Place,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            key: key.to_owned(),
            place: place.clone(),
            problem: problem.into(),
            fix: fix.into(),
        }
    }

    /// A fault of the whole file.
    pub(crate) fn of_file(path: &Path, problem: impl Into<String>, fix: impl Into<String>) -> Self {
        let place = Place {
            file: Some(path.into()),
            line: None,
        };
        Self::new("", &place, problem, fix)
    }

    /// Where it is and what is wrong, without the fix.
    pub(crate) fn finding(&self) -> String {
        let place = match self.place.to_string() {
            none if none.is_empty() => none,
            place => format!("{place}: "),
        };
        let key = match self.key.as_str() {
            "" => String::new(),
            key => format!("`{key}` "),
        };
        format!("{place}{key}{}", self.problem)
    }

    /// The full dotted name of the key, such as `auth.google.client_id`; empty if the whole file is meant.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The file, unless the configuration came from code.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.place.file.as_deref()
    }

    /// The line in the file, counted from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.place.line
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What to do about it, in one sentence.
    #[must_use]
    pub fn fix(&self) -> &str {
        &self.fix
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.finding(), self.fix)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.len() {
            1 => write!(f, "the sign-in configuration has a fault:")?,
            many => write!(f, "the sign-in configuration has {many} faults:")?,
        }
        self.faults
            .iter()
            .try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}
