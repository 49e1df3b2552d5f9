//! The faults of the provider.

use std::time::Duration;

use serde_json::{Map, Value};

use super::RecordedRequest;

/// The faults of the provider. The default has none.
///
/// Usage: `provider.set(|f| f.claims.remove("sub"))`.
#[derive(Clone)]
pub struct Faults {
    pub discovery: Behaviour,
    pub jwks: Behaviour,
    pub authorize: Behaviour,
    /// Replaces successful responses to `prompt=none`.
    pub authorize_silent: Option<Behaviour>,
    /// The error response to `prompt=select_account`.
    pub refused_prompt: Option<&'static str>,
    pub token: Behaviour,
    pub userinfo: Behaviour,
    /// GitHub's `/user`.
    pub user: Behaviour,
    /// GitHub's `/user/emails`.
    pub emails: Behaviour,
    /// The memberships of Microsoft Graph.
    pub graph: Behaviour,
    pub logout: Behaviour,
    /// Takes precedence over the fields above for requests for which it returns a value.
    pub special: Option<fn(&RecordedRequest) -> Option<Behaviour>>,
    /// The issuer in discovery, callback and ID token. `None` is the origin.
    pub issuer: Option<String>,
    /// Edits of the discovery document.
    pub metadata: Edits,
    /// Paths with this prefix return this status.
    pub gone: Option<(&'static str, u16)>,
    /// Edits of the published key.
    pub jwk: Edits,
    /// Keys published before the provider's own key.
    pub more_keys: Vec<Value>,
    /// Rotates the key before the ID token is signed.
    pub rotate_before_signing: bool,
    /// Behaves like Sign in with Apple. See
    /// [`Provider::emulate_apple`](super::Provider::emulate_apple).
    pub apple: bool,
    /// Edits of the parameters of the callback.
    pub callback: Edits,
    /// The algorithm of the ID token: RS, PS and ES 256 to 512, EdDSA, Ed25519, HS256 (with the
    /// client secret) or `none`.
    pub alg: &'static str,
    /// Edits of the ID token's header.
    pub header: Edits,
    /// Edits of the ID token's claims.
    pub claims: Edits,
    /// Changes the payload as text, for JSON that `serde_json` cannot write.
    pub payload: Option<fn(String) -> String>,
    /// The signature of the ID token.
    pub signature: TokenSignature,
    /// Replaces the ID token.
    pub id_token: Option<Value>,
    /// Edits of the token response.
    pub token_response: Edits,
    /// The error of every refresh: status and code.
    pub refresh_error: Option<(u16, &'static str)>,
    /// Edits of the response to a refresh, after those of `token_response`.
    pub refresh_response: Edits,
    /// Edits of the claims of refreshed ID tokens.
    pub refreshed_claims: Edits,
    /// The content type of the token response.
    pub token_content_type: Option<&'static str>,
    /// Edits of the UserInfo claims.
    pub userinfo_claims: Edits,
    /// Returns UserInfo as a signed JWT.
    pub userinfo_signed: bool,
    /// Seconds by which the clock of the provider is ahead.
    pub clock_skew: i64,
    /// The `Date` header in seconds since 1970. `None` is the system time.
    pub date: Option<u64>,
}

impl Faults {
    /// Denies the login: the callback has `error` and `error_description` instead of the code.
    pub fn deny(&mut self, error: &str, description: &str) {
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
            user: Behaviour::Normal,
            emails: Behaviour::Normal,
            graph: Behaviour::Normal,
            logout: Behaviour::Normal,
            special: None,
            issuer: None,
            metadata: Edits::default(),
            gone: None,
            jwk: Edits::default(),
            more_keys: Vec::new(),
            rotate_before_signing: false,
            apple: false,
            callback: Edits::default(),
            alg: "ES256",
            header: Edits::default(),
            claims: Edits::default(),
            payload: None,
            signature: TokenSignature::Intact,
            id_token: None,
            token_response: Edits::default(),
            refresh_error: None,
            refresh_response: Edits::default(),
            refreshed_claims: Edits::default(),
            token_content_type: None,
            userinfo_claims: Edits::default(),
            userinfo_signed: false,
            clock_skew: 0,
            date: None,
        }
    }
}

/// The response of an endpoint. The request is processed first, so that a code is consumed in any
/// case.
#[derive(Clone)]
pub enum Behaviour {
    Normal,
    /// The valid response after a delay.
    After(Duration),
    /// Never responds.
    Hang,
    /// Closes the connection without a response.
    HangUp,
    /// Closes the connection after half of the body.
    Cut,
    /// The valid response, one byte per second.
    Drip,
    /// Endless JSON white space.
    Endless,
    /// The valid response after white space, this many bytes in total.
    Padded(usize),
    /// 10 MB of `Content-Encoding: gzip` that unpack to 1.6 GB of white space.
    GzipBomb,
    /// An HTML page with this status.
    Html(u16),
    /// This JSON with this status.
    Json(u16, Value),
    /// This status, content type and body.
    Raw(u16, &'static str, Vec<u8>),
    /// The valid response with a modified body, such as `|body| [b"\xEF\xBB\xBF",
    /// &body[..]].concat()`.
    Bytes(fn(Vec<u8>) -> Vec<u8>),
    /// A redirect to this `Location` with this status.
    Redirect(u16, String),
    /// The valid response with this `Content-Encoding`.
    Encoded(&'static str),
    /// Applies once, then responds normally.
    Once(Box<Behaviour>),
}

/// The signature of the ID token.
#[derive(Clone, Copy, PartialEq)]
pub enum TokenSignature {
    Intact,
    /// One bit is flipped.
    Flipped,
    /// `header.payload.`
    Empty,
    /// `header.payload`, two parts.
    Absent,
    /// The last byte is missing.
    Truncated,
    /// As many zero bytes as the signature has: r = s = 0.
    Zero,
    /// The ECDSA signature as DER instead of r and s.
    Der,
    /// The other valid ECDSA signature, with n - s.
    Twin,
    /// Base64 with `=`.
    PaddedBase64,
    /// Base64 whose unused last bits are not zero.
    StrayBits,
    /// Signed by an unpublished key under the `kid` of the published one.
    ForeignKey,
    /// Signed by the RSA-1024 key `weak` of [`hostile_keys`](super::keys::hostile_keys).
    WeakKey,
    /// HS256 with the public RSA key as PEM.
    HmacOfPem,
    /// HS256 with the public RSA key as JWK text.
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

    /// Adds a parameter. Has no effect on JSON.
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
