//! Access tokens as JWTs, for apps that accept bearer tokens.

use serde_json::{Map, Value, json};

use super::{Inner, Provider, endpoints::unix_now};

/// The audience of the access tokens.
pub const AUDIENCE: &str = "https://api.example";

impl Provider {
    /// An access token of `ada` for [`AUDIENCE`] as defined by RFC 9068, with these claims
    /// replaced. `null` removes a claim.
    pub fn access_token(&self, claims: Value) -> String {
        self.access_token_with(json!({}), claims)
    }

    /// Like [`access_token`](Self::access_token), with members of the header replaced as well. The
    /// faults of header and signature apply.
    pub fn access_token_with(&self, header: Value, claims: Value) -> String {
        let mut inner = self.state.lock();
        let now = unix_now() + inner.faults.clock_skew;
        let payload = json!({
            "iss": inner.issuer(),
            "sub": inner.user["sub"],
            "name": inner.user["name"],
            "aud": AUDIENCE,
            "client_id": "program",
            "jti": "9d5e",
            "iat": now,
            "exp": now + 300,
            "scope": "openid reports:read",
        });
        let token = inner.signed("at+jwt", header, payload, claims);
        inner.access_tokens.push(token.clone());
        token
    }
}

impl Inner {
    /// A token of this type and payload, with members of header and payload replaced.
    pub(super) fn signed(&self, typ: &str, header: Value, payload: Value, claims: Value) -> String {
        let mut faults = self.faults.clone();
        faults.payload = None;
        faults.header.set("typ", typ);
        for (name, value) in members(header) {
            match value {
                Value::Null => faults.header.remove(&name),
                value => faults.header.set(&name, value),
            }
        }
        let mut payload = members(payload);
        for (name, value) in members(claims) {
            match value {
                Value::Null => payload.shift_remove(&name),
                value => payload.insert(name, value),
            };
        }
        self.signer().token(&faults, &payload)
    }
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is not an object"),
    }
}
