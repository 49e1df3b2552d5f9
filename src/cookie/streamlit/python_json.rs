//! JSON in the form of Python's `json.dumps`, so that our cookies contain exactly the text that
//! Streamlit would have signed.
//!
//! There is one difference: `serde_json` has already turned integers beyond 64 bits into floats.

use std::fmt::Write;

use serde_json::{Map, Value};

/// Serializes an object as ASCII, with the separators `", "` and `": "`.
pub(crate) fn json(object: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_object(&mut text, object);
    text
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => text.push_str(&format_float(float)),
            None => text.push_str(&number.to_string()),
        },
        Value::String(string) => write_string(text, string),
        Value::Array(list) => {
            text.push('[');
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write_value(text, value);
            }
            text.push(']');
        }
        Value::Object(object) => write_object(text, object),
    }
}

fn write_object(text: &mut String, object: &Map<String, Value>) {
    text.push('{');
    for (index, (name, value)) in object.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        write_string(text, name);
        text.push_str(": ");
        write_value(text, value);
    }
    text.push('}');
}

fn write_string(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(text, "\\u{unit:04x}").expect("writing to a String does not fail");
                }
            }
        }
    }
    text.push('"');
}

/// Formats a float with as few digits as possible, and with an exponent below 1e-4 and from 1e16.
///
/// Source: Python's `repr` of a float.
fn format_float(float: f64) -> String {
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = float.to_string();
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn floats_match_python() {
        for (float, python) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.000_012_5, "1.25e-05"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e22, "1e+22"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(format_float(float), python);
        }
    }

    #[test]
    fn objects_match_python() {
        let value = json!({ "a": [1, -2, null, true, false], "ü🦀": "\"\\\n\r\t\u{8}\u{c}\u{7f}\u{0}/é", "o": {}, "l": [] });
        let Value::Object(object) = value else {
            unreachable!()
        };

        assert_eq!(
            json(&object),
            r#"{"a": [1, -2, null, true, false], "\u00fc\ud83e\udd80": "\"\\\n\r\t\b\f\u007f\u0000/\u00e9", "o": {}, "l": []}"#
        );
    }
}
