//! The value of a claim in a header.

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

/// Returns the value of a claim as visible ASCII. It is empty if the claim is missing or null.
///
/// - A string is unchanged. A number, boolean or object is written as JSON.
/// - The elements of an array are joined by commas. A comma in an element is encoded.
/// - Control characters, characters outside ASCII, `%`, and a space at either end are
///   percent-encoded as UTF-8 (RFC 3986, section 2.1). Servers would reject, misread or remove
///   them. Decoding restores the claim.
pub(super) fn header_value(claim: Option<&Value>) -> HeaderValue {
    let text = match claim {
        None => String::new(),
        Some(Value::Array(values)) => {
            let values = values.iter().map(|value| encode(value, ELEMENT));
            values.collect::<Vec<_>>().join(",")
        }
        Some(value) => encode(value, WHOLE),
    };
    HeaderValue::try_from(text).expect("the encoding leaves only visible ASCII and spaces")
}

const WHOLE: &AsciiSet = &CONTROLS.add(b'%');
const ELEMENT: &AsciiSet = &WHOLE.add(b',');

fn encode(value: &Value, set: &'static AsciiSet) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(string) => string.clone(),
        value => value.to_string(),
    };
    let trimmed = text.trim_matches(' ');
    let after_start = text.trim_start_matches(' ').len();
    let (start, end) = (text.len() - after_start, after_start - trimmed.len());
    let inner = utf8_percent_encode(trimmed, set);
    format!("{}{inner}{}", SPACE.repeat(start), SPACE.repeat(end))
}

const SPACE: &str = "%20";
