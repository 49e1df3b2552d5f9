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
        let found = encodings.iter().find(|part| contains(&whole, part))?;
        let text = texts.iter().find(|text| contains(text, found))?;
        Some((secret.clone(), *text))
    })
}

fn contains(text: &str, part: &str) -> bool {
    memmem::find(text.as_bytes(), part.as_bytes()).is_some()
}

/// The parts of a secret to search for: its start, or the middle and the end of a long token,
/// because the start of a token is not secret. A line that was cut off contains no more, and
/// searches for short parts are prepared faster.
fn windows(secret: &str) -> Vec<&str> {
    const LONG: usize = 100;
    const WINDOW: usize = 20;
    if secret.len() < LONG || !secret.is_ascii() {
        let end = secret.char_indices().nth(WINDOW);
        return vec![&secret[..end.map_or(secret.len(), |(end, _)| end)]];
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
