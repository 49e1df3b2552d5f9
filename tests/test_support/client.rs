//! A minimal conforming relying party.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClientId, ClientSecret, IssuerUrl, Nonce,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use support::{Browser, Page, Provider, Visit};

pub const CALLBACK: &str = "http://localhost:8501/oauth2callback";
pub const VERIFIER: &str = "verifier-verifier-verifier-verifier-verifier";

pub struct Client<'a> {
    pub provider: &'a Provider,
    pub http: Browser,
}

impl<'a> Client<'a> {
    pub fn new(provider: &'a Provider) -> Self {
        let app = axum::Router::new();
        let http = Browser::new(app, "http://localhost:8501");
        Self { provider, http }
    }

    pub async fn get(&mut self, url: &str) -> Page {
        self.http.step(Visit::get(Url::parse(url).unwrap())).await
    }

    pub fn authorize_url(&self) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let parameters = [
            ("response_type", "code"),
            ("client_id", &self.provider.registered().id),
            ("redirect_uri", CALLBACK),
            ("scope", "openid email"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        Url::parse_with_params(&self.provider.url("/authorize"), parameters).unwrap()
    }

    /// The parameters of the callback.
    pub async fn authorize(&mut self) -> Vec<(String, String)> {
        let url = self.authorize_url();
        let page = self.http.step(Visit::get(url)).await;
        let next = page.next().unwrap_or_else(|| panic!("{page:?}"));
        assert!(next.url.as_str().starts_with(CALLBACK));
        next.url.query_pairs().into_owned().collect()
    }

    pub async fn code(&mut self) -> String {
        let parameters = self.authorize().await;
        let code = parameters.into_iter().find(|(name, _)| name == "code");
        code.expect("a code").1
    }

    /// A valid token request with Basic authentication.
    pub fn token_request(&self, code: &str) -> Visit {
        let client = self.provider.registered();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let encoded = |text: &str| -> String {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
        };
        let pair = format!("{}:{}", encoded(&client.id), encoded(&client.secret));
        let url = Url::parse(&self.provider.url("/token")).unwrap();
        Visit::post(url, &form).header("authorization", &format!("Basic {}", STANDARD.encode(pair)))
    }

    pub async fn tokens(&mut self) -> Value {
        let code = self.code().await;
        let page = self.http.step(self.token_request(&code)).await;
        assert_eq!(page.status, 200, "{page:?}");
        page.json()
    }

    /// The claims of the ID token after verification by `openidconnect`.
    pub async fn verified(&mut self, tokens: &Value) -> Result<Value, String> {
        let client = self.provider.registered();
        let keys = self.get(&self.provider.url("/jwks")).await.text();
        let keys: CoreJsonWebKeySet = serde_json::from_str(&keys).unwrap();
        let algorithms = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA";
        let algorithms = algorithms
            .split(' ')
            .map(|name| serde_json::from_value::<CoreJwsSigningAlgorithm>(json!(name)).unwrap());
        let verifier = CoreIdTokenVerifier::new_confidential_client(
            ClientId::new(client.id),
            ClientSecret::new(client.secret),
            IssuerUrl::new(self.provider.issuer()).unwrap(),
            keys,
        )
        .set_allowed_algs(algorithms);
        let text = tokens["id_token"].as_str().ok_or("no ID token")?;
        let token: CoreIdToken = text.parse().map_err(|error| format!("{error}"))?;
        let nonce = Nonce::new("the-nonce".to_owned());
        let claims = token
            .claims(&verifier, &nonce)
            .map_err(|error| format!("{error}: {error:?}"))?;
        let hash = AccessTokenHash::from_token(
            &AccessToken::new(tokens["access_token"].as_str().unwrap().to_owned()),
            token.signing_alg().map_err(|error| error.to_string())?,
            token
                .signing_key(&verifier)
                .map_err(|error| error.to_string())?,
        );
        if claims.access_token_hash() != Some(&hash.map_err(|error| error.to_string())?) {
            return Err("at_hash".to_owned());
        }
        let payload = text.split('.').nth(1).unwrap();
        Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap())
    }
}
