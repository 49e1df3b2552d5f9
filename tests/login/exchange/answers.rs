//! Token responses with a valid ID token: only the members that a login uses are read.

use std::sync::Arc;

use serde_json::{Value, json};

use support::{Behaviour, Faults, ORIGIN, TestApp, secrets};

/// Source: RFC 6749, section 5.1. It defines a number and two strings, but providers have sent all
/// of these values.
#[tokio::test]
async fn unusual_token_response_members_are_accepted() {
    let mut app = TestApp::new().await;
    for (name, values) in [
        (
            "expires_in",
            vec![
                json!("3600"),
                json!(3599.5),
                json!(-1),
                json!(1e300),
                json!("soon"),
                json!([3600]),
                Value::Null,
            ],
        ),
        (
            "scope",
            vec![
                json!(["openid", "email"]),
                json!("email,openid"),
                json!(5),
                json!({}),
                Value::Null,
            ],
        ),
        ("refresh_token", vec![json!(5), json!([]), Value::Null]),
        ("token_type", vec![json!("bearer"), json!(5), Value::Null]),
        ("access_token", vec![json!(5), json!(["a"]), Value::Null]),
        ("error", vec![json!(""), json!(false), Value::Null]),
        ("ok", vec![json!(true), json!("false")]),
    ] {
        for value in values {
            app.provider
                .set(|f| f.token_response.set(name, value.clone()));
            app.browser.jar.clear();
            app.sign_in("ada").await;
            app.provider.clear_faults();
        }
        app.provider.set(|f| f.token_response.remove(name));
        app.browser.jar.clear();
        app.sign_in("ada").await;
        app.provider.clear_faults();
    }
}

/// Acceptance depends on the members, not on the content type or a byte order mark (RFC 8259,
/// section 8.1).
#[tokio::test]
async fn token_response_with_any_content_type_is_accepted() {
    type Change = fn(Vec<u8>) -> Vec<u8>;
    let changes: [Change; 3] = [
        |body| [b"\xEF\xBB\xBF", &body[..]].concat(),
        |body| [b"\r\n\t ", &body[..], b"\n"].concat(),
        |body| [b"\xEF\xBB\xBF\n", &body[..]].concat(),
    ];
    let mut app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
    for change in changes {
        for endpoint in 0..4 {
            app.provider.set(|f| {
                let changed = Behaviour::Bytes(change);
                match endpoint {
                    0 => f.token = changed,
                    1 => f.discovery = changed,
                    2 => f.jwks = changed,
                    _ => f.userinfo = changed,
                }
            });
            let secrets = secrets(&app.provider).auth("userinfo = true");
            let mut fresh = TestApp::with_provider(Arc::clone(&app.provider), &secrets, ORIGIN);
            fresh.sign_in("ada").await;
            app.provider.clear_faults();
        }
    }
    for kind in ["text/html", "text/plain", "text/javascript", "x", ""] {
        app.provider.set(|f| f.token_content_type = Some(kind));
        app.browser.jar.clear();
        app.sign_in("ada").await;
    }
}

/// GitHub returns tokens and errors as a form instead of JSON.
#[tokio::test]
async fn form_response_is_parsed_if_content_type_is_form() {
    let form: fn(Vec<u8>) -> Vec<u8> = |body| {
        let members: serde_json::Map<String, Value> = serde_json::from_slice(&body).unwrap();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &members {
            form.append_pair(name, value.as_str().unwrap_or("3600"));
        }
        form.finish().into_bytes()
    };
    let mut app = TestApp::new().await;
    for kind in [
        "application/x-www-form-urlencoded; charset=utf-8",
        "text/plain",
    ] {
        app.provider.set(|f| {
            f.token_content_type = Some(kind);
            f.token = Behaviour::Bytes(form);
        });
        app.browser.jar.clear();
        app.sign_in("ada").await;
    }
    app.provider
        .set(|f| f.token_content_type = Some("application/json"));
    let callback = app.callback().await;
    app.assert_rejected(callback, "token_not_json").await;
    for (body, reason) in [
        ("error=bad_verification_code", "code_refused"),
        ("error=incorrect_client_credentials", "client_refused"),
        ("nothing=here", "token_not_json"),
    ] {
        let kind = "application/x-www-form-urlencoded";
        let answer = Behaviour::Raw(200, kind, body.as_bytes().to_vec());
        app.provider.set(|f| f.token = answer);
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
    }
}

/// Without an access token, UserInfo cannot be requested and no token can be exposed.
#[tokio::test]
async fn access_token_is_required_only_if_used() {
    let absent: fn(&mut Faults) = |f| f.token_response.remove("access_token");
    let mut app =
        TestApp::with_secrets(|secrets| secrets.auth("expose_tokens = [\"access\"]")).await;
    app.provider.set(absent);
    app.sign_in("ada").await;
    assert_eq!(app.user_json().await["tokens"], Value::Null);

    let mut app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
    app.provider.set(absent);
    let callback = app.callback().await;
    let detail = app.rejection_log(callback, "userinfo_refused").await;
    assert!(detail.contains("no access token"), "{detail}");
    assert_eq!(app.provider.count("userinfo"), 0);
}
