//! This crate without features. Cookies are signed here.

use std::{
    env, fs,
    io::{Read, Write},
    net::TcpListener,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use axum::{Router, http::HeaderValue, routing::get};
use axum_streamlit_auth::{AuthLayer, User, require_login};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    rows::{Subject, bare},
    signed::{SECRET, sign},
    situation,
};

pub async fn layer_only(claims: &Map<String, Value>) -> Subject {
    subject(bare().layer(layer(1)), claims)
}

pub async fn one_claim(claims: &Map<String, Value>) -> Subject {
    subject(page().layer(layer(1)), claims)
}

/// As [`one_claim`], with a configuration that does not follow a file.
pub async fn fixed_configuration(claims: &Map<String, Value>) -> Subject {
    let layer = AuthLayer::from_toml(&secrets(METADATA_URL, 1)).expect("a valid configuration");
    subject(page().layer(layer), claims)
}

pub async fn all_claims(claims: &Map<String, Value>) -> Subject {
    async fn all(user: User) -> &'static str {
        situation::answer(user["name"].as_str())
    }
    subject(Router::new().route("/", get(all)).layer(layer(1)), claims)
}

pub async fn user_twice(claims: &Map<String, Value>) -> Subject {
    async fn twice(_: User, user: User) -> &'static str {
        situation::answer(user.name())
    }
    subject(Router::new().route("/", get(twice)).layer(layer(1)), claims)
}

pub async fn guard_and_user(claims: &Map<String, Value>) -> Subject {
    subject(page().route_layer(require_login()).layer(layer(1)), claims)
}

pub async fn many_providers(claims: &Map<String, Value>) -> Subject {
    subject(page().layer(layer(100)), claims)
}

pub async fn login_start(claims: &Map<String, Value>) -> Subject {
    let secrets = secrets(&provider(), 1);
    let subject = subject(bare().layer(following(&secrets)), claims);
    let request = crate::request(LOGIN, &HeaderValue::from_static(""));
    assert_eq!(subject.send(request).await.status(), 303, "a login starts");
    subject
}

pub const LOGIN: &str = "/auth/login";

/// The `Cookie` header of a user with these claims.
pub fn cookie(claims: &Map<String, Value>) -> String {
    signed(claims, None)
}

/// The `Cookie` header of a user with these claims in a session.
pub fn session_cookie(claims: &Map<String, Value>, session: &str) -> String {
    signed(claims, Some(session))
}

fn signed(claims: &Map<String, Value>, session: Option<&str>) -> String {
    let mut identity = Map::new();
    identity.insert("origin".to_owned(), "https://app.example.com".into());
    identity.insert("is_logged_in".to_owned(), true.into());
    identity.insert("_client".to_owned(), fingerprint().into());
    identity.extend(claims.clone());
    if let Some(session) = session {
        identity.insert("_session".to_owned(), session.into());
    }
    identity.insert("provider".to_owned(), "provider0".into());
    let value = sign(NAME, &Value::Object(identity).to_string());
    /// Browsers limit name and value to 4096 bytes.
    const PART: usize = 4000;
    if value.len() <= PART {
        return format!("{NAME}={value}");
    }
    let parts: Vec<&str> = value
        .as_bytes()
        .chunks(PART)
        .map(|part| str::from_utf8(part).expect("it is ASCII"))
        .collect();
    let mut header = format!("{NAME}=chunks-{}", parts.len());
    for (index, part) in parts.iter().enumerate() {
        header += &format!("; {NAME}_{}={part}", index + 1);
    }
    header
}

const NAME: &str = "__Host-_streamlit_user";

async fn one(user: User) -> &'static str {
    situation::answer(user.name())
}

/// A public page.
pub fn page() -> Router {
    Router::new().route("/", get(one))
}

fn subject(router: Router, claims: &Map<String, Value>) -> Subject {
    Subject::router(router, cookie(claims))
}

/// The hash of issuer and client ID that ties an identity to its client.
fn fingerprint() -> String {
    let digest = Sha256::digest(format!("{ISSUER}\n{CLIENT_ID}"));
    BASE64_URL_SAFE_NO_PAD.encode(&digest[..12])
}

pub const CLIENT_ID: &str = "client";
const ISSUER: &str = "https://provider.example.com";

/// A layer that follows its file, as `from_secrets` does. The provider is never contacted.
fn layer(providers: usize) -> AuthLayer {
    following(&secrets(METADATA_URL, providers))
}

pub const METADATA_URL: &str = "https://provider.example.com/.well-known/openid-configuration";

/// Creates a layer that follows a file with this content.
pub fn following(secrets: &str) -> AuthLayer {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("bench-{}-{number}.toml", std::process::id());
    let path = env::temp_dir().join(name);
    fs::write(&path, secrets).expect("a temporary file");
    let layer = AuthLayer::from_path(&path).expect("a valid configuration");
    // A missing file leaves the configuration as it is. The layer keeps looking for the file.
    fs::remove_file(path).expect("the file exists");
    layer
}

/// The content of a `secrets.toml`.
pub fn secrets(metadata: &str, providers: usize) -> String {
    let mut secrets = format!(
        "[auth]\nredirect_uri = \"https://app.example.com/oauth2callback\"\ncookie_secret = \"{SECRET}\"\n"
    );
    for number in 0..providers {
        secrets += &format!(
            "[auth.provider{number}]\nclient_id = \"{CLIENT_ID}\"\nclient_secret = \"of the benchmark\"\nserver_metadata_url = \"{metadata}\"\n"
        );
    }
    secrets
}

/// The URL of a discovery document, served by a thread. The start of a login needs nothing else.
fn provider() -> String {
    let listener = TcpListener::bind("localhost:0").expect("a free port");
    let issuer = format!("http://{}", listener.local_addr().expect("an address"));
    let url = format!("{issuer}/.well-known/openid-configuration");
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
    .to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{document}",
                document.len()
            );
        }
    });
    url
}
