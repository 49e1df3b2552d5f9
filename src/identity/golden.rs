//! Whole logins as Streamlit itself wrote them.

use serde_json::Value;

use super::{Identity, Kept, Tokens, streamlit::write};
use crate::{
    config::{Config, CookieFormat},
    cookie::Cookies,
    site::{Site, TOKENS},
};

fn site(login: &Value, format: CookieFormat) -> Site {
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
    // Streamlit has no budget.
    config.cookie_budget = 64 * 1024;
    Site::new(config)
}

#[test]
fn what_streamlit_would_write_is_written_to_the_byte() {
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/streamlit-cookies.json"
    );
    let data: Value = serde_json::from_str(&std::fs::read_to_string(data).unwrap()).unwrap();
    let logins = data["login_cookies"].as_array().unwrap();
    for login in logins {
        let tornado = login["format"] == "tornado-signed-v2";
        let format = if tornado {
            CookieFormat::Tornado
        } else {
            CookieFormat::Itsdangerous
        };
        let site = site(login, format);
        let time = login["timestamp"].as_u64().unwrap();
        let mut claims = login["user_payload"].as_object().unwrap().clone();
        for name in ["origin", "is_logged_in", "provider"] {
            claims.shift_remove(name);
        }
        let tokens: Tokens = serde_json::from_value(login["tokens_payload"].clone()).unwrap();
        let kept = Kept {
            claims,
            ..Kept::default()
        };
        let set = write(&site, 0, &kept, &tokens, time, &Cookies::default());
        let set = set.ok().unwrap().cookies;

        let pairs: Vec<&str> = set
            .iter()
            .map(|set| set.to_str().unwrap().split(';').next().unwrap())
            .collect();
        let golden = login["cookies"].as_object().unwrap().iter();
        let golden: Vec<String> = golden
            .filter(|(name, _)| !tokens.is_empty() || !name.starts_with(TOKENS))
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
            .collect();
        let names = |pairs: &[&str]| -> Vec<String> {
            pairs
                .iter()
                .map(|pair| pair.split('=').next().unwrap().to_owned())
                .collect()
        };
        let golden: Vec<&str> = golden.iter().map(String::as_str).collect();
        // What zlib makes of a text differs from one library to the next, so its length may as well.
        if tornado {
            assert_eq!(pairs, golden, "{}", login["case"]);
        } else {
            assert_eq!(names(&pairs), names(&golden), "{}", login["case"]);
        }
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("cookie", pairs.join("; ").parse().unwrap());
        let read = Identity::read(&site, &Cookies::of(&headers), time)
            .ok()
            .unwrap();
        assert_eq!(read.json, login["user_payload_json"].as_str().unwrap());
        assert_eq!(
            read.stored_tokens(&site, &Cookies::of(&headers), time),
            tokens
        );
    }
    assert!(logins.len() >= 8);
}
