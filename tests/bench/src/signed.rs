//! The signed value of this crate, and "the limit": the minimum cost of a signed cookie with JSON
//! claims.

use std::time::SystemTime;

use axum::{extract::Request, http::header::COOKIE};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::situation;

pub const SECRET: &str = "a secret of the benchmark, 32 bytes long or longer";

pub fn sign(name: &str, text: &str) -> String {
    let time = SystemTime::UNIX_EPOCH
        .elapsed()
        .expect("it is after 1970")
        .as_secs()
        .to_string();
    let text = BASE64_STANDARD.encode(text);
    let value = format!(
        "2|1:0|{}:{time}|{}:{name}|{}:{text}|",
        time.len(),
        name.len(),
        text.len()
    );
    let mac = mac().chain_update(&value).finalize().into_bytes();
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    value + &hex
}

/// HMAC, base64 and JSON, without a framework, header parsing, or checks of name and time.
pub fn limit() -> impl Fn(Request) -> &'static str + Send + Sync {
    let mac = mac();
    move |request| {
        let claims = request.headers().get(COOKIE).and_then(|cookie| {
            let value = cookie.as_bytes().strip_prefix(b"visitor=")?;
            let (signed, hex) = value.split_last_chunk::<64>()?;
            mac.clone()
                .chain_update(signed)
                .verify_slice(&unhex(hex))
                .ok()?;
            let text = signed.splitn(5, |&byte| byte == b':').nth(4)?;
            let text = BASE64_STANDARD.decode(text.strip_suffix(b"|")?).ok()?;
            let text = String::from_utf8(text).ok()?;
            serde_json::from_str::<Map<String, Value>>(&text).ok()
        });
        situation::answer(
            claims
                .as_ref()
                .and_then(|claims| claims.get("name")?.as_str()),
        )
    }
}

fn mac() -> Hmac<Sha256> {
    Hmac::new_from_slice(SECRET.as_bytes()).expect("any length will do")
}

fn unhex(hex: &[u8; 64]) -> [u8; 32] {
    let digit = |byte: u8| (byte & 0xf) + 9 * (byte >> 6);
    std::array::from_fn(|at| digit(hex[2 * at]) << 4 | digit(hex[2 * at + 1]))
}
