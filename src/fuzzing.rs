//! Entry points for the fuzz targets in `tests/fuzz`, compiled only with `cfg(fuzzing)`.
//!
//! Each takes input that any client or provider can send. None of them may panic or take long. Some
//! also assert a property of the result.

use std::sync::{Arc, LazyLock};

use axum::http::{HeaderMap, HeaderValue, Request, header::COOKIE};
use toml::de::{DeTable, DeValue};

use crate::{
    config::Config,
    cookie::{Cookies, sign},
    identity::Identity,
    login::{ReturnPath, attempt::LoginAttempt, fuzz_callback},
    provider::{IdTokenExpectations, fuzz_id_token, fuzz_keys, fuzz_logout_token, fuzz_metadata},
    request::RequestContext,
    state::{AuthState, Hooks},
};

const NOW: u64 = 1_790_000_000;

static STATE: LazyLock<Arc<AuthState>> = LazyLock::new(|| {
    let toml = r#"
        [auth]
        redirect_uri = "http://localhost:8501/oauth2callback"
        cookie_secret = "a-secret-of-the-fuzz-targets-0123456789"
        client_id = "fuzz"
        client_secret = "fuzzed"
        server_metadata_url = "http://localhost:9/.well-known/openid-configuration"
    "#;
    let config = Config::from_toml(toml).expect("this configuration is valid");
    Arc::new(AuthState::new(config, Hooks::default()))
});

/// Reads the identity from a `Cookie` header.
pub fn cookie_header(bytes: &[u8]) {
    let Some(cookies) = cookies(bytes) else {
        return;
    };
    let identity = Identity::read(&STATE.settings, &cookies, NOW);
    assert!(identity.is_err(), "a valid signature needs the secret");
}

/// Reads an identity with a valid signature and any content.
pub fn identity(bytes: &[u8]) {
    let Ok(content) = str::from_utf8(bytes) else {
        return;
    };
    let value = sign(
        &STATE.settings.keys[0],
        &STATE.settings.identity_name,
        content,
        NOW,
    );
    let Some(cookies) = cookies(format!("{}={value}", STATE.settings.identity_name).as_bytes())
    else {
        return;
    };
    if let Ok(identity) = Identity::read(&STATE.settings, &cookies, NOW) {
        assert_eq!(identity.claims().get("is_logged_in"), Some(&true.into()));
        let _ = (identity.provider(), identity.expires_at());
    }
}

/// Finds the login attempt of a `state` in a `Cookie` header. The first 16 bytes are the `state`.
pub fn attempt(bytes: &[u8]) {
    let (state, cookie) = bytes.split_at(bytes.len().min(16));
    let (Some(cookies), Ok(state)) = (cookies(cookie), str::from_utf8(state)) else {
        return;
    };
    assert!(
        LoginAttempt::find(&STATE.settings, &cookies, state, NOW).is_err(),
        "a valid signature needs the secret"
    );
    let new = LoginAttempt::new(
        &STATE.settings,
        &STATE.settings.config.providers[0],
        None,
        Default::default(),
    );
    assert!(new.cookies(&STATE.settings, &cookies, NOW).len() <= 1 + 200);
}

/// Parses a return path. An accepted path stays on the origin of the app.
pub fn return_path(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Some(path) = ReturnPath::parse(&STATE.settings, text) {
        let base = url::Url::parse("http://localhost:8501/oauth2callback").expect("a valid URL");
        let target = base.join(path.as_str()).expect("an accepted path is a URL");
        assert_eq!(target.origin(), base.origin(), "{text:?}");
        assert!(HeaderValue::from_str(path.as_str()).is_ok());
    }
    if let Ok(request) = Request::builder().uri(text).body(()) {
        let context = RequestContext::new(Arc::clone(&STATE), &request);
        let _ = ReturnPath::from_page(&STATE.settings, &context.page);
    }
}

/// Parses the query of a callback.
pub fn callback(bytes: &[u8]) {
    if let Ok(query) = str::from_utf8(bytes) {
        fuzz_callback(query);
    }
}

/// Parses a discovery document and a key set.
pub fn discovery(bytes: &[u8]) {
    fuzz_metadata(&STATE.settings.config.providers[0], bytes);
    fuzz_keys(bytes);
}

/// Validates an ID token. The input is `<JWK set> 0x00 <token>`.
pub fn id_token(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|&byte| byte == 0) else {
        return;
    };
    let Ok(token) = str::from_utf8(&bytes[end + 1..]) else {
        return;
    };
    let expected = |issuer| IdTokenExpectations {
        issuer,
        client_id: "fuzz",
        trusted_audiences: &[],
        shared_audience: false,
        nonce_is_optional: false,
        nonce: "nonce",
        access_token: Some("token"),
        algorithms: &[],
        now: NOW,
    };
    fuzz_id_token(&bytes[..end], token, expected);
}

/// Validates a logout token without a valid signature. No provider is asked.
pub fn logout_token(bytes: &[u8]) {
    if let Ok(token) = str::from_utf8(bytes) {
        let config = &STATE.settings.config.providers[0];
        fuzz_logout_token(token, &config.server_metadata_url, &config.client_id, NOW);
    }
}

/// Parses a secrets.toml. Errors may name keys but must not show values.
pub fn secrets_toml(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Err(error) = Config::from_toml(text) {
        assert!(!error.diagnostics().is_empty());
        let is_key = DeTable::parse(text).is_ok_and(|table| has_key(table.get_ref(), CANARY));
        if text.contains(CANARY) && !is_key {
            assert!(!error.to_string().contains(CANARY));
        }
    }
}

const CANARY: &str = "canary-of-the-fuzz-target";

/// Returns true if a key contains `text`.
fn has_key(table: &DeTable<'_>, text: &str) -> bool {
    table
        .iter()
        .any(|(key, value)| key.get_ref().contains(text) || value_has_key(value.get_ref(), text))
}

fn value_has_key(value: &DeValue<'_>, text: &str) -> bool {
    match value {
        DeValue::Table(table) => has_key(table, text),
        DeValue::Array(values) => values
            .iter()
            .any(|value| value_has_key(value.get_ref(), text)),
        _ => false,
    }
}

fn cookies(header: &[u8]) -> Option<Cookies> {
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, HeaderValue::from_bytes(header).ok()?);
    Some(Cookies::from_headers(&headers))
}
