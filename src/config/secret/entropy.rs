//! Estimates the entropy of a secret.

use std::collections::{BTreeMap, HashSet};

use super::words::unknown_mask;

/// Returns an upper estimate in bits: the Shannon entropy of the characters that are not
/// predictable from the previous ones.
///
/// Words of templates, repetitions, neighbours on the keyboard and in the alphabet, and arithmetic
/// progressions such as `0369` are predictable.
pub(super) fn estimate_entropy(secret: &str) -> u32 {
    let text = secret.to_lowercase();
    let unknown = unknown_mask(&text);
    let lower_case: Vec<char> = text.chars().collect();
    // Case adds entropy. It is included unless the lower-case form has a different length.
    let original: Vec<char> = secret.chars().collect();
    let counted = if original.len() == lower_case.len() {
        &original
    } else {
        &lower_case
    };
    let mut seen = HashSet::new();
    let mut counts: BTreeMap<char, u32> = BTreeMap::new();
    for at in 0..counted.len().min(unknown.len()) {
        let repeats = at + 1 >= MIN_REPETITION_LEN
            && !seen.insert(&lower_case[at + 1 - MIN_REPETITION_LEN..=at]);
        let follows = at == 0 || repeats || is_adjacent(lower_case[at - 1], lower_case[at]);
        let separates = SEPARATORS.contains(&lower_case[at]);
        if unknown[at] && !follows && !separates && !ends_progression(&lower_case[..=at]) {
            *counts.entry(counted[at]).or_insert(0) += 1;
        }
    }
    let total: f64 = counts.values().copied().map(f64::from).sum();
    let entropy: f64 = counts
        .values()
        .map(|&count| f64::from(count) * (total / f64::from(count)).log2())
        .sum();
    entropy as u32
}

/// Characters. A shorter substring that occurs twice is not a repetition. About one in 30
/// strings of 64 random hexadecimal digits contains a repetition by chance.
const MIN_REPETITION_LEN: usize = 4;

/// Characters between words.
const SEPARATORS: [char; 5] = ['-', '_', ' ', '.', ','];

/// Returns true if two characters are the same, or neighbours in the alphabet, among the digits or
/// on a keyboard.
fn is_adjacent(one: char, other: char) -> bool {
    let neighbours = |row: &str| {
        let positions = row.find(one).zip(row.find(other));
        positions.is_some_and(|(one, other)| one.abs_diff(other) <= 1)
    };
    u32::from(one).abs_diff(u32::from(other)) <= 1 || ROWS.iter().any(|row| neighbours(row))
}

/// Rows and columns of QWERTY, QWERTZ and AZERTY keyboards.
const ROWS: [&str; 9] = [
    "1234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
];

/// Returns true if the last character continues an arithmetic progression of all characters, of
/// every second one or of every third one.
fn ends_progression(characters: &[char]) -> bool {
    let last = characters.len() - 1;
    (1..=3).any(|lag| {
        let step = |at: usize| step(characters[at - lag], characters[at]);
        last >= 3 * lag && step(last).is_some() && {
            let steps = [step(last), step(last - lag), step(last - 2 * lag)];
            steps[0] == steps[1] && steps[1] == steps[2]
        }
    })
}

/// Returns the distance from one digit or letter to another. The last one is followed by the first.
fn step(from: char, to: char) -> Option<u32> {
    let index = |character: char| match character {
        '0'..='9' => Some((u32::from(character) - u32::from('0'), 10)),
        'a'..='z' => Some((u32::from(character) - u32::from('a'), 26)),
        _ => None,
    };
    let ((from, size), (to, other)) = (index(from)?, index(to)?);
    (size == other).then(|| (to + size - from) % size)
}
