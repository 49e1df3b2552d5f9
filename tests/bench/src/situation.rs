//! The cookies that the browser sends.

use axum::http::HeaderValue;
use serde_json::{Map, Value, json};

pub struct Situation {
    pub name: &'static str,
    /// Size of the claims as JSON.
    pub claims: usize,
    /// Makes the `Cookie` header from that of the user.
    cookie: fn(&str) -> String,
    pub signed_in: bool,
}

pub const SITUATIONS: &[Situation] = &[
    Situation {
        name: "no cookie",
        claims: 600,
        cookie: |_| String::new(),
        signed_in: false,
    },
    Situation {
        name: "600 B",
        claims: 600,
        cookie: str::to_owned,
        signed_in: true,
    },
    Situation {
        name: "3 KB",
        claims: 3000,
        cookie: str::to_owned,
        signed_in: true,
    },
    Situation {
        name: "tampered",
        claims: 600,
        cookie: tampered,
        signed_in: false,
    },
    Situation {
        name: "50 foreign cookies",
        claims: 600,
        cookie: |_| foreign(),
        signed_in: false,
    },
];

pub fn find(name: &str) -> &'static Situation {
    SITUATIONS
        .iter()
        .find(|situation| situation.name == name)
        .unwrap_or_else(|| panic!("no situation {name}"))
}

impl Situation {
    /// The `Cookie` header in this situation, for the user with the header `cookie`. It may be
    /// empty.
    pub fn header(&self, cookie: &str) -> HeaderValue {
        HeaderValue::try_from((self.cookie)(cookie)).expect("cookies are ASCII")
    }
}

/// Claims like those of Google, padded to `bytes` bytes of JSON.
pub fn claims(sub: &str, bytes: usize) -> Map<String, Value> {
    let Value::Object(mut claims) = json!({
        "iss": "https://accounts.google.com",
        "azp": "1234987819200.apps.googleusercontent.com",
        "aud": "1234987819200.apps.googleusercontent.com",
        "sub": sub,
        "email": "ada@example.com",
        "email_verified": true,
        "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
        "nonce": "0394852-3190485-2490358",
        "name": NAME,
        "picture": "https://lh3.googleusercontent.com/a-/AOh14Gg4x7vxyzabcdefghijklm=s96-c",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "iat": 1_353_601_026,
        "exp": 1_353_604_926,
    }) else {
        unreachable!("braces make an object")
    };
    let length =
        |claims: &Map<String, Value>| serde_json::to_string(claims).map_or(0, |text| text.len());
    // Groups, as in directories, then padding.
    let mut groups = Vec::new();
    while length(&claims) + 50 < bytes {
        groups.push(Value::from(format!("group-{:03}", groups.len())));
        claims.insert("groups".to_owned(), groups.clone().into());
    }
    let filler = bytes.saturating_sub(length(&claims) + r#","hd":"""#.len());
    claims.insert("hd".to_owned(), "x".repeat(filler).into());
    assert_eq!(length(&claims), bytes);
    claims
}

/// The claim that handlers read.
pub const NAME: &str = "Ada Lovelace";

/// The value that handlers compute from it.
pub fn answer(name: Option<&str>) -> &'static str {
    if name == Some(NAME) { "in" } else { "out" }
}

/// Changes a character in the middle.
fn tampered(cookie: &str) -> String {
    let mut bytes = cookie.as_bytes().to_vec();
    let middle = bytes.len() / 2;
    let at = (middle..bytes.len())
        .find(|&at| bytes[at].is_ascii_alphanumeric())
        .expect("a letter or a digit");
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("still ASCII")
}

fn foreign() -> String {
    let cookies: Vec<String> = (0..50)
        .map(|number| format!("tracker_{number}=GA1.2.{number}.1696156800"))
        .collect();
    cookies.join("; ")
}
