//! Behaves like Sign in with Apple.
//!
//! 1. The client secret is a JWT that the client signs.
//! 2. A request for `name` or `email` requires `response_mode=form_post`.
//! 3. The parameter `user` is sent once for each person, unsigned.
//! 4. Flags in the ID token are strings, and the token has no name.
//! 5. Metadata has neither UserInfo, nor logout, nor PKCE, nor an `iss` parameter.

use serde_json::{Map, Value, json};

use super::{Auth, Inner, Provider, record::RecordedRequest};

/// The team of the client.
pub const APPLE_TEAM: &str = "TEAM123456";
/// The ID of the client's key.
pub const APPLE_KEY: &str = "ABC123DEFG";

impl Provider {
    /// Behaves like Sign in with Apple. Ada signs in with the address `ada@example.org`.
    pub fn emulate_apple(&self) {
        self.sign_with("RS256");
        self.client(|client| {
            client.auth = Auth::Apple;
            client.jwt.kid = Some(APPLE_KEY.to_owned());
            client.jwt.typ = None;
            client.jwt.issuer = Some(APPLE_TEAM.to_owned());
        });
        self.set(|faults| {
            faults.apple = true;
            for name in [
                "userinfo_endpoint",
                "end_session_endpoint",
                "code_challenge_methods_supported",
                "authorization_response_iss_parameter_supported",
            ] {
                faults.metadata.remove(name);
            }
            faults.callback.remove("iss");
            faults.claims.set("email_verified", "true");
            faults.claims.set("is_private_email", "false");
            for name in ["name", "given_name", "family_name"] {
                faults.claims.remove(name);
            }
        });
    }
}

impl Inner {
    /// Returns the error code of a request that Apple does not accept.
    pub(super) fn apple_error(&mut self, request: &RecordedRequest) -> Option<&'static str> {
        let scope = request.parameter("scope").unwrap_or_default();
        let is_form = request.parameter("response_mode") == Some("form_post");
        let asks = scope
            .split(' ')
            .any(|scope| scope == "name" || scope == "email");
        if !self.faults.apple || !asks || is_form {
            return None;
        }
        let violation =
            "authorize: response_mode must be form_post when name or email is requested";
        self.violations.push(violation.to_owned());
        Some("invalid_request")
    }

    /// Returns the value of `user` at the first consent of the current user.
    pub(super) fn apple_user(&mut self, request: &RecordedRequest) -> Option<String> {
        let asks = request
            .parameter("scope")?
            .split(' ')
            .any(|scope| scope == "name");
        let sub = self.user.get("sub")?.as_str()?.to_owned();
        if !self.faults.apple || !asks || self.consented.contains(&sub) {
            return None;
        }
        self.consented.push(sub);
        Some(user_parameter(&self.user))
    }
}

fn user_parameter(user: &Map<String, Value>) -> String {
    let name = user.get("name").and_then(Value::as_str).unwrap_or_default();
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    json!({
        "name": { "firstName": first, "lastName": last },
        "email": user.get("email"),
    })
    .to_string()
}
