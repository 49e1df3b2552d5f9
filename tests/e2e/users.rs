//! The users at the providers. All passwords are "password".

use serde_json::{Value, json};

pub const ALICE: &str = "Alice Liddell";
pub const BOB: &str = "Bob \"Ö\" Ünïcode 🦀";

/// Claims by user name.
pub fn users() -> Value {
    json!({
        "alice": {
            "name": ALICE, "email": "alice@example.com", "email_verified": true, "preferred_username": "alice",
            "picture": "http://localhost/alice.png", "groups": ["staff", "admin"],
        },
        "bob": { "name": BOB, "email": "bob@example.com", "email_verified": false, "preferred_username": "bob", "groups": [] },
        "noemail": { "name": "No Mail", "preferred_username": "noemail" },
        // 6.5 KB of incompressible claims: more than one cookie holds in any format.
        "wide": { "name": "Wide Claims", "email": "wide@example.com", "email_verified": true, "groups": wide_groups(100) },
        // 22 KB: all cookies that the crate uses for one identity.
        "widest": { "name": "Widest Claims", "groups": wide_groups(340) },
        // 65 KB: more than browsers store and most servers accept.
        "big": { "name": "Big Claims", "email": "big@example.com", "email_verified": true, "groups": wide_groups(1000) },
    })
}

/// Groups of 64 characters that look random and are the same in every run.
fn wide_groups(count: usize) -> Vec<String> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..count)
        .map(|_| {
            format!(
                "{:016x}{:016x}{:016x}{:016x}",
                word(),
                word(),
                word(),
                word()
            )
        })
        .collect()
}
