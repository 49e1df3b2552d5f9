//! The conditions in the path of a check, such as `/auth/check/groups=admin`.
//!
//! They are not in the query, because Caddy adds the browser's query to that of the check.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::{
    config::find_claim,
    guard::{RequireLogin, require_login},
};

/// Returns the guard for the conditions of a check, which are separated by `&`.
///
/// Each names a claim and one or more values, separated by commas. The claim has to be one of these
/// values, or an array that contains one. All conditions must be met, including several for the
/// same claim.
pub(super) fn guard(conditions: &str) -> RequireLogin {
    let conditions = conditions
        .split('&')
        .filter(|condition| !condition.is_empty());
    conditions.fold(require_login(), |guard, condition| {
        let (claim, values) = condition.split_once('=').unwrap_or((condition, ""));
        let claim = decode(claim);
        // A comma in a value is written as `%2C`.
        let values: Vec<String> = values.split(',').map(decode).collect();
        guard.when(move |user| {
            let claim = find_claim(user.map(), &claim);
            claim.is_some_and(|claim| values.iter().any(|value| is(claim, value)))
        })
    })
}

/// Returns true if a claim is `value`, or an array that contains it. Numbers and booleans are
/// compared as JSON.
fn is(claim: &Value, value: &str) -> bool {
    match claim {
        Value::String(string) => string == value,
        Value::Number(number) => number.to_string() == value,
        Value::Bool(boolean) => boolean.to_string() == value,
        Value::Array(values) => values.iter().any(|element| is(element, value)),
        Value::Object(_) | Value::Null => false,
    }
}

/// Decodes a name or value in a path.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
