//! The table of error codes is complete, and the exported copy for the integration tests is
//! current.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::*;
use crate::generated::assert_generated;

fn remedies() -> impl Iterator<Item = (&'static str, Remedy)> {
    let codes = ErrorCode::ALL
        .iter()
        .map(|error| (error.code(), error.remedy()));
    codes.chain(
        entra_codes::ALL
            .iter()
            .map(|&code| (code, entra_remedy(code).unwrap())),
    )
}

fn example_text(remedy: &Remedy) -> Option<&'static str> {
    remedy.example.map(|example| match example {
        Example::Toml(text) | Example::Register(text) => text,
    })
}

#[test]
fn error_codes_are_unique() {
    let codes: BTreeSet<&str> = remedies().map(|(code, _)| code).collect();
    assert_eq!(codes.len(), ErrorCode::ALL.len() + entra_codes::ALL.len());
    assert!(ErrorCode::ALL.len() >= 25 && entra_codes::ALL.len() >= 10);
}

#[test]
fn remedies_are_well_formed() {
    for (code, remedy) in remedies() {
        let help = remedy.help;
        assert!(help.ends_with('.'), "{code}: {help}");
        assert!(help.matches('`').count().is_multiple_of(2), "{code}");
        if let Some(text) = example_text(&remedy) {
            assert!(!text.is_empty() && text.len() < 120, "{code}: {text}");
        }
        if let Some(key) = remedy.key {
            let is_key = |byte: u8| byte.is_ascii_lowercase() || b"_.".contains(&byte);
            assert!(key.bytes().all(is_key), "{code}: {key}");
        }
    }
}

/// `tests/data/error_codes.json` gives the integration tests the codes and their advice.
#[test]
fn exported_error_codes_are_current() {
    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/error_codes.json");
    let export = |remedy: Remedy| {
        let example = example_text(&remedy);
        json!({ "key": remedy.key, "help": remedy.help, "example": example })
    };
    let all: Map<String, Value> = remedies()
        .map(|(code, remedy)| (code.to_owned(), export(remedy)))
        .collect();
    let (entra, crates): (Map<_, _>, Map<_, _>) = all
        .into_iter()
        .partition(|(code, _)| entra_remedy(code).is_some());
    let exported = json!({ "error_codes": crates, "entra": entra });
    let exported = serde_json::to_string_pretty(&exported).unwrap() + "\n";
    assert_generated(PATH, &exported, |committed| committed == exported);
}
