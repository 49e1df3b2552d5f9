//! The report of [`AuthLayer::check`](crate::AuthLayer::check).

use std::fmt;

use crate::config::Diagnostic;

/// The report of a configuration check: the checks in the order in which they were made.
///
/// Its text has one line for each check, with the [`Outcome`] in front, and the remedy below each
/// warning and failure. It holds no secret.
#[derive(Clone, Debug, Default)]
#[must_use = "the report says what is wrong"]
pub struct CheckReport {
    checks: Vec<Check>,
}

/// One check of a [`CheckReport`].
#[derive(Clone, Debug)]
pub struct Check {
    outcome: Outcome,
    text: String,
    diagnostic: Option<Diagnostic>,
}

/// The outcome of a [`Check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Correct. Displayed as `✓`.
    Pass,
    /// Only a login can show whether it is correct. Displayed as `?`.
    Unknown,
    /// It works but should be changed, or the check itself failed. Displayed as `!`.
    Warning,
    /// Users cannot log in. Displayed as `✗`.
    Failure,
}

impl CheckReport {
    /// Returns true if no check failed, so users can log in as far as can be determined.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.checks
            .iter()
            .all(|check| check.outcome != Outcome::Failure)
    }

    /// Returns the checks in the order in which they were made.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    pub(super) fn pass(&mut self, text: impl Into<String>) {
        self.push(Outcome::Pass, text.into(), None);
    }

    pub(super) fn unknown(&mut self, text: impl Into<String>) {
        self.push(Outcome::Unknown, text.into(), None);
    }

    pub(super) fn warn(&mut self, diagnostic: Diagnostic) {
        self.push(Outcome::Warning, diagnostic.finding(), Some(diagnostic));
    }

    pub(super) fn fail(&mut self, diagnostic: Diagnostic) {
        self.push(Outcome::Failure, diagnostic.finding(), Some(diagnostic));
    }

    fn push(&mut self, outcome: Outcome, text: String, diagnostic: Option<Diagnostic>) {
        self.checks.push(Check {
            outcome,
            text,
            diagnostic,
        });
    }
}

impl Check {
    /// Returns the outcome.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the finding in one line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the key, its location and the remedy. `None` for [`Outcome::Pass`] and
    /// [`Outcome::Unknown`].
    #[must_use]
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        self.diagnostic.as_ref()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "✓",
            Self::Unknown => "?",
            Self::Warning => "!",
            Self::Failure => "✗",
        })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.outcome, self.text)?;
        match &self.diagnostic {
            Some(diagnostic) => diagnostic.fmt_help(f),
            None => Ok(()),
        }
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checks
            .iter()
            .try_for_each(|check| writeln!(f, "{check}"))
    }
}
