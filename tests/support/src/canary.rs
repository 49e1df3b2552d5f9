//! Searches texts for secrets in any encoding.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use memchr::memmem;

/// Returns a secret that one of the texts contains, and that text.
pub fn find<'t>(
    secrets: &[String],
    texts: impl IntoIterator<Item = &'t str>,
) -> Option<(String, &'t str)> {
    let texts: Vec<&str> = texts.into_iter().collect();
    // One search of the joined text is faster than one for each text.
    let whole = texts.join("\n");
    let secrets: BTreeSet<&String> = secrets.iter().collect();
    secrets.into_iter().find_map(|secret| {
        let encodings: BTreeSet<String> = windows(secret).into_iter().flat_map(encodings).collect();
        let mut starts = encodings.iter().map(|encoding| start(encoding));
        let found = starts.find(|start| contains(&whole, start))?;
        let text = texts.iter().find(|text| contains(text, found))?;
        Some((secret.clone(), *text))
    })
}

/// The start of an encoded secret. A log that was cut off may contain no more, and a search for it
/// is prepared faster.
fn start(encoding: &str) -> &[u8] {
    const LENGTH: usize = 20;
    &encoding.as_bytes()[..encoding.len().min(LENGTH)]
}

fn contains(text: &str, part: &[u8]) -> bool {
    memmem::find(text.as_bytes(), part).is_some()
}

/// The parts of a secret to search for. For a long token, these are its middle and its end, because
/// its start is not secret.
fn windows(secret: &str) -> Vec<&str> {
    const LONG: usize = 100;
    const WINDOW: usize = 40;
    if secret.len() < LONG || !secret.is_ascii() {
        return vec![secret];
    }
    let middle = secret.len() / 2;
    vec![
        &secret[middle..middle + WINDOW],
        &secret[secret.len() - WINDOW..],
    ]
}

/// The secret as it is, escaped, in hex, and as part of longer base64 text.
pub fn encodings(secret: &str) -> Vec<String> {
    let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let hex: String = secret
        .bytes()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let mut encodings = vec![
        secret.to_owned(),
        percent.replace('+', "%20"),
        percent.to_lowercase(),
        percent,
        format!("{secret:?}").trim_matches('"').to_owned(),
        hex.to_uppercase(),
        hex,
        format!("{:?}", secret.as_bytes())
            .trim_matches(['[', ']'])
            .to_owned(),
    ];
    for shift in 0..3 {
        let shifted = [&b"xx"[..shift], secret.as_bytes()].concat();
        for text in [
            BASE64_STANDARD.encode(&shifted),
            BASE64_URL_SAFE_NO_PAD.encode(&shifted),
        ] {
            let text = text.trim_end_matches('=');
            // The characters at both ends also encode bits of adjacent bytes.
            encodings.push(text[4..text.len() - 4].to_owned());
        }
    }
    encodings
}
