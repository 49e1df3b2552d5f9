//! Refresh tokens, which are replaced at each use. A second use revokes the grant.
//!
//! Source: RFC 9700, section 4.14.2.

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    Inner, behaviour::json as respond, endpoints::object, id_token::at_hash,
    record::RecordedRequest,
};

impl RecordedRequest {
    /// True for a request that exchanges a refresh token.
    pub fn is_refresh(&self) -> bool {
        self.parameter("grant_type") == Some("refresh_token")
    }
}

impl Inner {
    pub(super) fn refresh(&mut self, request: &RecordedRequest) -> Response {
        let index = match self.redeem_refresh_token(request) {
            Ok(index) => index,
            Err((status, error)) => return respond(status, &json!({ "error": error })),
        };
        let grant = &mut self.grants[index];
        let random = |kind| format!("{kind}-{:032x}", rand::random::<u128>());
        grant.access_token = random("access");
        let refresh_token = random("refresh");
        grant
            .used
            .push(std::mem::replace(&mut grant.refresh_token, refresh_token));
        let grant = &self.grants[index];
        let mut claims = self.id_token_claims(grant);
        claims.remove("nonce");
        claims.insert("auth_time".to_owned(), json!(grant.auth_time));
        let hash = at_hash(self.faults.alg, &grant.access_token);
        claims.insert("at_hash".to_owned(), json!(hash));
        self.faults.refreshed_claims.on_json(&mut claims);
        let id_token = self.signer().token(&self.faults, &claims);
        let mut tokens = object(json!({
            "access_token": grant.access_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": grant.refresh_token,
            "id_token": id_token,
        }));
        if self.is_plain_oauth2 {
            tokens.remove("id_token");
        } else {
            self.grants[index].id_token = Some(id_token);
        }
        self.faults.token_response.on_json(&mut tokens);
        self.faults.refresh_response.on_json(&mut tokens);
        respond(200, &Value::Object(tokens))
    }

    /// The index of the grant, or status and error code.
    fn redeem_refresh_token(
        &mut self,
        request: &RecordedRequest,
    ) -> Result<usize, (u16, &'static str)> {
        self.authenticate_client(request)?;
        if let Some(error) = self.faults.refresh_error {
            return Err(error);
        }
        let sent = request.parameter("refresh_token").unwrap_or_default();
        let used = self
            .grants
            .iter_mut()
            .find(|grant| grant.used.iter().any(|used| used == sent));
        if let Some(grant) = used {
            grant.refresh_token.clear();
            self.violations
                .push("token: a refresh token was used twice".to_owned());
            return Err((400, "invalid_grant"));
        }
        let mut grants = self.grants.iter();
        let known = grants.position(|grant| grant.is_redeemed && grant.refresh_token == sent);
        known
            .filter(|_| !sent.is_empty())
            .ok_or((400, "invalid_grant"))
    }
}
