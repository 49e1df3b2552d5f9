//! The claims as a dictionary.

use std::time::{Duration, UNIX_EPOCH};

use axum_streamlit_auth::User;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{TIME, user_of, user_of_text};
use support::{Browser, ORIGIN, Provider, app, secrets, signed::identity_text};

#[tokio::test]
async fn anonymous_user_has_one_entry() {
    for user in [
        user_of("").await,
        user_of("_streamlit_user=x").await,
        User::default(),
    ] {
        assert!(!user.is_logged_in());
        assert_eq!(user.len(), 1);
        assert_eq!(user.keys().collect::<Vec<_>>(), ["is_logged_in"]);
        assert_eq!(
            user.iter().collect::<Vec<_>>(),
            [("is_logged_in", &json!(false))]
        );
        assert_eq!(user["is_logged_in"], json!(false));
        assert!(user.contains_key("is_logged_in") && !user.contains_key("sub"));
        assert_eq!(
            (
                user.get_str("sub").unwrap_or_default(),
                &user["sub"],
                user.get("sub")
            ),
            ("", &Value::Null, None)
        );
        assert_eq!(
            Value::Object(user.to_dict()),
            json!({"is_logged_in": false})
        );
        assert_eq!(
            serde_json::to_value(&user).unwrap(),
            json!({"is_logged_in": false})
        );
        assert_eq!((user.provider(), user.expires_at()), (None, None));
        assert_eq!((user.tokens().id(), user.tokens().access()), (None, None));
        assert_eq!(
            format!("{user:?}"),
            r#"User { is_logged_in: false, provider: None, claims: ["is_logged_in"] }"#
        );
    }
}

#[tokio::test]
async fn claims_keep_streamlit_order() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    browser.get("/auth/login").await;
    let page = browser.get("/me").await;
    let names = [
        "is_logged_in",
        "iss",
        "aud",
        "iat",
        "exp",
        "auth_time",
        "nonce",
        "at_hash",
        "sub",
        "name",
        "email",
        "email_verified",
        "groups",
        "city",
        "provider",
    ];
    let user = page.json();
    assert_eq!(user.as_object().unwrap().keys().collect::<Vec<_>>(), names);
    // As a string too, because `Json(user)` preserves the order.
    let text = page.text();
    let places: Vec<_> = names
        .iter()
        .map(|name| text.find(&format!("\"{name}\":")).unwrap())
        .collect();
    assert!(places.is_sorted());
    for (name, value) in [
        ("is_logged_in", json!(true)),
        ("provider", json!("default")),
        ("city", json!("Köln")),
        ("groups", json!(["admin", "ops"])),
        ("email_verified", json!(true)),
    ] {
        assert_eq!(user[name], value);
    }
}

#[tokio::test]
async fn claim_accessors_agree_on_values() {
    let claims = json!({
        "sub": "ada", "name": "Zoë \"Ada\"\n名前 🦀 \\ / \u{7f}", "null": null, "yes": true, "number": 2.5, "large": u64::MAX,
        "list": ["a", 1], "address": {"city": "Köln", "sub": "inner"}, "": "empty name", "ключ": "x", "keys": "a method's name",
    });
    let text = identity_text(claims.clone());
    // As Python writes it: non-ASCII characters escaped, spaces after separators.
    let python: String = text
        .replace("\":", "\": ")
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    for text in [&text, &python] {
        let user = user_of_text(text).await;
        assert!(user.is_logged_in());
        let mut expected = serde_json::Map::from_iter([("is_logged_in".to_owned(), json!(true))]);
        expected.extend(claims.as_object().unwrap().clone());
        expected.insert("provider".to_owned(), json!("default"));
        assert_eq!(user.to_dict(), expected);
        assert!(user.keys().eq(expected.keys()));
        assert_eq!(user.len(), expected.len());
        assert_eq!(
            serde_json::to_string(&user).unwrap(),
            Value::Object(expected.clone()).to_string()
        );
        for (name, value) in user.iter() {
            assert_eq!(&expected[name], value);
            assert_eq!(&user[name], value);
            assert_eq!(user.get(name), Some(value));
            assert!(user.contains_key(name));
            assert_eq!(user.get_str(name), value.as_str(), "{name}");
        }
        assert_eq!(user["address"]["city"], json!("Köln"));
        assert_eq!(
            (user.get("null"), user.get("none")),
            (Some(&Value::Null), None)
        );
        assert!(user.contains_key("null") && !user.contains_key("none"));
        assert_eq!(user.provider(), Some("default"));
        // 30 days, and one more day for values written by Streamlit.
        let life = if text == &python {
            2_678_400
        } else {
            2_592_000
        };
        assert_eq!(
            user.expires_at(),
            Some(UNIX_EPOCH + Duration::from_secs(TIME + life))
        );
        assert_eq!(
            serde_json::to_value(user.clone()).unwrap(),
            Value::Object(expected)
        );
    }
}

