//! Rewrites the help of a diagnostic for a configuration in code.

use crate::config::{EXAMPLE, Preset, SHARED_KEYS, provider::KEYS};

/// Replaces the lines of TOML in `help` with calls to the builder. `method` is the method that set
/// the value, or the constructor of the table if none did.
pub(crate) fn in_code(help: &str, method: &str) -> String {
    if help.starts_with("Add to") && APPLE_IDS.iter().any(|key| help.contains(key)) {
        return "Pass: ClientCredential::apple_key(team_id, key_id, path)".to_owned();
    }
    if help.contains(EXAMPLE) {
        return "Call: .provider(Provider::google(client_id, client_secret)), or use another constructor of `Provider`".to_owned();
    }
    let mut text = String::with_capacity(help.len());
    let mut rest = help;
    while let Some((before, after)) = rest.split_once(ASSIGNS) {
        let (lead, key) = before.split_at(key_start(before));
        let (value, tail) = after.split_at(literal_len(after));
        text += lead;
        match call(key.trim_matches('"'), value, method) {
            Some(call) => text += &call,
            None => text.extend([key, ASSIGNS, value]),
        }
        rest = tail;
    }
    text += rest;
    WORDS
        .iter()
        .fold(text, |text, (toml, code)| text.replace(toml, code))
}

/// A key of Apple that is missing in `help`.
const APPLE_IDS: [&str; 2] = [" team_id = ", " key_id = "];

const ASSIGNS: &str = " = ";

const WORDS: [(&str, &str); 6] = [
    (" in client_kwargs.", " with `Provider::authorize_param`."),
    (
        " In TOML, ${{NAME}} inserts the environment variable NAME.",
        "",
    ),
    ("the directory of secrets.toml", "the working directory"),
    ("Add to `[auth]`: ", "Call: "),
    ("emove this line", "emove this call"),
    ("set client_secret", "pass the client secret"),
];

/// Returns the call that sets `key` to `value`. Returns `None` if `key` is not a configuration key.
fn call(key: &str, value: &str, method: &str) -> Option<String> {
    let inner = value
        .strip_prefix("{ ")
        .and_then(|value| value.strip_suffix(" }"));
    let inner = inner.and_then(|inner| inner.split_once(ASSIGNS));
    Some(match (key, inner) {
        ("client_kwargs" | "authorize_params", Some((name, value))) => match name {
            "token_endpoint_auth_method" => credential(value),
            "scope" => format!(".scope({value})"),
            _ => format!(".authorize_param(\"{name}\", {value})"),
        },
        ("token_endpoint_auth_method", _) => credential(value),
        ("claims", Some((name, value))) => format!(".allow_claim(\"{name}\", {value})"),
        ("domains" | "emails", _) => format!(".allow_{key}({value})"),
        // A claim in quotes.
        (name, _) if name.contains('.') => format!(".allow_claim(\"{name}\", {value})"),
        ("cookie_lifetime" | "session_idle", _) => format!(".{key}({})", duration(value)?),
        ("client_secret_file" | "client_assertion_file" | "client_key_file", _) => {
            let kind = key.trim_start_matches("client_");
            format!("ClientCredential::{kind}({value})")
        }
        ("client_key_id", _) => format!(".key_id({value})"),
        ("client_key_algorithm", _) => format!(".key_algorithm({value})"),
        ("client_certificate_file", _) => format!(".certificate_file({value})"),
        ("client_assertion_audience", _) => format!(".assertion_audience({value})"),
        ("client_assertion_typ", _) => format!(".assertion_typ({value})"),
        _ if ARGUMENTS.contains(&key) => argument(value, method),
        (key, _) if Preset::any_has(key) => argument(value, method),
        (key, _) if SHARED_KEYS.contains(&key) || KEYS.contains(&key) => format!(".{key}({value})"),
        _ if method.ends_with("::headers") => format!("(\"{key}\", {value})"),
        _ => return None,
    })
}

/// Keys that constructors of [`Provider`](super::Provider) and `ClientCredential` set.
const ARGUMENTS: [&str; 8] = [
    "client_id",
    "client_secret",
    "server_metadata_url",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "team_id",
    "key_id",
];

/// Returns the `Duration` of a string with a number and a unit.
fn duration(value: &str) -> Option<String> {
    let text = value.trim_matches('"');
    let units = [('s', 1), ('m', 60), ('h', 60 * 60), ('d', 24 * 60 * 60)];
    let (number, seconds) = units
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, seconds)))?;
    let number: u64 = number.parse().ok()?;
    Some(format!(
        "Duration::from_secs({})",
        number.checked_mul(*seconds)?
    ))
}

fn argument(value: &str, method: &str) -> String {
    format!("{value} as an argument of `{method}`")
}

fn credential(method: &str) -> String {
    match method.trim_matches('"') {
        "client_secret_basic" => "ClientCredential::secret_basic(client_secret)",
        "client_secret_post" => "ClientCredential::secret_post(client_secret)",
        _ => "ClientCredential::public()",
    }
    .to_owned()
}

/// Returns the index at which the key at the end of `text` starts.
fn key_start(text: &str) -> usize {
    if let Some(quoted) = text.strip_suffix('"') {
        return quoted.rfind('"').unwrap_or(text.len());
    }
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    text.trim_end_matches(is_part).len()
}

/// Returns the length of the TOML value at the start of `text`. None of the examples has a nested
/// table or array.
fn literal_len(text: &str) -> usize {
    let close = match text.as_bytes().first() {
        Some(b'"') => text[1..].find('"').map(|end| end + 1),
        Some(b'[') => text.find(']'),
        Some(b'{') => text.find('}'),
        _ => None,
    };
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    close.map_or_else(
        || text.len() - text.trim_start_matches(is_bare).len(),
        |close| close + 1,
    )
}
