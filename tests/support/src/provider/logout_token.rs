//! Logout tokens (OpenID Connect Back-Channel Logout 1.0).

use serde_json::{Value, json};

use super::{Provider, endpoints::unix_now};

impl Provider {
    /// A logout token for the client, with these claims replaced. `null` removes a claim. By
    /// default, it has neither `sub` nor `sid`.
    pub fn logout_token(&self, claims: Value) -> String {
        self.logout_token_with(json!({}), claims)
    }

    /// Like [`logout_token`](Self::logout_token), with members of the header replaced as well. The
    /// faults of header and signature apply.
    pub fn logout_token_with(&self, header: Value, claims: Value) -> String {
        let inner = self.state.lock();
        let now = unix_now() + inner.faults.clock_skew;
        let payload = json!({
            "iss": inner.issuer(),
            "aud": inner.client.id,
            "iat": now,
            "exp": now + 120,
            "jti": format!("{:032x}", rand::random::<u128>()),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        inner.signed("logout+jwt", header, payload, claims)
    }
}