/// Unusual claims that JSON permits.
#[tokio::test]
async fn unusual_claims_match_python() {
    let deep = format!("{}1{}", "[".repeat(20), "]".repeat(20));
    for (claim, value) in [
        (r#""true""#, json!("true")),
        (r#""2026-11-24T10:00:00Z""#, json!("2026-11-24T10:00:00Z")),
        (&*deep, serde_json::from_str(&deep).unwrap()),
        (r#""\u0000""#, json!("\0")),
        (r#""\ud83e\udd80""#, json!("🦀")),
        ("9223372036854775808", json!(9_223_372_036_854_775_808_u64)),
        ("1.0", json!(1.0)),
        ("-0.0", json!(-0.0)),
    ] {
        let text =
            identity_text(json!({"sub": "ada"})).replacen('{', &format!("{{\"odd\":{claim},"), 1);
        let user = user_of_text(&text).await;
        assert_eq!(user["odd"], value, "{claim}");
        assert_eq!(
            user.get_str("odd").unwrap_or_default(),
            value.as_str().unwrap_or_default()
        );
    }
    // A Rust string cannot hold a lone surrogate, so an identity with one, which Streamlit can
    // write, is ignored.
    let half = identity_text(json!({"sub": "ada"})).replacen('{', r#"{"odd":"\ud83e","#, 1);
    assert!(!user_of_text(&half).await.is_logged_in());
}

#[tokio::test]
async fn internal_payload_members_are_hidden() {
    let user = user_of_text(&identity_text(json!({"sub": "ada"}))).await;
    assert!(!user.contains_key("origin"));
    assert_eq!(
        (user.get_str("origin").unwrap_or_default(), &user["origin"]),
        ("", &Value::Null)
    );
    assert_eq!(user.get_str("is_logged_in").unwrap_or_default(), "");
    assert_eq!(user.get_str("provider").unwrap_or_default(), "default");

    // Claims of the provider cannot set reserved keys.
    let provider = Provider::start().await;
    provider.sign_in_with(json!({
        "sub": "ada", "origin": "https://evil.example", "is_logged_in": false, "provider": "evil", "tokens": {"access": "x"}, "name": "Ada",
    }));
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    browser.get("/auth/login").await;
    let me = browser.get("/me").await.json();
    assert_eq!(
        (&me["is_logged_in"], &me["provider"], &me["name"]),
        (&json!(true), &json!("default"), &json!("Ada"))
    );
    assert!(me.get("origin").is_none() && me.get("tokens").is_none());
}

#[tokio::test]
async fn claims_deserialize_into_custom_type() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Claims {
        sub: String,
        #[serde(default)]
        groups: Vec<String>,
        email: Option<String>,
        is_logged_in: bool,
        provider: String,
    }
    let user = user_of_text(&identity_text(json!({"sub": "ada", "groups": ["admin"]}))).await;
    let claims: Claims = user.claims().unwrap();
    let expected = Claims {
        sub: "ada".to_owned(),
        groups: vec!["admin".to_owned()],
        email: None,
        is_logged_in: true,
        provider: "default".to_owned(),
    };
    assert_eq!(claims, expected);

    let user = user_of_text(&identity_text(json!({"sub": 7}))).await;
    assert!(user.claims::<Claims>().is_err());
    assert!(User::default().claims::<Claims>().is_err());
    assert_eq!(
        user.claims::<Value>().unwrap(),
        Value::Object(user.to_dict())
    );
}

#[tokio::test]
async fn debug_shows_names_but_no_values() {
    let claims = json!({"sub": "canary-1", "email": "canary-2", "groups": ["canary-3"], "address": {"city": "canary-4"}});
    let user = user_of_text(&identity_text(claims)).await;
    assert_eq!(
        format!("{user:?}"),
        r#"User { is_logged_in: true, provider: Some("default"), claims: ["is_logged_in", "sub", "email", "groups", "address", "provider"] }"#
    );
    assert!(!format!("{user:#?}").contains("canary"));
    assert!(!format!("{:?}", axum_streamlit_auth::LoggedIn(user)).contains("canary"));
}
