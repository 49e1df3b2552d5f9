//! GitHub in place of an OpenID provider: no ID token, error responses with status 200, and a REST
//! API for the user.
//!
//! Source: GitHub, "Authorizing OAuth apps", "Troubleshooting OAuth app access token request
//! errors", "REST API endpoints for users" and "for emails".

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{
    Inner, Provider,
    behaviour::{code, json},
    endpoints::redirect,
    grant::Grant,
    record::RecordedRequest,
};

/// The user who signs in at GitHub.
#[derive(Clone)]
pub struct GitHub {
    /// The response of `/user`.
    pub user: Value,
    /// The response of `/user/emails`.
    pub emails: Value,
    /// The granted scopes. `None` grants the requested ones.
    pub granted: Option<&'static str>,
    /// Returns the token as a form although the request accepts JSON, as an old proxy does.
    pub ignores_accept: bool,
}

impl Default for GitHub {
    /// A user with a private email address and no published one.
    fn default() -> Self {
        Self {
            user: json!({
                "login": "ada",
                "id": 583_231,
                "node_id": "MDQ6VXNlcjU4MzIzMQ==",
                "avatar_url": "https://avatars.example/u/583231?v=4",
                "html_url": "https://github.example/ada",
                "type": "User",
                "site_admin": false,
                "name": "Ada Lovelace",
                "company": null,
                "email": null,
                "two_factor_authentication": true,
            }),
            emails: json!([
                { "email": "ada@users.example", "primary": false, "verified": true, "visibility": null },
                { "email": "ada@example.org", "primary": true, "verified": true, "visibility": "private" },
            ]),
            granted: None,
            ignores_accept: false,
        }
    }
}

impl Provider {
    /// Behaves like GitHub, with the endpoints of GitHub Enterprise Server below its origin. The
    /// client has to authenticate in the body.
    pub fn emulate_github(&self) {
        self.client(|client| client.auth = super::Auth::Post);
        self.github(|_| {});
    }

    /// Changes the user who signs in at GitHub.
    pub fn github(&self, change: impl FnOnce(&mut GitHub)) {
        change(self.state.lock().github.get_or_insert_default());
    }
}

impl Inner {
    pub(super) fn github_endpoint(
        &mut self,
        github: &GitHub,
        request: &RecordedRequest,
    ) -> Response {
        match (request.endpoint, request.path.as_str()) {
            ("authorize", "/login/oauth/authorize") => self.github_authorize(request),
            ("token", "/login/oauth/access_token") => self.github_token(github, request),
            ("user", "/api/v3/user") => self.github_api(request, &github.user, None),
            ("emails", "/api/v3/user/emails") => {
                self.github_api(request, &github.emails, Some(["user:email", "user"]))
            }
            _ => not_found(),
        }
    }

    fn github_authorize(&mut self, request: &RecordedRequest) -> Response {
        let registered = &self.client.redirect_uris;
        if request.parameter("client_id") != Some(&self.client.id) {
            return not_found();
        }
        let redirect_uri = request.parameter("redirect_uri").unwrap_or_default();
        let is_registered =
            registered.is_empty() || registered.iter().any(|uri| uri == redirect_uri);
        let target = match is_registered {
            true => redirect_uri,
            false => registered[0].as_str(),
        };
        let mut target = Url::parse(target).expect("a redirect URI");
        for (is_right, violation) in [
            (request.parameter("nonce").is_none(), "a nonce"),
            (request.parameter("state").is_some(), "no state"),
            (
                request.parameter("code_challenge_method") == Some("S256"),
                "no code_challenge by S256",
            ),
            (
                !request
                    .parameter("scope")
                    .is_some_and(|scope| scope.contains("openid")),
                "the scope `openid`",
            ),
        ] {
            if !is_right {
                self.violations.push(format!("authorize: {violation}"));
            }
        }
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut parameters = match is_registered {
            true => {
                let grant = Grant::new(request, self.user.clone());
                let code = pair("code", &grant.code);
                self.grants.push(grant);
                vec![code]
            }
            false => vec![
                pair("error", "redirect_uri_mismatch"),
                pair(
                    "error_description",
                    "The redirect_uri MUST match the registered callback URL.",
                ),
            ],
        };
        parameters.extend(request.parameter("state").map(|state| pair("state", state)));
        self.faults.callback.on_parameters(&mut parameters);
        target.query_pairs_mut().extend_pairs(&parameters);
        redirect(&target)
    }

    fn github_token(&mut self, github: &GitHub, request: &RecordedRequest) -> Response {
        if request.parameter("client_id") != Some(&self.client.id) {
            return json(404, &json!({ "error": "Not Found" }));
        }
        let answer = match self.redeem(request) {
            Ok(index) => {
                let grant = &mut self.grants[index];
                grant.is_redeemed = true;
                let scope = match github.granted {
                    Some(granted) => granted.to_owned(),
                    None => grant.scope.replace(' ', ","),
                };
                let token = grant.access_token.clone();
                json!({ "access_token": token, "scope": scope, "token_type": "bearer" })
            }
            Err((401, _)) => error(
                "incorrect_client_credentials",
                "The client_id and/or client_secret passed are incorrect.",
            ),
            Err(_) => error(
                "bad_verification_code",
                "The code passed is incorrect or expired.",
            ),
        };
        let Value::Object(mut answer) = answer else {
            unreachable!("the literals above are objects")
        };
        self.faults.token_response.on_json(&mut answer);
        let accepts_json = request
            .header("accept")
            .is_some_and(|accept| accept.contains("application/json"));
        if accepts_json && !github.ignores_accept {
            return json(200, &Value::Object(answer));
        }
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let pairs = answer.iter().map(|(name, value)| (name, text(value)));
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        ([(header::CONTENT_TYPE, kind)], form).into_response()
    }

    /// Returns `value` for the token of a login with one of `scopes`.
    fn github_api(
        &mut self,
        request: &RecordedRequest,
        value: &Value,
        scopes: Option<[&str; 2]>,
    ) -> Response {
        if request.header("user-agent").is_none_or(str::is_empty) {
            self.violations.push("api: no User-Agent".to_owned());
            return (code(403), "Request forbidden by administrative rules.").into_response();
        }
        let bearer = request
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        let mut grants = self.grants.iter().filter(|grant| grant.is_redeemed);
        let Some(grant) = grants.find(|grant| bearer == Some(&grant.access_token)) else {
            let body = json!({ "message": "Bad credentials", "status": "401" });
            return json(401, &body);
        };
        let granted = self.github.as_ref().and_then(|github| github.granted);
        let granted = granted.unwrap_or(&grant.scope);
        let has_scope = scopes.is_none_or(|scopes| {
            let mut granted = granted.split([' ', ',']);
            granted.any(|scope| scopes.contains(&scope))
        });
        match has_scope {
            true => json(200, value),
            false => not_found(),
        }
    }
}

fn error(code: &str, description: &str) -> Value {
    json!({
        "error": code,
        "error_description": description,
        "error_uri": format!("https://docs.github.example/oauth/#{code}"),
    })
}

fn not_found() -> Response {
    json(404, &json!({ "message": "Not Found", "status": "404" }))
}
