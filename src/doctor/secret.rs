//! How hard the cookie secret is to guess.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use super::Report;
use crate::config::{Config, GOOD_SECRET, is_published};

/// A secret that is accepted at all may still be a pattern.
pub(super) fn strength(report: &mut Report, config: &Config) {
    for (index, secret) in config.cookie_secrets.iter().enumerate() {
        let secret = secret.expose_secret();
        let key = if index == 0 {
            "cookie_secret"
        } else {
            "cookie_secrets_old"
        };
        let fault = |problem: String| {
            let fix = "Make one with `openssl rand -hex 32`. Everybody signs in again, unless the old one moves to cookie_secrets_old.";
            config.places.fault(key, problem, fix)
        };
        let bits = bits(secret);
        if is_published(secret) {
            report.good("the cookie secret is the public one for development, which works on loopback alone");
        } else if bits < LEAST_BITS {
            report.bad(fault("follows a pattern that is soon guessed.".to_owned()));
        } else if secret.len() < GOOD_SECRET || bits < GOOD_BITS {
            report.doubt(fault(format!(
                "is weak: {} characters, about {bits} bits.",
                secret.chars().count()
            )));
        } else {
            report.good(format!("{key} is long and looks random"));
        }
    }
}

/// `openssl rand -hex 32` has about 200 by this measure, 16 random letters about 60.
const LEAST_BITS: u32 = 40;
const GOOD_BITS: u32 = 100;

/// An upper estimate: Shannon's entropy of the letters, after repetitions and runs such as `abc` or `321` are taken out.
fn bits(secret: &str) -> u32 {
    let letters: Vec<char> = secret.chars().collect();
    let period = (1..=letters.len())
        .find(|period| letters.iter().zip(&letters[*period..]).all(|(a, b)| a == b))
        .unwrap_or(letters.len());
    let once = &letters[..period];
    let steps = once.windows(2);
    let surprising = steps.filter(|pair| u32::from(pair[0]).abs_diff(u32::from(pair[1])) > 1);
    let letters: Vec<char> = surprising.map(|pair| pair[1]).collect();
    let mut counts = BTreeMap::new();
    for letter in &letters {
        *counts.entry(letter).or_insert(0_u32) += 1;
    }
    let all = letters.len() as f64;
    let entropy: f64 = counts
        .values()
        .map(|&count| f64::from(count) * (all / f64::from(count)).log2())
        .sum();
    entropy as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two bits for each of sixteen letters out of four; nothing comes before the first, so that it is not counted.
    #[test]
    fn each_letter_counts_by_how_rare_it_is() {
        assert_eq!(bits("gpgzpzazapgpagagz"), 32);
    }

    #[test]
    fn patterns_are_weak_and_drawn_secrets_are_not() {
        for pattern in [
            "",
            "abcabcabcabcabcabcabcabcabcabcabc",
            "0123456789abcdef0123456789abcdef",
            "passwordpasswordpasswordpassword",
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "1111111111111111111111111111111111112",
        ] {
            assert!(bits(pattern) < LEAST_BITS, "{pattern} {}", bits(pattern));
        }
        for short in ["kV7qT2mZ9xLbR4wY", "3f9a0c57be12d846a1"] {
            assert!((LEAST_BITS..GOOD_BITS).contains(&bits(short)), "{short}");
        }
        for drawn in [
            "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ",
            "7d1c0a9e5b3f48264c8e07d2a6b1f9534e0d8c7a1b2f6e5930d4c8a7b6f1e2d3",
        ] {
            assert!(bits(drawn) >= GOOD_BITS, "{drawn} {}", bits(drawn));
        }
    }
}
