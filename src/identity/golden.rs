//! Complete logins that Streamlit wrote.

use serde_json::Value;

use super::{Identity, RetainedClaims, Tokens, streamlit::encode};
use crate::{
    config::{Config, CookieFormat},
    cookie::Cookies,
    state::{Hooks, Settings, TOKENS_COOKIE},
};

fn settings(login: &Value, format: CookieFormat) -> Settings {
    let mut auth = serde_json::json!({
        "client_id": "client-1",
        "client_secret": "a secret of the client",
        "server_metadata_url": "https://idp.example.com/.well-known/openid-configuration",
    });
    let provider = login["user_payload"]["provider"].as_str().unwrap();
    if provider != "default" {
        auth = serde_json::json!({ provider: auth });
    }
    let origin = login["origin"].as_str().unwrap();
    auth["redirect_uri"] = format!("{origin}/oauth2callback").into();
    auth["cookie_secret"] = login["cookie_secret"].clone();
    let auth = serde_json::json!({ "auth": auth });
    let mut config = Config::from_value(&auth).unwrap();
    config.cookie_format = format;
    // Streamlit has no cookie budget.
    config.cookie_budget = 64 * 1024;
    Settings::new(config, Hooks::default())
}

#[test]
fn streamlit_identity_is_written_byte_for_byte() {
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/streamlit-cookies.json"
    );
    let data: Value = serde_json::from_str(&std::fs::read_to_string(data).unwrap()).unwrap();
    let logins = data["login_cookies"].as_array().unwrap();
    for login in logins {
        let is_tornado = login["format"] == "tornado-signed-v2";
        let format = if is_tornado {
            CookieFormat::Tornado
        } else {
            CookieFormat::Itsdangerous
        };
        let settings = settings(login, format);
        let time = login["timestamp"].as_u64().unwrap();
        let mut claims = login["user_payload"].as_object().unwrap().clone();
        for name in ["origin", "is_logged_in", "provider"] {
            claims.shift_remove(name);
        }
        let tokens: Tokens = serde_json::from_value(login["tokens_payload"].clone()).unwrap();
        let retained = RetainedClaims {
            claims,
            ..RetainedClaims::default()
        };
        let set = encode(
            &settings,
            0,
            &retained,
            None,
            &tokens,
            time,
            &Cookies::default(),
        );
        let set = set.ok().unwrap().cookies;

        let pairs: Vec<&str> = set
            .iter()
            .map(|set| set.to_str().unwrap().split(';').next().unwrap())
            .collect();
        let golden = login["cookies"].as_object().unwrap().iter();
        let golden: Vec<String> = golden
            .filter(|(name, _)| !tokens.is_empty() || !name.starts_with(TOKENS_COOKIE))
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
            .collect();
        let names = |pairs: &[&str]| -> Vec<String> {
            pairs
                .iter()
                .map(|pair| pair.split('=').next().unwrap().to_owned())
                .collect()
        };
        let golden: Vec<&str> = golden.iter().map(String::as_str).collect();
        // The output of zlib differs between libraries, so its length may differ too.
        if is_tornado {
            assert_eq!(pairs, golden, "{}", login["case"]);
        } else {
            assert_eq!(names(&pairs), names(&golden), "{}", login["case"]);
        }
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("cookie", pairs.join("; ").parse().unwrap());
        let read = Identity::read(&settings, &Cookies::from_headers(&headers), time)
            .ok()
            .unwrap();
        assert_eq!(read.json, login["user_payload_json"].as_str().unwrap());
        assert_eq!(
            read.stored_tokens(&settings, &Cookies::from_headers(&headers), time),
            tokens
        );
    }
    assert!(logins.len() >= 8);
}
