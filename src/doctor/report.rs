//! What the doctor found, a line a step.

use std::fmt;

use crate::config::Fault;

/// What a check of the configuration has found, in the order in which it looked.
///
/// Its text is one line for each step, `✓`, `?`, `!` or `✗` in front, with what to do below each `!` and `✗`. It holds no secret.
#[derive(Clone, Debug, Default)]
#[must_use = "it says what is wrong"]
pub struct Report {
    steps: Vec<Step>,
}

/// One step of a [`Report`].
#[derive(Clone, Debug)]
pub struct Step {
    mark: char,
    text: String,
    fault: Option<Fault>,
}

impl Report {
    /// Whether people can sign in as far as can be told: no step is `✗`.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.steps.iter().all(|step| step.mark != BAD)
    }

    /// The steps in the order in which they were taken.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) fn good(&mut self, text: impl Into<String>) {
        self.steps.push(Step {
            mark: GOOD,
            text: text.into(),
            fault: None,
        });
    }

    /// What only a login shows, although nothing is wrong.
    pub(super) fn unknown(&mut self, text: impl Into<String>) {
        self.steps.push(Step {
            mark: UNKNOWN,
            text: text.into(),
            fault: None,
        });
    }

    /// What works but should be otherwise, or what could not be checked because of a failure.
    pub(super) fn doubt(&mut self, fault: Fault) {
        self.found(DOUBT, fault);
    }

    pub(super) fn bad(&mut self, fault: Fault) {
        self.found(BAD, fault);
    }

    fn found(&mut self, mark: char, fault: Fault) {
        self.steps.push(Step {
            mark,
            text: fault.finding(),
            fault: Some(fault),
        });
    }
}

impl Step {
    /// `✓` for right, `✗` for wrong, `!` for something to look at: it works but should be otherwise, or its check failed. `?` for what this
    /// provider shows only at a login.
    #[must_use]
    pub fn mark(&self) -> char {
        self.mark
    }

    /// What was found, in one line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The key, its place in the file and what to do; `None` if the step is `✓` or `?`.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.mark, self.text)?;
        let fix = self.fault.as_ref().map_or("", Fault::fix);
        fix.lines()
            .filter(|line| !line.is_empty())
            .try_for_each(|line| write!(f, "\n    {line}"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

const GOOD: char = '✓';
const UNKNOWN: char = '?';
const DOUBT: char = '!';
const BAD: char = '✗';
