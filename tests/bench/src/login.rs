//! The CPU time of a login in this crate, without network and provider.
//!
//! The app, its HTTP client and the browser run in this thread, and the provider in another one.

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
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::Response,
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cpu_time::ThreadTime;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use p256::pkcs8::EncodePrivateKey;
use rsa::{pkcs1::EncodeRsaPrivateKey, traits::PublicKeyParts};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, runtime::Runtime};
use tower::ServiceExt;

use crate::{
    ours::{self, CLIENT_ID},
    rows::bare,
    situation,
};

const LOGINS: usize = 200;

/// Prints the median times of the two requests of a login, and of `jsonwebtoken` for its ID token.
pub fn report(runtime: &Runtime) {
    println!("A login, CPU time of the app:");
    for key in [rs256(), es256()] {
        let name = format!("{:?}", key.algorithm);
        let provider = Arc::new(Provider::start(key));
        let secrets = ours::secrets(&provider.metadata_url(), 1);
        let app = bare().layer(ours::following(&secrets));
        let mut spent = [const { Vec::new() }; 3];
        for login in 0..=LOGINS {
            let before = provider.requests.load(Ordering::Relaxed);
            let times = runtime.block_on(log_in(&app, &provider));
            // The first login fetches the provider's documents.
            if login > 0 {
                let requests = provider.requests.load(Ordering::Relaxed) - before;
                assert_eq!(requests, 1, "a login makes one request to the provider");
                spent
                    .iter_mut()
                    .zip(times)
                    .for_each(|(all, one)| all.push(one));
            }
        }
        let [start, callback, decode] = spent.map(median);
        println!(
            "- {name}: start {start:.0} µs, callback {callback:.0} µs; `jsonwebtoken` decodes the ID token in {decode:.0} µs"
        );
    }
    println!();
}

fn median(times: Vec<Duration>) -> f64 {
    let micros = times.iter().map(|time| time.as_secs_f64() * 1e6);
    crate::median(micros.collect())
}

/// Logs in as a browser does. Returns the times of start, callback and `jsonwebtoken`.
async fn log_in(app: &Router, provider: &Provider) -> [Duration; 3] {
    let (response, start) = timed(app, "/auth/login", "").await;
    let location = text(&response, header::LOCATION);
    let parameter = |name: &str| {
        let query = location.split_once('?').expect("a query").1;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pair = pairs.find(|(key, _)| *key == name);
        pair.expect("the parameter is sent").1.to_owned()
    };
    let (state, nonce) = (parameter("state"), parameter("nonce"));
    let cookie = text(&response, header::SET_COOKIE);
    let cookie = cookie.split(';').next().expect("a cookie");
    // This provider puts its code into the ID token as the nonce.
    let path = format!("/oauth2callback?code={nonce}&state={state}");
    let (response, callback) = timed(app, &path, cookie).await;
    let cookies = response.headers().get_all(header::SET_COOKIE).iter();
    let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok());
    assert!(
        cookies.any(|cookie| cookie.contains("_streamlit_user=2|")),
        "the user is logged in"
    );
    [
        start,
        callback,
        provider.key.decode(&provider.id_token(&nonce)),
    ]
}

async fn timed(app: &Router, path: &str, cookie: &str) -> (Response, Duration) {
    let request = Request::get(format!("https://app.example.com{path}"))
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    let request = request.body(Body::empty()).expect("a request");
    let app = app.clone();
    let start = ThreadTime::now();
    let response = match app.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let elapsed = start.elapsed();
    assert_eq!(response.status(), 303);
    (response, elapsed)
}

fn text(response: &Response, name: header::HeaderName) -> String {
    let value: Option<&HeaderValue> = response.headers().get(name);
    let value = value.and_then(|value| value.to_str().ok());
    value.expect("the header is present").to_owned()
}

struct Provider {
    issuer: String,
    key: Key,
    requests: Arc<AtomicU64>,
}

struct Key {
    algorithm: Algorithm,
    signing: EncodingKey,
    verifying: DecodingKey,
    jwk: Value,
}

impl Provider {
    /// Starts the provider in a thread of its own.
    fn start(key: Key) -> Self {
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

    fn metadata_url(&self) -> String {
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

    fn id_token(&self, nonce: &str) -> String {
        id_token(&self.issuer, self.key.algorithm, &self.key.signing, nonce)
    }
}

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
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("it is after 1970");
    let mut claims = situation::claims("110169484474386276334", 600);
    for (name, value) in [
        ("iss", json!(issuer)),
        ("aud", json!(CLIENT_ID)),
        ("azp", json!(CLIENT_ID)),
        ("nonce", json!(nonce)),
        ("iat", json!(now.as_secs())),
        ("exp", json!(now.as_secs() + 3600)),
    ] {
        claims.insert(name.to_owned(), value);
    }
    claims.remove("at_hash");
    let header = Header {
        kid: Some(KEY_ID.to_owned()),
        ..Header::new(algorithm)
    };
    jsonwebtoken::encode(&header, &claims, key).expect("claims are JSON")
}

const KEY_ID: &str = "key";

impl Key {
    /// Returns the time that `jsonwebtoken` takes for an ID token.
    fn decode(&self, token: &str) -> Duration {
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

fn rs256() -> Key {
    let key = rsa::RsaPrivateKey::new(&mut rand::thread_rng(), 2048).expect("a key");
    let pkcs1 = key.to_pkcs1_der().expect("it can be encoded");
    let (n, e) = (key.n().to_bytes_be(), key.e().to_bytes_be());
    Key {
        algorithm: Algorithm::RS256,
        signing: EncodingKey::from_rsa_der(pkcs1.as_bytes()),
        verifying: DecodingKey::from_rsa_raw_components(&n, &e),
        jwk: json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
            "n": BASE64_URL_SAFE_NO_PAD.encode(n), "e": BASE64_URL_SAFE_NO_PAD.encode(e),
        }),
    }
}

fn es256() -> Key {
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
        jwk: json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KEY_ID, "x": x, "y": y,
        }),
    }
}
