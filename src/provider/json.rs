//! Lenient access to JSON from providers.

use serde_json::{Map, Value};

/// Parses a JSON object, as [`value`] does.
pub(super) fn object(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(without_mark(body)).ok()
}

/// Parses any JSON. A leading byte order mark is ignored (RFC 8259, section 8.1).
pub(super) fn value(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(without_mark(body)).ok()
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Returns a member unless it is `null`. Many serializers write `null` for a missing value.
pub(super) fn member<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// Returns a member that is a non-empty string.
pub(super) fn string<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o str> {
    let value = object.get(name).and_then(Value::as_str);
    value.filter(|value| !value.is_empty())
}
