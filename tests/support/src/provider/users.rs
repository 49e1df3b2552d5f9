//! The users of the provider.

use serde_json::{Map, Value, json};

/// The claims of `ada`, `bob` or `wide`. `wide` has about 6.5 KB of incompressible groups.
pub fn user(name: &str) -> Map<String, Value> {
    let claims = match name {
        "ada" => json!({
            "sub": "ada",
            "name": "Ada Lovelace",
            "email": "ada@example.org",
            "email_verified": true,
            "groups": ["admin", "ops"],
            "city": "Köln",
        }),
        "bob" => json!({
            "sub": "bob",
            "name": "Bob",
            "email": "bob@example.org",
            "email_verified": false,
            "groups": ["ops"],
        }),
        "wide" => json!({
            "sub": "wide",
            "name": "Wide Wilma",
            "email": "wide@example.org",
            "email_verified": true,
            "groups": groups(165),
        }),
        other => panic!("the test provider has no user {other}"),
    };
    let Value::Object(claims) = claims else {
        unreachable!("the literals above are objects")
    };
    claims
}

/// Group identifiers of 36 characters, as in Entra.
pub fn groups(count: usize) -> Vec<String> {
    let group = |_| {
        let hex = format!("{:032x}", rand::random::<u128>());
        [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-")
    };
    (0..count).map(group).collect()
}
