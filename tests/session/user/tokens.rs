//! Tokens: `expose_tokens` selects the ones that the app can read.

use axum::{Json, Router, routing::get};
use axum_streamlit_auth::{AuthLayer, User};
use serde_json::{Value, json};

use super::{TIME, user_behind, user_of};
use support::{
    Browser, COOKIE_SECRET, Clock, ORIGIN, Provider, app_with, secrets,
    signed::{self, IDENTITY, identity},
};

#[tokio::test]
async fn tokens_are_stored_as_configured() {
    for (line, id, access) in [
        ("", false, false),
        ("expose_tokens = []", false, false),
        ("expose_tokens = \"id\"", true, false),
        ("expose_tokens = \"access\"", false, true),
        ("expose_tokens = [\"access\", \"id\"]", true, true),
    ] {
        let provider = Provider::start().await;
        // Otherwise the ID token is stored for the logout at the provider; see
        // tests/session/logout/hint.rs.
        provider.set(|f| f.metadata.remove("end_session_endpoint"));
        let auth = AuthLayer::from_toml(&secrets(&provider).auth(line).toml()).unwrap();
        let tokens = get(|user: User| async move {
            Json(json!([user.tokens().id(), user.tokens().access()]))
        });
        let all = Router::new().route("/tokens", tokens).layer(auth.clone());
        let mut browser = Browser::new(app_with(auth).merge(all), ORIGIN);
        browser.get("/auth/login").await;
        let shown = browser.get("/tokens").await.json();
        let issued = provider.issued();
        let [_, access_token, refresh_token, id_token] = &issued[..] else {
            panic!("{issued:?}")
        };
        let expected = |shown, token: &String| if shown { json!(token) } else { Value::Null };
        assert_eq!(
            shown,
            json!([expected(id, id_token), expected(access, access_token)]),
            "{line}"
        );

        // The other tokens are not stored in the browser, and the refresh token never is.
        let stored: String = browser
            .jar
            .cookies()
            .iter()
            .filter(|cookie| cookie.value.starts_with("2|"))
            .map(|cookie| signed::text_of(&cookie.value))
            .collect();
        assert_eq!(stored.contains(access_token), access, "{line}");
        assert_eq!(stored.contains(id_token), id, "{line}");
        assert!(!stored.contains(refresh_token));
        assert_eq!(
            browser.jar.get("_streamlit_user_tokens").is_some(),
            id || access
        );
        // The dictionary contains no tokens, because apps log it and send it to pages.
        let me = browser.get("/me").await.text();
        assert!(!me.contains(access_token) && !me.contains(id_token));
    }
}

#[tokio::test]
async fn tokens_are_bound_to_their_identity() {
    let tokens =
        |text: &str, time| signed::sign(COOKIE_SECRET, "_streamlit_user_tokens", text, time);
    let both = r#"{"id_token": "i", "access_token": "a"}"#;
    let ada = identity("ada", TIME - 10);
    for (value, id, access) in [
        (tokens(both, TIME - 10), Some("i"), Some("a")),
        (
            tokens(r#"{"access_token": "a"}"#, TIME - 10),
            None,
            Some("a"),
        ),
        (tokens("{}", TIME - 10), None, None),
        (tokens(r#"{"access_token": 1}"#, TIME - 10), None, None),
        (tokens("[]", TIME - 10), None, None),
        // The tokens of another login, even of the same user.
        (tokens(both, TIME - 11), None, None),
        (tokens(both, TIME), None, None),
        ("x".to_owned(), None, None),
    ] {
        let user = user_of(&format!("{IDENTITY}={ada}; _streamlit_user_tokens={value}")).await;
        assert_eq!(user.get_str("sub").unwrap_or_default(), "ada");
        assert_eq!(
            (user.tokens().id(), user.tokens().access()),
            (id, access),
            "{value}"
        );
    }
    let user = user_of(&format!(
        "_streamlit_user_tokens={}",
        tokens(both, TIME - 10)
    ))
    .await;
    assert!(!user.is_logged_in() && user.tokens().access().is_none());

    // Tokens stored under an earlier setting are hidden under the current one.
    let toml = signed::toml(COOKIE_SECRET, ORIGIN).replace("[\"id\", \"access\"]", "[]");
    let cookies = format!(
        "{IDENTITY}={ada}; _streamlit_user_tokens={}",
        tokens(both, TIME - 10)
    );
    let user = user_behind(Clock::at(TIME).layer(&toml), &cookies).await;
    assert_eq!(
        (
            user.get_str("sub").unwrap_or_default(),
            user.tokens().id(),
            user.tokens().access()
        ),
        ("ada", None, None)
    );
}

#[tokio::test]
async fn debug_of_tokens_shows_presence_only() {
    let tokens = signed::sign(
        COOKIE_SECRET,
        "_streamlit_user_tokens",
        r#"{"access_token": "canary"}"#,
        TIME,
    );
    let user = user_of(&format!(
        "{IDENTITY}={}; _streamlit_user_tokens={tokens}",
        identity("ada", TIME)
    ))
    .await;
    assert_eq!(
        format!("{:?}", user.tokens()),
        r#"Tokens { id: None, access: Some("[redacted]") }"#
    );
    assert!(!format!("{user:?}").contains("canary"));
    assert!(!serde_json::to_string(&user).unwrap().contains("canary"));
}
