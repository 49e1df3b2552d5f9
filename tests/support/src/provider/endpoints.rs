//! The endpoints, with the edits of [`Faults`](super::Faults).

use std::time::{SystemTime, UNIX_EPOCH};

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    Inner,
    behaviour::{code, json},
    grant::Grant,
    id_token::{Signer, at_hash},
    keys,
    record::RecordedRequest,
};

impl Inner {
    pub(super) fn endpoint(&mut self, request: &RecordedRequest) -> Response {
        if let Some(github) = self.github.clone() {
            return self.github_endpoint(&github, request);
        }
        match request.endpoint {
            "discovery" | "jwks" | "logout" if self.is_plain_oauth2 => code(404).into_response(),
            "discovery" => json(200, &self.metadata()),
            "jwks" => json(200, &self.jwks()),
            "authorize" => self.authorize(request),
            "token" if request.is_refresh() => self.refresh(request),
            "token" => self.token(request),
            "userinfo" => self.userinfo(request),
            "graph" => self.graph_page(request),
            "logout" => self.logout(request),
            _ => code(404).into_response(),
        }
    }

    pub(super) fn issuer(&self) -> String {
        self.faults
            .issuer
            .clone()
            .unwrap_or_else(|| self.origin.clone())
    }

    pub(super) fn metadata(&self) -> Value {
        let url = |path: &str| format!("{}{path}", self.origin);
        let mut metadata = object(json!({
            "issuer": self.issuer(),
            "authorization_endpoint": url("/authorize"),
            "token_endpoint": url("/token"),
            "userinfo_endpoint": url("/userinfo"),
            "jwks_uri": url("/jwks"),
            "end_session_endpoint": url("/logout"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "id_token_signing_alg_values_supported": [self.faults.alg],
            "token_endpoint_auth_methods_supported": self.client.auth.methods(),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        }));
        self.faults.metadata.on_json(&mut metadata);
        Value::Object(metadata)
    }

    fn jwks(&self) -> Value {
        let mut keys = self.faults.more_keys.clone();
        if let Some(jwk) = keys::jwk(self.faults.alg, self.generation) {
            let mut jwk = object(jwk);
            self.faults.jwk.on_json(&mut jwk);
            keys.push(Value::Object(jwk));
        }
        json!({"keys": keys})
    }

    /// Signs the current user in without a page.
    fn authorize(&mut self, request: &RecordedRequest) -> Response {
        let redirect_uri = request.parameter("redirect_uri").unwrap_or_default();
        let registered = &self.client.redirect_uris;
        let known = registered.is_empty() || registered.iter().any(|uri| uri == redirect_uri);
        let client = request.parameter("client_id") == Some(&self.client.id);
        let (true, true, Ok(mut target)) = (known, client, Url::parse(redirect_uri)) else {
            let violation = "authorize: unknown client_id or redirect_uri";
            self.violations.push(violation.to_owned());
            return (code(400), "unknown client_id or redirect_uri").into_response();
        };

        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let is_refused = request.parameter("prompt") == Some("select_account");
        let refused = self.faults.refused_prompt.filter(|_| is_refused);
        let error = self.authorization_error(request).or(refused);
        let error = error.or_else(|| self.apple_error(request));
        let mut parameters = match error {
            Some(error) => vec![pair("error", error)],
            None => {
                let grant = Grant::new(request, self.user.clone());
                let code = pair("code", &grant.code);
                self.grants.push(grant);
                let user = self.apple_user(request);
                let user = user.map(|user| pair("user", &user));
                std::iter::once(code).chain(user).collect()
            }
        };
        if let Some(state) = request.parameter("state") {
            parameters.push(pair("state", state));
        }
        if !self.is_plain_oauth2 {
            parameters.push(pair("iss", &self.issuer()));
        }
        self.faults.callback.on_parameters(&mut parameters);

        if request.parameter("response_mode") == Some("form_post") {
            return self_posting_page(&target, &parameters);
        }
        target.query_pairs_mut().extend_pairs(&parameters);
        redirect(&target)
    }

    fn token(&mut self, request: &RecordedRequest) -> Response {
        let index = match self.redeem(request) {
            Ok(index) => index,
            Err((status, error)) => return json(status, &json!({"error": error})),
        };
        if self.faults.rotate_before_signing {
            self.generation += 1;
        }
        let grant = &self.grants[index];
        let id_token = self
            .signer()
            .token(&self.faults, &self.id_token_claims(grant));
        let mut tokens = object(json!({
            "access_token": grant.access_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": grant.scope,
            "id_token": self.faults.id_token.clone().unwrap_or_else(|| json!(id_token)),
        }));
        if grant
            .scope
            .split(' ')
            .any(|scope| scope == "offline_access")
        {
            tokens.insert("refresh_token".to_owned(), json!(grant.refresh_token));
        }
        if self.is_plain_oauth2 {
            tokens.remove("id_token");
        }
        self.faults.token_response.on_json(&mut tokens);
        self.grants[index].is_redeemed = true;
        self.grants[index].auth_time = unix_now() + self.faults.clock_skew;
        if !self.is_plain_oauth2 {
            self.grants[index].id_token = Some(id_token);
        }
        let mut response = json(200, &Value::Object(tokens));
        if let Some(kind) = self.faults.token_content_type {
            let kind = header::HeaderValue::from_static(kind);
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    }

    pub(super) fn id_token_claims(&self, grant: &Grant) -> Map<String, Value> {
        let now = unix_now() + self.faults.clock_skew;
        let mut claims = object(json!({
            "iss": self.issuer(),
            "aud": self.client.id,
            "iat": now,
            "exp": now + 3600,
            "auth_time": now,
        }));
        if let Some(nonce) = grant.nonce.as_ref().filter(|_| !self.is_linkedin) {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        if let Some(acr) = &grant.acr {
            claims.insert("acr".to_owned(), json!(acr));
        }
        let hash = at_hash(self.faults.alg, &grant.access_token);
        claims.insert("at_hash".to_owned(), json!(hash));
        claims.extend(grant.user.clone());
        self.faults.claims.on_json(&mut claims);
        claims
    }

    fn userinfo(&mut self, request: &RecordedRequest) -> Response {
        let bearer = request
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        let mut grants = self.grants.iter().filter(|grant| grant.is_redeemed);
        let Some(grant) = grants.find(|grant| bearer == Some(&grant.access_token)) else {
            self.violations
                .push("userinfo: no valid bearer token in the header".to_owned());
            let challenge = [(header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)];
            return (code(401), challenge).into_response();
        };
        let mut claims = grant.user.clone();
        self.faults.userinfo_claims.on_json(&mut claims);
        if !self.faults.userinfo_signed {
            return json(200, &Value::Object(claims));
        }
        claims.insert("iss".to_owned(), json!(self.issuer()));
        claims.insert("aud".to_owned(), json!(self.client.id));
        let token = self.signer().token(&self.faults, &claims);
        ([(header::CONTENT_TYPE, "application/jwt")], token).into_response()
    }

    /// RP-initiated logout. Redirects to the app if the request identifies the client and the
    /// target.
    fn logout(&mut self, request: &RecordedRequest) -> Response {
        let client = request.parameter("client_id");
        if client.is_some_and(|client| client != self.client.id) {
            self.violations.push("logout: another client_id".to_owned());
        }
        let hint = request.parameter("id_token_hint");
        let issued = |hint| {
            self.grants
                .iter()
                .any(|grant| grant.id_token.as_deref() == Some(hint))
        };
        if hint.is_some_and(|hint| !issued(hint)) {
            self.violations
                .push("logout: an id_token_hint that was never issued".to_owned());
        }
        let target = request
            .parameter("post_logout_redirect_uri")
            .map(Url::parse);
        let (true, Some(Ok(mut target))) = (client.is_some() || hint.is_some(), target) else {
            return Html("<!doctype html><title>Signed out</title>Signed out at the provider")
                .into_response();
        };
        if let Some(state) = request.parameter("state") {
            target.query_pairs_mut().append_pair("state", state);
        }
        redirect(&target)
    }

    pub(super) fn signer(&self) -> Signer<'_> {
        Signer {
            generation: self.generation,
            client_secret: &self.client.secret,
        }
    }
}

pub(super) fn redirect(target: &Url) -> Response {
    (code(302), [(header::LOCATION, target.as_str())]).into_response()
}

/// The self-submitting page of `response_mode=form_post`.
fn self_posting_page(target: &Url, parameters: &[(String, String)]) -> Response {
    let escaped = |text: &str| {
        text.replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;")
    };
    let input = |(name, value): &(String, String)| {
        format!(
            r#"<input type="hidden" name="{}" value="{}">"#,
            escaped(name),
            escaped(value)
        )
    };
    let inputs: String = parameters.iter().map(input).collect();
    let action = escaped(target.as_str());
    Html(format!(
        r#"<!doctype html><body onload="document.forms[0].submit()"><form method="post" action="{action}">{inputs}</form>"#
    ))
    .into_response()
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => unreachable!("the literals of this file are objects"),
    }
}

pub(super) fn unix_now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("after 1970").as_secs() as i64
}
