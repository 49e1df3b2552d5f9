//! What the provider does wrong, as plain fields.

use std::time::Duration;

use serde_json::{Map, Value};

use super::Recorded;

/// What the provider does wrong. The default is a provider that does nothing wrong.
///
/// Set it in one line: `provider.set(|f| f.claims.remove("sub"))`.
#[derive(Clone)]
pub struct Faults {
    pub discovery: Behaviour,
    pub jwks: Behaviour,
    pub authorize: Behaviour,
    /// In place of the right answer to `prompt=none`, but not in place of a refusal.
    pub authorize_silent: Option<Behaviour>,
    /// The error with which `prompt=select_account` is refused.
    pub refused_prompt: Option<&'static str>,
    pub token: Behaviour,
    pub userinfo: Behaviour,
    pub logout: Behaviour,
    /// Goes before all of these for the requests that it has an answer to.
    pub special: Option<fn(&Recorded) -> Option<Behaviour>>,
    /// The issuer, everywhere: discovery, callback and ID token. `None` is the provider's origin.
    pub issuer: Option<String>,
    /// Edits of the discovery document.
    pub metadata: Edits,
    /// Paths that begin like this are answered with this status, and nothing else happens.
    pub gone: Option<(&'static str, u16)>,
    /// Edits of each key that the provider publishes of its own.
    pub jwk: Edits,
    /// Published in front of the provider's own key.
    pub more_keys: Vec<Value>,
    /// Takes a new key between the code and the ID token.
    pub rotate_before_signing: bool,
    /// Edits of the parameters that the browser carries back.
    pub callback: Edits,
    /// Signs the ID token: RS, PS and ES 256 to 512, EdDSA, Ed25519, HS256 (with the client secret) or `none`.
    pub alg: &'static str,
    /// Edits of the ID token's header.
    pub header: Edits,
    /// Edits of the ID token's claims.
    pub claims: Edits,
    /// Changes the payload's text, for what `serde_json` cannot write.
    pub payload: Option<fn(String) -> String>,
    /// What becomes of the ID token's signature.
    pub seal: Seal,
    /// Sent as `id_token` in place of the signed one.
    pub id_token: Option<Value>,
    /// Edits of the token endpoint's JSON.
    pub token_response: Edits,
    /// The content type of the token response, whatever its body is.
    pub token_content_type: Option<&'static str>,
    /// Edits of the UserInfo claims.
    pub userinfo_claims: Edits,
    /// Answers UserInfo with a signed JWT.
    pub userinfo_signed: bool,
    /// Seconds by which the provider's clock is ahead of ours.
    pub clock_skew: i64,
    /// The `Date` of every answer, in seconds since 1970; `None` is this machine's time.
    pub date: Option<u64>,
}

impl Faults {
    /// Refuses the login: `error` and `error_description` in place of the code.
    pub fn refuse(&mut self, error: &str, description: &str) {
        self.callback.remove("code");
        self.callback.set("error", error);
        self.callback.set("error_description", description);
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            discovery: Behaviour::Normal,
            jwks: Behaviour::Normal,
            authorize: Behaviour::Normal,
            authorize_silent: None,
            refused_prompt: None,
            token: Behaviour::Normal,
            userinfo: Behaviour::Normal,
            logout: Behaviour::Normal,
            special: None,
            issuer: None,
            metadata: Edits::default(),
            gone: None,
            jwk: Edits::default(),
            more_keys: Vec::new(),
            rotate_before_signing: false,
            callback: Edits::default(),
            alg: "RS256",
            header: Edits::default(),
            claims: Edits::default(),
            payload: None,
            seal: Seal::Intact,
            id_token: None,
            token_response: Edits::default(),
            token_content_type: None,
            userinfo_claims: Edits::default(),
            userinfo_signed: false,
            clock_skew: 0,
            date: None,
        }
    }
}

/// How an endpoint answers. All but `Normal` and `After` come after the right work was done: a code is used up.
#[derive(Clone)]
pub enum Behaviour {
    Normal,
    /// The right answer, late.
    After(Duration),
    /// Takes the request and never answers.
    Hang,
    /// Closes the connection in place of an answer.
    HangUp,
    /// Half of the right body, then closes the connection.
    Cut,
    /// The right answer, one byte a second.
    Drip,
    /// JSON white space without end.
    Endless,
    /// The right answer behind white space, this many bytes in all.
    Padded(usize),
    /// 10 MB of `Content-Encoding: gzip` that unpack to 1.6 GB of white space.
    GzipBomb,
    /// This status and an HTML page.
    Html(u16),
    /// This status and this JSON.
    Json(u16, Value),
    /// This status, content type and body.
    Raw(u16, &'static str, Vec<u8>),
    /// The right answer with its bytes changed, such as `|body| [b"\xEF\xBB\xBF", &body[..]].concat()`.
    Bytes(fn(Vec<u8>) -> Vec<u8>),
    /// This status with this `Location`.
    Redirect(u16, String),
    /// The right answer with this `Content-Encoding`.
    Encoded(&'static str),
    /// Answers like this once, then right.
    Once(Box<Behaviour>),
}

/// What becomes of the ID token's signature.
#[derive(Clone, Copy, PartialEq)]
pub enum Seal {
    Intact,
    /// One bit flipped.
    Flipped,
    /// `header.payload.`
    Empty,
    /// `header.payload`, two parts.
    Absent,
    /// The last byte is missing.
    Truncated,
    /// As many zero bytes as the signature has: r = s = 0.
    Zero,
    /// ECDSA's signature as DER in place of r and s.
    Der,
    /// ECDSA's other valid s, n - s.
    Twin,
    /// Base64 with `=`.
    PaddedBase64,
    /// Base64 with a set bit behind the last whole byte.
    StrayBits,
    /// By a key that is not published, under the published one's `kid`.
    ForeignKey,
    /// By the RSA-1024 key of [`hostile_keys`](super::keys::hostile_keys), whose `kid` is `weak`.
    WeakKey,
    /// HS256 with the public RSA key as PEM.
    HmacOfPem,
    /// HS256 with the public RSA key as the JWK's text.
    HmacOfJwk,
}

/// Changes to JSON members or to query parameters, applied in order.
#[derive(Clone, Default)]
pub struct Edits(Vec<Edit>);

#[derive(Clone)]
enum Edit {
    Set(String, Value),
    Remove(String),
    Append(String, String),
}

impl Edits {
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.push(Edit::Set(name.to_owned(), value.into()));
    }

    pub fn remove(&mut self, name: &str) {
        self.0.push(Edit::Remove(name.to_owned()));
    }

    /// One more parameter of this name; of no effect on JSON.
    pub fn append(&mut self, name: &str, value: &str) {
        self.0.push(Edit::Append(name.to_owned(), value.to_owned()));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn on_json(&self, object: &mut Map<String, Value>) {
        for edit in &self.0 {
            match edit {
                Edit::Set(name, value) => {
                    object.insert(name.clone(), value.clone());
                }
                Edit::Remove(name) => {
                    object.shift_remove(name);
                }
                Edit::Append(..) => {}
            }
        }
    }

    pub(super) fn on_parameters(&self, parameters: &mut Vec<(String, String)>) {
        for edit in &self.0 {
            match edit {
                Edit::Set(name, value) => {
                    let value = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    match parameters.iter_mut().find(|(known, _)| known == name) {
                        Some(parameter) => parameter.1 = value,
                        None => parameters.push((name.clone(), value)),
                    }
                }
                Edit::Remove(name) => parameters.retain(|(known, _)| known != name),
                Edit::Append(name, value) => parameters.push((name.clone(), value.clone())),
            }
        }
    }
}
