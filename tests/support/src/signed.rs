//! A second implementation of the signed cookie format, to create and forge cookies.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{COOKIE_SECRET, ORIGIN};

/// The name of the identity cookie on plain http.
pub const IDENTITY: &str = "_streamlit_user";

/// secrets.toml for an app at `base` whose provider is unreachable, for tests that forge identity
/// cookies.
pub fn toml(secret: &str, base: &str) -> String {
    toml_of(secret, base, &json!({}))
}

/// Like [`toml`], for the client that issued the payload: its `provider`, `aud` and `iss`.
pub fn toml_of(secret: &str, base: &str, payload: &Value) -> String {
    let text = |name: &str, default| payload[name].as_str().unwrap_or(default).to_owned();
    let table = match payload["provider"].as_str() {
        None | Some("default") => String::new(),
        Some(name) => format!("[auth.{name}]\n"),
    };
    format!(
        "[auth]\nredirect_uri = \"{base}/oauth2callback\"\ncookie_secret = \"{secret}\"\n\
         expose_tokens = [\"id\", \"access\"]\n{table}client_id = {:?}\nclient_secret = \"a-secret\"\n\
         server_metadata_url = \"{}/.well-known/openid-configuration\"\n",
        text("aud", "app"),
        text("iss", "https://idp.example"),
    )
}

/// A signed value in Tornado's format version 2.
pub fn sign(secret: &str, name: &str, text: &str, time: u64) -> String {
    let field = |text: &str| format!("{}:{text}", text.len());
    let signed = format!(
        "2|1:0|{}|{}|{}|",
        field(&time.to_string()),
        field(name),
        field(&BASE64_STANDARD.encode(text))
    );
    format!("{signed}{}", mac(secret, &signed))
}

/// HMAC-SHA256 in lower-case hex.
pub fn mac(secret: &str, text: &str) -> String {
    use std::fmt::Write;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(text.as_bytes());
    let mut hex = String::new();
    for byte in mac.finalize().into_bytes() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The signed text of a value.
pub fn text_of(value: &str) -> String {
    let field = value.split('|').nth(4).expect("five fields and a MAC");
    let (_, base64) = field.split_once(':').expect("a length");
    let text = BASE64_STANDARD.decode(base64).expect("base64");
    String::from_utf8(text).expect("UTF-8")
}

/// The time at which a value was signed.
pub fn time_of(value: &str) -> u64 {
    let field = value.split('|').nth(2).expect("five fields and a MAC");
    let (_, time) = field.split_once(':').expect("a length");
    time.parse().expect("seconds")
}

/// The text of an identity at [`ORIGIN`]: `claims`, then three keys of the crate.
pub fn identity_text(claims: Value) -> String {
    let Value::Object(mut text) = claims else {
        panic!("claims are an object")
    };
    let reserved = [
        ("origin", json!(ORIGIN)),
        ("is_logged_in", json!(true)),
        ("provider", json!("default")),
    ];
    text.extend(reserved.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(text).to_string()
}

/// The identity cookie value of `sub` at [`ORIGIN`], signed with [`COOKIE_SECRET`].
pub fn identity(sub: &str, time: u64) -> String {
    sign(
        COOKIE_SECRET,
        IDENTITY,
        &identity_text(json!({ "sub": sub })),
        time,
    )
}

/// `<name>=chunks-n` and its chunks of at most `max_len` bytes each, in the order of a `Cookie`
/// header.
pub fn split(name: &str, value: &str, max_len: usize) -> Vec<(String, String)> {
    let pieces: Vec<&str> = value
        .as_bytes()
        .chunks(max_len)
        .map(|piece| str::from_utf8(piece).expect("ASCII"))
        .collect();
    let parts = pieces.iter().zip(1..);
    let main = (name.to_owned(), format!("chunks-{}", pieces.len()));
    std::iter::once(main)
        .chain(parts.map(|(piece, part)| (format!("{name}_{part}"), (*piece).to_owned())))
        .collect()
}

/// The `Cookie` header for these cookies.
pub fn header(cookies: &[(String, String)]) -> String {
    let pairs: Vec<String> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("; ")
}
