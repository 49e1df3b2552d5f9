//! Verifies the JWTs that clients authenticate with.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{endpoints::unix_now, keys, record::RecordedRequest};

/// The registered key of a client, and the format of its assertions.
#[derive(Clone, Debug)]
pub struct ClientJwt {
    /// The only accepted algorithm.
    pub alg: &'static str,
    /// The generation of the key in [`keys`].
    pub generation: usize,
    /// The only accepted `kid`.
    pub kid: Option<String>,
    /// The only accepted `typ`. `None` requires an absent `typ`.
    pub typ: Option<String>,
    /// The only accepted `aud`. `None` is the issuer.
    pub audience: Option<String>,
    /// The only accepted `iss`. `None` is the client ID.
    pub issuer: Option<String>,
    /// The `jti` of all assertions so far.
    used: Vec<String>,
}

impl Default for ClientJwt {
    fn default() -> Self {
        Self {
            alg: "ES256",
            generation: 1,
            kid: None,
            typ: Some("client-authentication+jwt".to_owned()),
            audience: None,
            issuer: None,
            used: Vec::new(),
        }
    }
}

/// A decoded JWT.
pub struct Decoded {
    pub header: Value,
    pub claims: Value,
    message: String,
    signature: Vec<u8>,
}

impl Decoded {
    pub fn parse(token: &str) -> Option<Self> {
        let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        Some(Self {
            header: json(header)?,
            claims: json(claims)?,
            message: message.to_owned(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }
}

impl ClientJwt {
    /// Checks a client assertion (RFC 7523, section 3).
    pub(super) fn check(
        &mut self,
        token: &str,
        client_id: &str,
        issuer: &str,
    ) -> Result<(), String> {
        let token = Decoded::parse(token).ok_or("the assertion is not a JWT")?;
        self.check_signature(&token)?;
        let claims = &token.claims;
        let text = |value: Option<&String>, default: &str| {
            Value::from(value.map_or(default, String::as_str))
        };
        let expected = [
            ("iss", text(self.issuer.as_ref(), client_id)),
            ("sub", Value::from(client_id)),
            ("aud", text(self.audience.as_ref(), issuer)),
        ];
        for (name, value) in expected {
            if claims[name] != value {
                return Err(format!("`{name}` of the assertion is {}", claims[name]));
            }
        }
        let now = unix_now();
        let time = |name: &str| claims[name].as_i64().unwrap_or(i64::MIN);
        if time("exp") <= now || time("exp") > now + 300 || (time("iat") - now).abs() > 60 {
            return Err("the assertion is expired, or valid for too long".to_owned());
        }
        let Some(jti) = claims["jti"].as_str() else {
            // Apple's client secret has none.
            return Ok(());
        };
        if self.used.iter().any(|used| used == jti) {
            return Err("the assertion was used before".to_owned());
        }
        self.used.push(jti.to_owned());
        Ok(())
    }

    fn check_signature(&self, token: &Decoded) -> Result<(), String> {
        let header = |name: &str| token.header[name].as_str();
        for (name, expected) in [
            ("alg", Some(self.alg)),
            ("kid", self.kid.as_deref()),
            ("typ", self.typ.as_deref()),
        ] {
            if header(name) != expected {
                return Err(format!("`{name}` of the assertion is {:?}", header(name)));
            }
        }
        let message = token.message.as_bytes();
        if !keys::verify(self.alg, self.generation, message, &token.signature) {
            return Err("the signature of the assertion is wrong".to_owned());
        }
        Ok(())
    }
}

/// Returns the client assertion of a token request (RFC 7523, section 2.2).
pub(super) fn assertion(request: &RecordedRequest) -> Option<&str> {
    let kind = request.parameter("client_assertion_type")?;
    (kind == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .then(|| request.parameter("client_assertion"))?
}
