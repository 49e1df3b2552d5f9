//! The client and its grants: codes, tokens, and the checks of token requests.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    Inner,
    client_jwt::{ClientJwt, assertion},
    keys::base64,
    record::RecordedRequest,
};

/// The registered client.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub secret: String,
    /// Allowed redirect URIs. If empty, all are allowed.
    pub redirect_uris: Vec<String>,
    pub auth: Auth,
    /// The key and the format of assertions, for [`Auth::PrivateKeyJwt`] and [`Auth::Apple`].
    pub jwt: ClientJwt,
    /// The assertion of the platform, for [`Auth::Federated`].
    pub assertion: String,
}

/// The authentication method of the client. Also listed in discovery.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Auth {
    Basic,
    Post,
    /// Basic or Post.
    Either,
    /// An assertion that the client signs.
    PrivateKeyJwt,
    /// An assertion that the platform makes.
    Federated,
    /// Apple's client secret, which the client signs.
    Apple,
    /// A public client without a secret.
    None,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            id: "app".to_owned(),
            secret: "test-client-secret-7f3a".to_owned(),
            redirect_uris: Vec::new(),
            auth: Auth::Basic,
            jwt: ClientJwt::default(),
            assertion: String::new(),
        }
    }
}

impl Auth {
    pub(super) fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Basic => &["client_secret_basic"],
            Self::Post => &["client_secret_post"],
            Self::Either => &["client_secret_post", "client_secret_basic"],
            Self::Apple => &["client_secret_post"],
            Self::PrivateKeyJwt | Self::Federated => &["private_key_jwt"],
            Self::None => &["none"],
        }
    }
}

/// A login, from the code to the tokens.
pub(super) struct Grant {
    pub code: String,
    pub code_used: bool,
    pub redirect_uri: String,
    pub challenge: String,
    pub nonce: Option<String>,
    pub scope: String,
    /// The first of the requested `acr_values`.
    pub acr: Option<String>,
    pub user: Map<String, Value>,
    pub access_token: String,
    pub refresh_token: String,
    /// The earlier refresh tokens.
    pub used: Vec<String>,
    pub auth_time: i64,
    pub id_token: Option<String>,
    pub is_redeemed: bool,
}

impl Grant {
    pub(super) fn new(request: &RecordedRequest, user: Map<String, Value>) -> Self {
        let text = |name| request.parameter(name).unwrap_or_default().to_owned();
        let random = |kind| format!("{kind}-{:032x}", rand::random::<u128>());
        Self {
            code: random("code"),
            code_used: false,
            redirect_uri: text("redirect_uri"),
            challenge: text("code_challenge"),
            nonce: request.parameter("nonce").map(str::to_owned),
            scope: text("scope"),
            acr: text("acr_values")
                .split_whitespace()
                .next()
                .map(str::to_owned),
            user,
            access_token: random("access"),
            refresh_token: random("refresh"),
            used: Vec::new(),
            auth_time: 0,
            id_token: None,
            is_redeemed: false,
        }
    }

    pub(super) fn issued(&self) -> Vec<String> {
        let mut issued = vec![self.code.clone()];
        if self.is_redeemed {
            issued.push(self.access_token.clone());
            // A revoked grant has none.
            issued.extend(Some(self.refresh_token.clone()).filter(|token| !token.is_empty()));
        }
        issued.extend(self.used.iter().cloned());
        issued.extend(self.id_token.clone());
        issued
    }
}

