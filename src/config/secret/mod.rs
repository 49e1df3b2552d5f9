//! Checks of `cookie_secret`, `client_id` and `client_secret` that need no provider: placeholders, variables that were not expanded, strength.

use self::{
    entropy::estimate_entropy,
    words::{has_marker, names_credential, rest},
};

mod entropy;
mod interpolation;
mod words;

pub(crate) use self::interpolation::is_unexpanded;

/// The strength of a cookie secret that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// Accepted with a warning. The number is the estimated entropy in bits.
    Weak(u32),
    Strong,
}

/// Measures a cookie secret.
///
/// # Errors
///
/// What is wrong with a secret that can be guessed.
pub(crate) fn cookie_secret_strength(secret: &str) -> Result<Strength, String> {
    if is_unexpanded(secret) {
        return Err(UNEXPANDED.to_owned());
    }
    if is_placeholder(secret) {
        return Err("is a placeholder that anybody can guess.".to_owned());
    }
    if secret.len() < MIN_SECRET_BYTES {
        return Err(format!("is shorter than {MIN_SECRET_BYTES} bytes."));
    }
    let bits = estimate_entropy(secret);
    let min = if has_marker(secret) {
        MIN_TEMPLATE_BITS
    } else {
        MIN_BITS
    };
    if bits < min {
        return Err("can be guessed: it is a pattern, or consists of common words.".to_owned());
    }
    if secret.len() < RECOMMENDED_SECRET_BYTES || bits < RECOMMENDED_BITS {
        return Ok(Strength::Weak(bits));
    }
    Ok(Strength::Strong)
}

/// Below this many bytes a secret can be guessed. Below [`RECOMMENDED_SECRET_BYTES`] it is accepted with a warning.
const MIN_SECRET_BYTES: usize = 16;
const RECOMMENDED_SECRET_BYTES: usize = 32;

/// Estimated entropy: `openssl rand -hex 32` has at least 100, 16 random letters have about 50, and two words of a person's own about 30.
const MIN_BITS: u32 = 25;
const RECOMMENDED_BITS: u32 = 70;

/// The minimum for a text with words such as "replace" or "your": about 17 letters that are not part of common template texts.
const MIN_TEMPLATE_BITS: u32 = 60;

/// The problem of a value that [`is_unexpanded`].
pub(crate) const UNEXPANDED: &str = "contains a variable that was not expanded.";

/// Returns what is wrong with a client ID or a client secret, and what to do.
///
/// Source: RFC 6749, appendices A.1 and A.2: visible ASCII and spaces. Other visible letters are accepted, because some providers let people
/// choose them.
pub(crate) fn credential_problem(text: &str) -> Option<(&'static str, &'static str)> {
    if is_unexpanded(text) {
        return Some((UNEXPANDED, WRITE_VALUE));
    }
    if is_placeholder(text) {
        return Some((
            "is still a placeholder.",
            "Copy the value that the provider shows for your client.",
        ));
    }
    (text.trim() != text || text.contains(is_hidden)).then_some((
        "begins or ends with a space, or contains a line break or an invisible character.",
        COPY_AGAIN,
    ))
}

const COPY_AGAIN: &str =
    "Copy it again from the provider, without spaces, line breaks and invisible characters.";

/// What to do about a value that [`is_unexpanded`].
pub(crate) const WRITE_VALUE: &str =
    "Write the value itself, or expand the file before it is read.";

/// Returns true for control characters, for spaces other than U+0020, and for invisible characters such as U+200B (Unicode, general category
/// Cf).
fn is_hidden(letter: char) -> bool {
    const INVISIBLE: [std::ops::RangeInclusive<char>; 7] = [
        '\u{ad}'..='\u{ad}',
        '\u{180e}'..='\u{180e}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{feff}'..='\u{feff}',
        '\u{e0000}'..='\u{e007f}',
    ];
    let is_space = letter.is_whitespace() && letter != ' ';
    is_space || letter.is_control() || INVISIBLE.iter().any(|range| range.contains(&letter))
}

/// Returns true if `text` is what a guide or a template prints where a real value belongs.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let mut letters = text.chars();
    let first = letters.next();
    let repeats = text.len() > 2 && letters.all(|letter| Some(letter) == first);
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    repeats
        || PREFIXES.iter().any(|prefix| text.starts_with(prefix))
        || PARTS.iter().any(|part| text.contains(part))
        || WHOLE.contains(&letters.as_str())
        || has_marker(&text) && names_credential(&text) && rest(&text).len() <= MAX_REST
}

/// The letters beside the words of a template, such as the name of an app.
const MAX_REST: usize = 4;

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

/// A masked value, as consoles show it, or a gap.
const PARTS: [&str; 5] = ["xxxx", "****", "••", "…", "<your"];

/// Compared with the letters and digits of a text.
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
