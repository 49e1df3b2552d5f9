//! Detects secrets that are written in `secrets.toml` itself.

use super::{
    placeholders,
    table::{Table, Value},
};

/// Returns true if a file with the content `table` may contain a secret. Must be called before
/// placeholders are replaced.
pub(super) fn may_contain(table: &Table) -> bool {
    table.0.iter().any(|(name, entry)| match &entry.value {
        Value::Table(auth) if name == "auth" => auth.0.iter().any(|(key, entry)| {
            is_written(key, &entry.value)
                || matches!(&entry.value, Value::Table(provider)
                    if provider.0.iter().any(|(key, entry)| is_written(key, &entry.value)))
        }),
        // The settings of another library, such as the password of a database.
        _ => true,
    })
}

/// The keys with a secret as their value.
pub(super) const SECRET_KEYS: [&str; 3] = ["client_secret", "cookie_secret", "cookie_secrets_old"];

/// Returns true if the value of a key is a secret and not only a placeholder.
fn is_written(key: &str, value: &Value) -> bool {
    let is_text = |value: &Value| match value {
        Value::String(text) => !placeholders::is_only_variable(text),
        _ => true,
    };
    SECRET_KEYS.contains(&key)
        && match value {
            Value::Array(array) => array.iter().any(|entry| is_text(&entry.value)),
            value => is_text(value),
        }
}
