//! Records the requests to the provider.

use axum::{
    body::{Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use url::form_urlencoded;

/// A request to the provider.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// `discovery`, `jwks`, `authorize`, `token`, `userinfo`, `logout`, GitHub's `user` and
    /// `emails`, `graph`, or `other`.
    pub endpoint: &'static str,
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// `body` as a form. Empty for other content types.
    pub form: Vec<(String, String)>,
}

impl RecordedRequest {
    pub(super) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
        let kind = parts.headers.get(header::CONTENT_TYPE);
        let is_form = kind.is_some_and(|kind| {
            kind.as_bytes()
                .starts_with(b"application/x-www-form-urlencoded")
        });
        Self {
            endpoint: endpoint(parts.uri.path()),
            query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
            form: pairs(if is_form { &body } else { &[] }),
            method: parts.method,
            path: parts.uri.path().to_owned(),
            headers: parts.headers,
            body,
        }
    }

    /// The value of a parameter of the form, or else of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut all = self.form.iter().chain(&self.query);
        all.find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Client ID and secret from `Authorization: Basic`, form-decoded. RFC 6749, section 2.3.1.
    pub fn basic(&self) -> Option<(String, String)> {
        let encoded = self.header("authorization")?.strip_prefix("Basic ")?;
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        Some((form_decoded(id)?, form_decoded(secret)?))
    }

    pub(super) fn repeated(&self) -> Option<&str> {
        let repeated = |pairs: &'_ [(String, String)]| {
            let twice = |at: &usize| pairs[..*at].iter().any(|(name, _)| *name == pairs[*at].0);
            (0..pairs.len()).find(twice)
        };
        repeated(&self.query)
            .map(|at| self.query[at].0.as_str())
            .or_else(|| repeated(&self.form).map(|at| self.form[at].0.as_str()))
    }
}

fn endpoint(path: &str) -> &'static str {
    if path.ends_with("/.well-known/openid-configuration") {
        return "discovery";
    }
    if path.ends_with("/transitiveMemberOf") {
        return "graph";
    }
    if path.ends_with("/access_token") {
        return "token";
    }
    let last = path.rsplit('/').next();
    [
        "jwks",
        "authorize",
        "token",
        "userinfo",
        "logout",
        "user",
        "emails",
    ]
    .into_iter()
    .find(|known| last == Some(known))
    .unwrap_or("other")
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

fn form_decoded(text: &str) -> Option<String> {
    let form = format!("value={text}");
    let mut parsed = form_urlencoded::parse(form.as_bytes());
    let (_, value) = parsed.next()?;
    // An unencoded `&` in the credentials would start another pair.
    parsed.next().is_none().then(|| value.into_owned())
}
