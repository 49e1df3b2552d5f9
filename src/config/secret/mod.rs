//! Offline checks of `cookie_secret`, `client_id` and `client_secret`: placeholders, variables that
//! were not expanded, and strength.

use std::ops::RangeInclusive;

pub(crate) use self::interpolation::{has_variable, is_unexpanded};
use self::{
    entropy::estimate_entropy,
    words::{has_instruction, names_credential, unknown_characters},
};
use super::diagnostic::Problem;

mod entropy;
mod interpolation;
mod words;

/// The strength of an accepted cookie secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// Accepted with a warning. Contains the estimated entropy in bits.
    Weak(u32),
    Strong,
}

/// Estimates the strength of a cookie secret.
///
/// # Errors
///
/// The reason why the secret can be guessed.
pub(crate) fn cookie_secret_strength(secret: &str) -> Result<Strength, String> {
    if is_unexpanded(secret) {
        return Err(UNEXPANDED.to_owned());
    }
    if is_placeholder(secret) {
        return Err("placeholder that can be guessed".to_owned());
    }
    if secret.len() < MIN_SECRET_BYTES {
        return Err(format!("shorter than {MIN_SECRET_BYTES} bytes"));
    }
    let bits = estimate_entropy(secret);
    let min = if has_instruction(&secret.to_lowercase()) {
        MIN_TEMPLATE_BITS
    } else {
        MIN_BITS
    };
    if bits < min {
        return Err(
            "can be guessed, because it is a pattern or consists of common words".to_owned(),
        );
    }
    if secret.len() < RECOMMENDED_SECRET_BYTES || bits < RECOMMENDED_BITS {
        return Ok(Strength::Weak(bits));
    }
    Ok(Strength::Strong)
}

/// A shorter secret can be guessed.
const MIN_SECRET_BYTES: usize = 16;

/// A shorter secret is accepted with a warning.
const RECOMMENDED_SECRET_BYTES: usize = 32;

/// Bits of estimated entropy. The output of `openssl rand -hex 32` has at least 100, 16 random
/// letters have about 50, and two uncommon words have about 30.
const MIN_BITS: u32 = 25;

/// Bits of estimated entropy. A secret with fewer is accepted with a warning.
const RECOMMENDED_BITS: u32 = 70;

/// The minimum for a secret with words such as "replace" or "your". It needs about 17 characters
/// that are not part of common template texts.
const MIN_TEMPLATE_BITS: u32 = 60;

const UNEXPANDED: &str = "contains a variable that was not expanded";

/// Returns the problem of a value that [`is_unexpanded`].
pub(super) fn unexpanded(text: &str) -> Problem {
    let help = if text.contains("${{") {
        // The placeholder was escaped, or is part of a replacement or of a value from code.
        "Write the value itself. A placeholder is replaced only once, and only in TOML."
    } else {
        "Write the value itself. In TOML, ${{NAME}} inserts the environment variable NAME."
    };
    Problem::new(UNEXPANDED, help)
}

/// Returns the problem of a client ID or a client secret.
///
/// Source: RFC 6749, appendices A.1 and A.2: visible ASCII and spaces. Other visible characters are
/// accepted, because some providers let their users choose them.
pub(super) fn credential_problem(text: &str) -> Option<Problem> {
    if is_unexpanded(text) {
        return Some(unexpanded(text));
    }
    if is_placeholder(text) {
        return Some(Problem::new(
            "still a placeholder",
            "Copy the value that the provider shows for your client.",
        ));
    }
    if text.trim() != text || text.contains(is_hidden) {
        return Some(Problem::new(
            "contains a line break, an invisible character, or a space at its beginning or end",
            "Copy it again from the provider, without spaces, line breaks or invisible characters.",
        ));
    }
    None
}

/// Returns true for control characters, for spaces other than U+0020, and for invisible characters
/// such as U+200B (Unicode, general category Cf).
fn is_hidden(character: char) -> bool {
    const INVISIBLE: [RangeInclusive<char>; 7] = [
        '\u{ad}'..='\u{ad}',
        '\u{180e}'..='\u{180e}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{feff}'..='\u{feff}',
        '\u{e0000}'..='\u{e007f}',
    ];
    let is_space = character.is_whitespace() && character != ' ';
    is_space || character.is_control() || INVISIBLE.iter().any(|range| range.contains(&character))
}

/// Returns true if `text` is a placeholder, such as guides and templates use instead of real
/// values.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let mut characters = text.chars();
    let first = characters.next();
    let repeats = text.len() > 2 && characters.all(|character| Some(character) == first);
    let alphanumeric: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    repeats
        || PREFIXES.iter().any(|prefix| text.starts_with(prefix))
        || PARTS.iter().any(|part| text.contains(part))
        || WHOLE.contains(&alphanumeric.as_str())
        || has_instruction(&text)
            && names_credential(&text)
            && unknown_characters(&text) <= MAX_UNKNOWN
}

/// Maximum number of characters in addition to the words of a template, such as the name of an app.
const MAX_UNKNOWN: usize = 4;

const PREFIXES: [&str; 11] = [
    "xxx",
    "changeme",
    "change-me",
    "change_me",
    "change me",
    "placeholder",
    "your-",
    "your_",
    "your ",
    "<",
    "...",
];

/// Masked values, as consoles show them, and gaps to fill in.
const PARTS: [&str; 5] = ["xxxx", "****", "••", "…", "<your"];

/// Compared with the letters and digits of the text.
const WHOLE: [&str; 12] = [
    "secret",
    "password",
    "replaceme",
    "replacethis",
    "changethis",
    "changeit",
    "fillmein",
    "todo",
    "fixme",
    "tbd",
    "redacted",
    "hidden",
];

#[cfg(test)]
mod tests;
