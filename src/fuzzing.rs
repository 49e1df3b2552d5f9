//! Doors for the fuzz targets of `tests/fuzz`. They exist in fuzzing builds alone.
//!
//! Each takes what a stranger can send and must neither panic nor take long; some hold a promise that is checked here.

use std::sync::{Arc, LazyLock};

use axum::http::{HeaderMap, HeaderValue, Request, header::COOKIE};
use toml::de::{DeTable, DeValue};

use crate::{
    config::Config,
    cookie::{Cookies, sign},
    identity::Identity,
    login::{ReturnPath, attempt::Attempt, fuzz_callback},
    provider::{Expected, fuzz_id_token, fuzz_keys, fuzz_metadata},
    site::{Site, Visit},
};

const NOW: u64 = 1_790_000_000;

static SITE: LazyLock<Arc<Site>> = LazyLock::new(|| {
    let text = r#"
        [auth]
        redirect_uri = "http://localhost:8501/oauth2callback"
        cookie_secret = "a-secret-of-the-fuzz-targets-0123456789"
        client_id = "fuzz"
        client_secret = "fuzzed"
        server_metadata_url = "http://localhost:9/.well-known/openid-configuration"
    "#;
    Arc::new(Site::new(
        Config::from_toml(text).expect("this configuration is valid"),
    ))
});

/// A `Cookie` header: the identity, its parts and everything around them.
pub fn cookie_header(bytes: &[u8]) {
    let Some(cookies) = cookies(bytes) else {
        return;
    };
    let identity = Identity::read(&SITE, &cookies, NOW);
    assert!(identity.is_err(), "nobody can sign without the secret");
}

/// The text of an identity, rightly signed: what it says may be anything.
pub fn identity(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let value = sign(&SITE.keys[0], &SITE.identity_name, text, NOW);
    let Some(cookies) = cookies(format!("{}={value}", SITE.identity_name).as_bytes()) else {
        return;
    };
    if let Ok(identity) = Identity::read(&SITE, &cookies, NOW) {
        assert_eq!(identity.claims().get("is_logged_in"), Some(&true.into()));
        let _ = (identity.provider(), identity.expires_at());
    }
}

/// An attempt cookie, and the state that asks for it.
pub fn attempt(bytes: &[u8]) {
    let (state, cookie) = bytes.split_at(bytes.len().min(16));
    let (Some(cookies), Ok(state)) = (cookies(cookie), str::from_utf8(state)) else {
        return;
    };
    assert!(
        Attempt::find(&SITE, &cookies, state, NOW).is_err(),
        "nobody can sign without the secret"
    );
    let new = Attempt::new(&SITE, &SITE.config.providers[0], None);
    assert!(new.cookies(&SITE, &cookies, NOW).len() <= 1 + 200);
}

/// A return path: what is accepted stays on our origin.
pub fn return_path(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Some(path) = ReturnPath::parse(&SITE, text) {
        let base = url::Url::parse("http://localhost:8501/oauth2callback").expect("a valid URL");
        let target = base.join(path.as_str()).expect("an accepted path is a URL");
        assert_eq!(target.origin(), base.origin(), "{text:?}");
        assert!(HeaderValue::from_str(path.as_str()).is_ok());
    }
    if let Ok(request) = Request::builder().uri(text).body(()) {
        let visit = Visit::new(Arc::clone(&SITE), &request);
        let _ = ReturnPath::of_page(&SITE, &visit.uri);
    }
}

/// The query of a callback.
pub fn callback(bytes: &[u8]) {
    if let Ok(query) = str::from_utf8(bytes) {
        fuzz_callback(query);
    }
}

/// A discovery document, and a key set.
pub fn discovery(bytes: &[u8]) {
    fuzz_metadata(&SITE.config.providers[0], bytes);
    fuzz_keys(bytes);
}

/// An ID token, with the keys that it is checked by in front of it: `<JWK set> 0x00 <token>`.
pub fn id_token(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|&byte| byte == 0) else {
        return;
    };
    let Ok(token) = str::from_utf8(&bytes[end + 1..]) else {
        return;
    };
    let expected = |issuer| Expected {
        issuer,
        client_id: "fuzz",
        trusted_audiences: &[],
        shared_audience: false,
        nonce: "nonce",
        access_token: Some("token"),
        algorithms: &[],
        now: NOW,
    };
    fuzz_id_token(&bytes[..end], token, expected);
}

/// The text of a secrets.toml: an error names keys, and never shows a value.
pub fn secrets_toml(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Err(error) = Config::from_toml(text) {
        assert!(!error.faults().is_empty());
        let is_key = DeTable::parse(text).is_ok_and(|table| has_key(table.get_ref(), CANARY));
        if text.contains(CANARY) && !is_key {
            assert!(!error.to_string().contains(CANARY));
        }
    }
}

const CANARY: &str = "canary-of-the-fuzz-target";

/// Whether `text` is a part of a key.
fn has_key(table: &DeTable<'_>, text: &str) -> bool {
    table
        .iter()
        .any(|(key, value)| key.get_ref().contains(text) || is_key_in(value.get_ref(), text))
}

fn is_key_in(value: &DeValue<'_>, text: &str) -> bool {
    match value {
        DeValue::Table(table) => has_key(table, text),
        DeValue::Array(values) => values.iter().any(|value| is_key_in(value.get_ref(), text)),
        _ => false,
    }
}

fn cookies(header: &[u8]) -> Option<Cookies> {
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, HeaderValue::from_bytes(header).ok()?);
    Some(Cookies::of(&headers))
}
