//! Replaces `${{NAME}}` and `${{NAME:-default}}` with the values of environment variables.
//!
//! 1. `${{NAME}}` is the value of the variable. An unset or empty variable is an error.
//! 2. `${{NAME:-default}}` is the default if the variable is unset or empty, as in POSIX. The
//!    default ends at the first `}}`.
//! 3. `$${{` is the text `${{`.
//! 4. A replacement is not searched for further placeholders.
//!
//! Placeholders are replaced after TOML is parsed, so that a value cannot add keys. Only values are
//! searched, not keys.
//!
//! Source: Streamlit's design "Environment Variables in Secrets", option A, which no version up to
//! 1.67 contains; POSIX.1, Shell Command Language, section 2.6.2.

use std::env::{self, VarError};

use super::{
    Diagnostic,
    diagnostic::Problem,
    reader::dotted,
    table::{Entry, Table, Value},
    written_secrets::SECRET_KEYS,
};

/// Replaces the placeholders in the strings of `auth`. Returns a diagnostic for each string with a
/// placeholder that cannot be replaced. It is left unchanged.
pub(super) fn expand(auth: &mut Table) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    expand_table("auth", auth, &mut diagnostics);
    diagnostics
}

fn expand_table(name: &str, table: &mut Table, diagnostics: &mut Vec<Diagnostic>) {
    for (key, entry) in &mut table.0 {
        expand_entry(&dotted(name, key), entry, diagnostics);
    }
}

fn expand_entry(name: &str, entry: &mut Entry, diagnostics: &mut Vec<Diagnostic>) {
    match &mut entry.value {
        Value::String(text) if text.contains(OPEN) => match expand_text(text) {
            Ok(expanded) => {
                entry.is_escaped = text.contains(ESCAPED);
                *text = expanded;
            }
            Err(Problem { message, help }) => {
                // The default of a secret would be a secret in the file.
                let help = if is_secret(name) { SET.into() } else { help };
                diagnostics.push(Diagnostic::new(name, &entry.location, message, help));
            }
        },
        Value::Array(array) => {
            let known = diagnostics.len();
            for entry in array {
                expand_entry(name, entry, diagnostics);
            }
            // The entries share one key, so the first problem is enough.
            diagnostics.truncate(known + 1);
        }
        Value::Table(table) => expand_table(name, table, diagnostics),
        _ => {}
    }
}

fn expand_text(text: &str) -> Result<String, Problem> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        if let Some(before) = before.strip_suffix('$') {
            expanded.extend([before, OPEN]);
            rest = after;
            continue;
        }
        let (inner, after) = after.split_once(CLOSE).ok_or_else(malformed)?;
        expanded.push_str(before);
        expanded.push_str(&replacement(inner)?);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

const OPEN: &str = "${{";
const ESCAPED: &str = "$${{";
const CLOSE: &str = "}}";

/// Returns the replacement for a placeholder with the text `inner`.
fn replacement(inner: &str) -> Result<String, Problem> {
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    if !is_name(name) {
        return Err(malformed());
    }
    let problem = match (env::var(name), default) {
        (Ok(value), _) if !value.is_empty() => return Ok(value),
        (Ok(_) | Err(VarError::NotPresent), Some(default)) => return Ok(default.to_owned()),
        (Ok(_), None) => "is empty",
        (Err(VarError::NotPresent), None) => "is not set",
        (Err(VarError::NotUnicode(_)), _) => "is not valid UTF-8",
    };
    Err(Problem::new(
        format!("the environment variable {name} {problem}"),
        format!("{SET} Or write a default: ${{{{{name}:-default}}}}"),
    ))
}

const SET: &str = "Set it in the environment of the app.";

/// Returns true for the full name of a key whose value is secret.
fn is_secret(name: &str) -> bool {
    let key = name.rsplit('.').next();
    key.is_some_and(|key| SECRET_KEYS.contains(&key))
}

/// Returns true if `text` is one placeholder without a default, so it contains no value itself.
pub(super) fn is_only_variable(text: &str) -> bool {
    let inner = text.strip_prefix(OPEN);
    inner
        .and_then(|inner| inner.strip_suffix(CLOSE))
        .is_some_and(is_name)
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().all(is_allowed)
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
}

fn malformed() -> Problem {
    Problem::new(
        "contains a placeholder that is not an environment variable",
        "Write ${{NAME}} or ${{NAME:-default}} without spaces, with letters, digits and `_` in the name. For the text ${{ itself, write $${{.",
    )
}