impl Inner {
    /// Checks an authorization request and returns the error code, if any.
    pub(super) fn authorization_error(
        &mut self,
        request: &RecordedRequest,
    ) -> Option<&'static str> {
        let parameter = |name| request.parameter(name).unwrap_or_default();
        let mut found = None;
        let mut expect = |holds: bool, error, violation: &str| {
            if !holds {
                found = found.or(Some(error));
                self.violations.push(format!("authorize: {violation}"));
            }
        };
        let scopes = parameter("scope");
        let (is_plain_oauth2, is_linkedin) = (self.is_plain_oauth2, self.is_linkedin);
        expect(
            parameter("response_type") == "code",
            "unsupported_response_type",
            "response_type is not `code`",
        );
        expect(
            scopes.split(' ').any(|scope| scope == "openid") != is_plain_oauth2,
            "invalid_scope",
            "scope without `openid`, or with it although there are no ID tokens",
        );
        let request_error = "invalid_request";
        expect(!parameter("state").is_empty(), request_error, "no state");
        expect(
            parameter("nonce").is_empty() == is_plain_oauth2,
            request_error,
            "no nonce, or one although there are no ID tokens",
        );
        expect(
            is_linkedin
                || parameter("code_challenge_method") == "S256"
                    && parameter("code_challenge").len() == 43,
            request_error,
            "no code_challenge by S256",
        );
        expect(
            !is_linkedin || parameter("code_challenge").is_empty(),
            request_error,
            "a code_challenge at LinkedIn",
        );
        let repeated = request.repeated();
        expect(repeated.is_none(), request_error, "a repeated parameter");
        expect(
            request.parameter("client_secret").is_none(),
            request_error,
            "the client secret in an authorization request",
        );
        found
    }

    /// The index of the grant that the token request redeems, or status and error code.
    pub(super) fn redeem(
        &mut self,
        request: &RecordedRequest,
    ) -> Result<usize, (u16, &'static str)> {
        self.authenticate_client(request)?;
        let verdict = self.find_grant(request);
        verdict.map_err(|(error, violation)| {
            self.violations.push(format!("token: {violation}"));
            (400, error)
        })
    }

    pub(super) fn authenticate_client(
        &mut self,
        request: &RecordedRequest,
    ) -> Result<(), (u16, &'static str)> {
        let issuer = self.issuer();
        self.client.check(request, &issuer).map_err(|violation| {
            self.violations.push(format!("token: {violation}"));
            (401, "invalid_client")
        })
    }

    fn find_grant(
        &mut self,
        request: &RecordedRequest,
    ) -> Result<usize, (&'static str, &'static str)> {
        let parameter = |name| request.parameter(name).unwrap_or_default();
        // `p`: the endpoints of Azure AD B2C name the user flow in their query.
        let is_endpoint = request.query.iter().all(|(name, _)| name == "p");
        if request.method != "POST" || !is_endpoint || request.form.is_empty() {
            return Err((
                "invalid_request",
                "not a form sent by POST, or parameters in the query",
            ));
        }
        if request.repeated().is_some() {
            return Err(("invalid_request", "a repeated parameter"));
        }
        if parameter("grant_type") != "authorization_code" {
            return Err((
                "unsupported_grant_type",
                "grant_type is not `authorization_code`",
            ));
        }
        let index = self
            .grants
            .iter()
            .position(|grant| grant.code == parameter("code"))
            .ok_or(("invalid_grant", "unknown code"))?;
        let grant = &mut self.grants[index];
        if std::mem::replace(&mut grant.code_used, true) {
            return Err(("invalid_grant", "the code was used before"));
        }
        if grant.redirect_uri != parameter("redirect_uri") {
            return Err((
                "invalid_grant",
                "redirect_uri differs from the authorization request's",
            ));
        }
        let verifier = parameter("code_verifier");
        if self.is_linkedin {
            let is_absent = verifier.is_empty();
            let error = ("invalid_client", "a code_verifier at LinkedIn");
            return is_absent.then_some(index).ok_or(error);
        }
        if !(43..=128).contains(&verifier.len()) {
            return Err((
                "invalid_grant",
                "code_verifier is absent or of a wrong length",
            ));
        }
        if base64(&Sha256::digest(verifier)) != grant.challenge {
            return Err(("invalid_grant", "code_verifier does not fit code_challenge"));
        }
        Ok(index)
    }
}

impl Client {
    fn check(&mut self, request: &RecordedRequest, issuer: &str) -> Result<(), String> {
        let header = request.header("authorization").is_some();
        let basic = request.basic();
        let id = request.parameter("client_id");
        let secret = request.parameter("client_secret");
        let expected = (self.id.clone(), self.secret.clone());
        let assertion = assertion(request);
        if usize::from(header) + usize::from(secret.is_some()) + usize::from(assertion.is_some())
            > 1
        {
            return Err("client credentials in two places".to_owned());
        }
        let by_basic = basic.as_ref() == Some(&expected) && id.is_none_or(|id| id == self.id);
        let by_post = id == Some(&self.id) && secret == Some(&self.secret) && !header;
        let by_name = id == Some(&self.id) && secret.is_none() && !header;
        let right = match self.auth {
            Auth::Basic => by_basic,
            Auth::Post => by_post,
            Auth::Either => by_basic || by_post,
            Auth::None => by_name && assertion.is_none(),
            Auth::Federated => by_name && assertion == Some(&self.assertion),
            Auth::PrivateKeyJwt | Auth::Apple if id != Some(&self.id) => false,
            Auth::PrivateKeyJwt | Auth::Apple => {
                let token = match self.auth {
                    Auth::Apple => secret,
                    _ => assertion,
                };
                return self.jwt.check(token.unwrap_or_default(), &self.id, issuer);
            }
        };
        right
            .then_some(())
            .ok_or_else(|| format!("the client did not authenticate by {:?}", self.auth))
    }
}
