//! This crate without features. Cookies are signed here.

use std::{
    io::{Read, Write},
    net::TcpListener,
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
    let subject = subject(bare().layer(layer_at(&provider(), 1)), claims);
    let request = crate::request(LOGIN, &HeaderValue::from_static(""));
    assert_eq!(subject.send(request).await.status(), 303, "a login starts");
    subject
}

pub const LOGIN: &str = "/auth/login";

/// The `Cookie` header of a user with these claims.
pub fn cookie(claims: &Map<String, Value>) -> String {
    let mut identity = Map::new();
    identity.insert("origin".to_owned(), "https://app.example.com".into());
    identity.insert("is_logged_in".to_owned(), true.into());
    identity.insert("_client".to_owned(), fingerprint().into());
    identity.extend(claims.clone());
    identity.insert("provider".to_owned(), "provider0".into());
    let value = sign(NAME, &Value::Object(identity).to_string());
    /// The limit of browsers is 4096 for name and value.
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
fn page() -> Router {
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

const CLIENT_ID: &str = "client";
const ISSUER: &str = "https://provider.example.com";

/// The layer with a provider that is never requested.
fn layer(providers: usize) -> AuthLayer {
    layer_at(
        &format!("{ISSUER}/.well-known/openid-configuration"),
        providers,
    )
}

fn layer_at(metadata: &str, providers: usize) -> AuthLayer {
    let mut auth = json!({
        "redirect_uri": "https://app.example.com/oauth2callback",
        "cookie_secret": SECRET,
    });
    for number in 0..providers {
        auth[format!("provider{number}")] = json!({
            "client_id": CLIENT_ID,
            "client_secret": "of the benchmark",
            "server_metadata_url": metadata,
        });
    }
    AuthLayer::from_value(&json!({ "auth": auth })).expect("a valid configuration")
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
