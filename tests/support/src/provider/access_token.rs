//! Access tokens as JWTs, for apps that accept bearer tokens.

use serde_json::{Map, Value, json};

use super::{Provider, endpoints::unix_now};

/// The audience of the access tokens.
pub const AUDIENCE: &str = "https://api.example";

impl Provider {
    /// An access token of `ada` for [`AUDIENCE`] by RFC 9068, with these members of its claims
    /// replaced. `null` removes a member.
    pub fn access_token(&self, claims: Value) -> String {
        self.access_token_with(json!({}), claims)
    }

    /// As [`access_token`](Self::access_token), with members of the header replaced as well. The
    /// faults of header and signature apply.
    pub fn access_token_with(&self, header: Value, claims: Value) -> String {
        let mut inner = self.state.lock();
        let mut faults = inner.faults.clone();
        faults.payload = None;
        faults.header.set("typ", "at+jwt");
        for (name, value) in members(header) {
            match value {
                Value::Null => faults.header.remove(&name),
                value => faults.header.set(&name, value),
            }
        }
        let now = unix_now() + faults.clock_skew;
        let mut payload = members(json!({
            "iss": inner.issuer(),
            "sub": inner.user["sub"],
            "name": inner.user["name"],
            "aud": AUDIENCE,
            "client_id": "program",
            "jti": "9d5e",
            "iat": now,
            "exp": now + 300,
            "scope": "openid reports:read",
        }));
        for (name, value) in members(claims) {
            match value {
                Value::Null => payload.shift_remove(&name),
                value => payload.insert(name, value),
            };
        }
        let token = inner.signer().token(&faults, &payload);
        inner.access_tokens.push(token.clone());
        token
    }
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is not an object"),
    }
}
