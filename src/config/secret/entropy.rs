//! Estimates how hard a secret is to guess.

use std::collections::{BTreeMap, BTreeSet};

use super::words::unknown_letters;

/// Returns an upper estimate in bits: Shannon's entropy of the letters that do not follow from those before them.
///
/// Not counted are the words of templates, repetitions, neighbours on the keyboard and in the alphabet, and steps of equal length such as
/// `0369`.
pub(super) fn estimate_entropy(secret: &str) -> u32 {
    let letters: Vec<char> = secret.chars().flat_map(char::to_lowercase).collect();
    let unknown = unknown_letters(secret);
    // Case is entropy too, so it is counted where it is not lost.
    let written: Vec<char> = secret.chars().collect();
    let counted = if written.len() == letters.len() {
        &written
    } else {
        &letters
    };
    let mut seen = BTreeSet::new();
    let mut counts: BTreeMap<char, u32> = BTreeMap::new();
    for at in 0..counted.len().min(unknown.len()) {
        let repeats = at + 1 >= REPEATED && !seen.insert(&letters[at + 1 - REPEATED..=at]);
        let follows = at == 0 || repeats || is_adjacent(letters[at - 1], letters[at]);
        let separates = SEPARATORS.contains(&letters[at]);
        if unknown[at] && !follows && !separates && !is_equal_step(&letters[..=at]) {
            *counts.entry(counted[at]).or_insert(0) += 1;
        }
    }
    let all: f64 = counts.values().copied().map(f64::from).sum();
    let entropy: f64 = counts
        .values()
        .map(|&count| f64::from(count) * (all / f64::from(count)).log2())
        .sum();
    entropy as u32
}

/// A piece of this many letters that was there before is a repetition. In 64 random hexadecimal digits there is one by chance in 30.
const REPEATED: usize = 4;

/// Between words.
const SEPARATORS: [char; 5] = ['-', '_', ' ', '.', ','];

/// Returns true if two letters are the same, or neighbours in the alphabet, among the digits or on a keyboard.
fn is_adjacent(one: char, other: char) -> bool {
    let neighbours = |row: &&str| {
        let position = |letter| row.chars().position(|known| known == letter);
        position(one)
            .zip(position(other))
            .is_some_and(|(one, other)| one.abs_diff(other) <= 1)
    };
    u32::from(one).abs_diff(u32::from(other)) <= 1 || ROWS.iter().any(neighbours)
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

/// Returns true if the last letter continues an arithmetic progression of every, every second or every third letter.
fn is_equal_step(letters: &[char]) -> bool {
    let last = letters.len() - 1;
    (1..=3).any(|lag| {
        let step = |at: usize| step(letters[at - lag], letters[at]);
        last >= 3 * lag && step(last).is_some() && {
            let steps = [step(last), step(last - lag), step(last - 2 * lag)];
            steps[0] == steps[1] && steps[1] == steps[2]
        }
    })
}

/// The way from one digit to another, or from one letter to another, where the last is followed by the first.
fn step(from: char, to: char) -> Option<u32> {
    let number = |letter: char| match letter {
        '0'..='9' => Some((u32::from(letter) - u32::from('0'), 10)),
        'a'..='z' => Some((u32::from(letter) - u32::from('a'), 26)),
        _ => None,
    };
    let ((from, size), (to, other)) = (number(from)?, number(to)?);
    (size == other).then(|| (to + size - from) % size)
}
