//! The access token in the app's hook.

use std::sync::{Arc, Mutex};

use axum_streamlit_auth::{AuthLayer, SignIn};
use serde_json::json;
use support::{Browser, Log, ORIGIN, Provider, app_with, canary, secrets};

fn layer(provider: &Provider) -> AuthLayer {
    AuthLayer::from_toml(&secrets(provider).toml()).unwrap()
}

#[tokio::test]
async fn hook_receives_access_token_that_is_not_stored() {
    let provider = Provider::start().await;
    let seen: Arc<Mutex<Vec<SignIn>>> = Arc::default();
    let log = Log::start();
    let auth = layer(&provider).on_sign_in_with({
        let seen = Arc::clone(&seen);
        move |mut sign_in| {
            seen.lock().unwrap().push(sign_in.clone());
            async move {
                let token = sign_in.access_token().ok_or("no access token")?;
                let length = token.len();
                sign_in.claims.insert("length".to_owned(), length.into());
                Ok(sign_in.claims)
            }
        }
    });
    let mut browser = Browser::new(app_with(auth), ORIGIN);
    browser.get("/auth/login").await;

    let seen = seen.lock().unwrap().clone();
    let [sign_in] = &seen[..] else {
        panic!("the hook ran {} times", seen.len())
    };
    let token = sign_in.access_token().unwrap().to_owned();
    assert!(provider.issued().contains(&token), "{token}");
    assert_eq!(
        (&sign_in.claims["sub"], &sign_in.claims["provider"]),
        (&json!("ada"), &json!("default"))
    );
    let user = browser.get("/me").await.json();
    assert_eq!(user["length"], token.len());
    assert_eq!(user.get("access_token"), None);

    let shown = format!("{sign_in:?}");
    assert!(shown.contains("\"email\""), "{shown}");
    assert!(!shown.contains("ada@"), "{shown}");
    let cookies = browser.jar.cookies().iter();
    let cookies: Vec<String> = cookies.map(|cookie| cookie.value.clone()).collect();
    let lines = log.lines().iter().map(|line| format!("{line:?}")).collect();
    let texts: Vec<String> = [cookies, lines, vec![shown]].concat();
    assert!(texts.len() > 3, "{texts:?}");
    let texts = texts.iter().map(String::as_str);
    assert_eq!(canary::find(&[token], texts), None);
}

#[tokio::test]
async fn missing_access_token_is_none_for_hook() {
    let provider = Provider::start().await;
    provider.set(|faults| {
        faults.token_response.remove("access_token");
        faults.claims.remove("at_hash");
    });
    let auth = layer(&provider).on_sign_in_with(|sign_in| async move {
        match sign_in.access_token() {
            Some(_) => Err("unexpected".to_owned()),
            None => Ok(sign_in.claims),
        }
    });
    let mut browser = Browser::new(app_with(auth), ORIGIN);
    browser.get("/auth/login").await;
    assert_eq!(browser.get("/me").await.json()["sub"], "ada");
}

#[tokio::test]
async fn last_hook_replaces_earlier_one() {
    let provider = Provider::start().await;
    let auth = layer(&provider)
        .on_sign_in(|_| async { Err("closed".to_owned()) })
        .on_sign_in_with(|sign_in| async { Ok(sign_in.claims) });
    let mut browser = Browser::new(app_with(auth), ORIGIN);
    browser.get("/auth/login").await;
    assert_eq!(browser.get("/me").await.json()["sub"], "ada");
}
