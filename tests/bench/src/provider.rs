//! The provider of the benchmarks, which answers in a thread of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use axum::{
    Form, Json, Router,
    extract::State,
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cpu_time::ThreadTime;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use p256::pkcs8::EncodePrivateKey;
use rsa::{pkcs1::EncodeRsaPrivateKey, traits::PublicKeyParts};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::{ours::CLIENT_ID, situation};

pub struct Provider {
    pub issuer: String,
    pub key: Key,
    /// Requests to the token endpoint.
    pub requests: Arc<AtomicU64>,
}

pub struct Key {
    pub algorithm: Algorithm,
    signing: EncodingKey,
    pub verifying: DecodingKey,
    /// For versions of `jsonwebtoken` with other cryptographic backends.
    pub aws_lc: jsonwebtoken_aws_lc::DecodingKey,
    pub ring: jsonwebtoken_ring::DecodingKey,
    jwk: Value,
}

impl Provider {
    /// Starts the provider in a thread of its own.
    pub fn start(key: Key) -> Self {
        let listener = std::net::TcpListener::bind("localhost:0").expect("a free port");
        listener.set_nonblocking(true).expect("a TCP listener");
        let address = listener.local_addr().expect("an address");
        let provider = Self {
            issuer: format!("http://localhost:{}", address.port()),
            key,
            requests: Arc::default(),
        };
        let routes = provider.routes();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, routes).await.expect("a server");
            });
        });
        provider
    }

    pub fn metadata_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer)
    }

    fn routes(&self) -> Router {
        let issuer = &self.issuer;
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.key.algorithm],
        });
        let keys = json!({ "keys": [self.key.jwk] });
        let token = TokenEndpoint {
            issuer: issuer.clone(),
            algorithm: self.key.algorithm,
            signing: self.key.signing.clone(),
            requests: Arc::clone(&self.requests),
        };
        Router::new()
            .route("/.well-known/openid-configuration", get(Json(metadata)))
            .route("/keys", get(Json(keys)))
            .route("/token", post(token_response))
            .with_state(Arc::new(token))
    }

    pub fn id_token(&self, nonce: &str) -> String {
        id_token(&self.issuer, self.key.algorithm, &self.key.signing, nonce)
    }

    /// An access token for [`AUDIENCE`] with about 600 bytes of claims. `id` makes it unique.
    pub fn access_token(&self, id: usize) -> String {
        let claims = claims(&[
            ("iss", json!(self.issuer)),
            ("aud", json!(AUDIENCE)),
            ("nonce", Value::Null),
            ("jti", json!(format!("{id:024}"))),
        ]);
        sign(self.key.algorithm, &self.key.signing, "at+jwt", &claims)
    }
}

/// The audience of access tokens.
pub const AUDIENCE: &str = "https://app.example.com";

struct TokenEndpoint {
    issuer: String,
    algorithm: Algorithm,
    signing: EncodingKey,
    requests: Arc<AtomicU64>,
}

#[derive(Deserialize)]
struct TokenRequest {
    code: String,
}

async fn token_response(
    State(endpoint): State<Arc<TokenEndpoint>>,
    Form(request): Form<TokenRequest>,
) -> Json<Value> {
    endpoint.requests.fetch_add(1, Ordering::Relaxed);
    let TokenEndpoint {
        issuer,
        algorithm,
        signing,
        ..
    } = &*endpoint;
    Json(json!({
        "access_token": "of the benchmark",
        "token_type": "Bearer",
        "expires_in": 3600,
        "id_token": id_token(issuer, *algorithm, signing, &request.code),
    }))
}

fn id_token(issuer: &str, algorithm: Algorithm, key: &EncodingKey, nonce: &str) -> String {
    let claims = claims(&[
        ("iss", json!(issuer)),
        ("aud", json!(CLIENT_ID)),
        ("azp", json!(CLIENT_ID)),
        ("nonce", json!(nonce)),
    ]);
    sign(algorithm, key, "JWT", &claims)
}

/// 600 bytes of claims, with these changes. `null` removes a claim.
fn claims(changes: &[(&str, Value)]) -> Map<String, Value> {
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("it is after 1970");
    let mut claims = situation::claims("110169484474386276334", 600);
    claims.insert("iat".to_owned(), json!(now.as_secs()));
    claims.insert("exp".to_owned(), json!(now.as_secs() + 3600));
    for (name, value) in changes {
        claims.insert((*name).to_owned(), value.clone());
    }
    claims.remove("at_hash");
    claims.retain(|_, value| !value.is_null());
    claims
}

fn sign(algorithm: Algorithm, key: &EncodingKey, typ: &str, claims: &Map<String, Value>) -> String {
    let header = Header {
        kid: Some(KEY_ID.to_owned()),
        typ: Some(typ.to_owned()),
        ..Header::new(algorithm)
    };
    jsonwebtoken::encode(&header, claims, key).expect("claims are JSON")
}

const KEY_ID: &str = "key";

impl Key {
    /// Returns the time that `jsonwebtoken` takes for an ID token.
    pub fn decode(&self, token: &str) -> Duration {
        let mut validation = Validation::new(self.algorithm);
        validation.set_audience(&[CLIENT_ID]);
        let start = ThreadTime::now();
        let decoded =
            jsonwebtoken::decode::<Map<String, Value>>(token, &self.verifying, &validation);
        let elapsed = start.elapsed();
        assert!(decoded.is_ok(), "the token is valid");
        elapsed
    }
}

pub fn rs256() -> Key {
    let key = rsa::RsaPrivateKey::new(&mut rand::thread_rng(), 2048).expect("a key");
    let pkcs1 = key.to_pkcs1_der().expect("it can be encoded");
    let (n, e) = (key.n().to_bytes_be(), key.e().to_bytes_be());
    Key {
        algorithm: Algorithm::RS256,
        signing: EncodingKey::from_rsa_der(pkcs1.as_bytes()),
        verifying: DecodingKey::from_rsa_raw_components(&n, &e),
        aws_lc: jsonwebtoken_aws_lc::DecodingKey::from_rsa_raw_components(&n, &e),
        ring: jsonwebtoken_ring::DecodingKey::from_rsa_raw_components(&n, &e),
        jwk: json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
            "n": BASE64_URL_SAFE_NO_PAD.encode(n), "e": BASE64_URL_SAFE_NO_PAD.encode(e),
        }),
    }
}

pub fn es256() -> Key {
    let key = p256::SecretKey::random(&mut rand::thread_rng());
    let pkcs8 = key.to_pkcs8_der().expect("it can be encoded");
    let point = p256::EncodedPoint::from(key.public_key());
    let coordinate = |value: Option<&p256::FieldBytes>| {
        BASE64_URL_SAFE_NO_PAD.encode(value.expect("the point is not compressed"))
    };
    let (x, y) = (coordinate(point.x()), coordinate(point.y()));
    Key {
        algorithm: Algorithm::ES256,
        signing: EncodingKey::from_ec_der(pkcs8.as_bytes()),
        verifying: DecodingKey::from_ec_components(&x, &y).expect("a point"),
        aws_lc: jsonwebtoken_aws_lc::DecodingKey::from_ec_components(&x, &y).expect("a point"),
        ring: jsonwebtoken_ring::DecodingKey::from_ec_components(&x, &y).expect("a point"),
        jwk: json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KEY_ID, "x": x, "y": y,
        }),
    }
}
