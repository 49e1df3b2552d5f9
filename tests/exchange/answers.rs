//! The token response around a good ID token: only what a login uses is read.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Behaviour, Faults, ORIGIN, Stage, secrets};

/// Source: RFC 6749, section 5.1, has a number, a string and a string; providers have sent all of
/// these.
#[tokio::test]
async fn id_token_survives_odd_members() {
    let mut stage = Stage::new().await;
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
            stage
                .provider
                .set(|f| f.token_response.set(name, value.clone()));
            stage.browser.jar.clear();
            stage.sign_in("ada").await;
            stage.provider.behave();
        }
        stage.provider.set(|f| f.token_response.remove(name));
        stage.browser.jar.clear();
        stage.sign_in("ada").await;
        stage.provider.behave();
    }
}

/// The members decide, not the content type and not what stands in front of them (RFC 8259,
/// section 8.1).
#[tokio::test]
async fn id_token_survives_any_content_type() {
    type Change = fn(Vec<u8>) -> Vec<u8>;
    let changes: [Change; 3] = [
        |body| [b"\xEF\xBB\xBF", &body[..]].concat(),
        |body| [b"\r\n\t ", &body[..], b"\n"].concat(),
        |body| [b"\xEF\xBB\xBF\n", &body[..]].concat(),
    ];
    let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true")).await;
    for change in changes {
        for endpoint in 0..4 {
            stage.provider.set(|f| {
                let changed = Behaviour::Bytes(change);
                match endpoint {
                    0 => f.token = changed,
                    1 => f.discovery = changed,
                    2 => f.jwks = changed,
                    _ => f.userinfo = changed,
                }
            });
            let secrets = secrets(&stage.provider).auth("userinfo = true");
            let mut fresh = Stage::of(Arc::clone(&stage.provider), &secrets, ORIGIN);
            fresh.sign_in("ada").await;
            stage.provider.behave();
        }
    }
    for kind in ["text/html", "text/plain", "text/javascript", "x", ""] {
        stage.provider.set(|f| f.token_content_type = Some(kind));
        stage.browser.jar.clear();
        stage.sign_in("ada").await;
    }
}

/// GitHub's habit: a form in place of JSON, for tokens and for errors.
#[tokio::test]
async fn form_is_read_where_the_content_type_says_so() {
    let form: fn(Vec<u8>) -> Vec<u8> = |body| {
        let members: serde_json::Map<String, Value> = serde_json::from_slice(&body).unwrap();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &members {
            form.append_pair(name, value.as_str().unwrap_or("3600"));
        }
        form.finish().into_bytes()
    };
    let mut stage = Stage::new().await;
    for kind in [
        "application/x-www-form-urlencoded; charset=utf-8",
        "text/plain",
    ] {
        stage.provider.set(|f| {
            f.token_content_type = Some(kind);
            f.token = Behaviour::Bytes(form);
        });
        stage.browser.jar.clear();
        stage.sign_in("ada").await;
    }
    stage
        .provider
        .set(|f| f.token_content_type = Some("application/json"));
    let callback = stage.callback().await;
    stage.home(callback, "token_not_json").await;
    for (body, reason) in [
        ("error=bad_verification_code", "code_refused"),
        ("error=incorrect_client_credentials", "client_refused"),
        ("nothing=here", "token_not_json"),
    ] {
        let kind = "application/x-www-form-urlencoded";
        let answer = Behaviour::Raw(200, kind, body.as_bytes().to_vec());
        stage.provider.set(|f| f.token = answer);
        let callback = stage.callback().await;
        stage.home(callback, reason).await;
    }
}

/// Without an access token there is nothing to ask UserInfo with, and nothing to expose.
#[tokio::test]
async fn access_token_is_needed_only_where_it_is_used() {
    let absent: fn(&mut Faults) = |f| f.token_response.remove("access_token");
    let mut stage = Stage::with(|secrets| secrets.auth("expose_tokens = [\"access\"]")).await;
    stage.provider.set(absent);
    stage.sign_in("ada").await;
    assert_eq!(stage.me().await["tokens"], Value::Null);

    let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true")).await;
    stage.provider.set(absent);
    let callback = stage.callback().await;
    let detail = stage.detail(callback, "userinfo_refused").await;
    assert!(detail.contains("no access token"), "{detail}");
    assert_eq!(stage.provider.count("userinfo"), 0);
}
