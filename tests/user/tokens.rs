//! The tokens that `expose_tokens` shows, and no other.

use axum::{Json, Router, routing::get};
use axum_streamlit_auth::{AuthLayer, User};
use serde_json::{Value, json};

use super::{
    TIME,
    support::{
        Browser, COOKIE_SECRET, Clock, ORIGIN, Provider, app_with, secrets,
        signed::{self, IDENTITY, identity},
    },
    user_behind, user_of,
};

#[tokio::test]
async fn tokens_are_shown_and_stored_as_far_as_they_are_asked_for() {
    for (line, id, access) in [
        ("", false, false),
        ("expose_tokens = []", false, false),
        ("expose_tokens = \"id\"", true, false),
        ("expose_tokens = \"access\"", false, true),
        ("expose_tokens = [\"access\", \"id\"]", true, true),
    ] {
        let provider = Provider::start().await;
        // Otherwise the ID token is stored for the provider's logout; see tests/logout/hint.rs.
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

        // Nor are the others anywhere in the browser, and the refresh token is never kept.
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
        // The dictionary does not hold them: it is what apps log and send to pages.
        let me = browser.get("/me").await.text();
        assert!(!me.contains(access_token) && !me.contains(id_token));
    }
}

#[tokio::test]
async fn tokens_count_beside_the_identity_that_they_came_with() {
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
        // Of another login, be it of the same person.
        (tokens(both, TIME - 11), None, None),
        (tokens(both, TIME), None, None),
        ("x".to_owned(), None, None),
    ] {
        let user = user_of(&format!("{IDENTITY}={ada}; _streamlit_user_tokens={value}")).await;
        assert_eq!(user.text("sub"), "ada");
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

    // What was stored when more was asked for is hidden when it no longer is.
    let toml = signed::toml(COOKIE_SECRET, ORIGIN).replace("[\"id\", \"access\"]", "[]");
    let cookies = format!(
        "{IDENTITY}={ada}; _streamlit_user_tokens={}",
        tokens(both, TIME - 10)
    );
    let user = user_behind(Clock::at(TIME).layer(&toml), &cookies).await;
    assert_eq!(
        (user.text("sub"), user.tokens().id(), user.tokens().access()),
        ("ada", None, None)
    );
}

#[tokio::test]
async fn a142_debug_of_tokens_says_which_are_there() {
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
