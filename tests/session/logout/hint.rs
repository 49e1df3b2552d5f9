//! `id_token_hint`: the ID token that a logout sends, and its provider.

use axum::{Json, Router, routing::get};
use axum_streamlit_auth::{AuthLayer, User};
use serde_json::json;
use url::Url;

use super::ada;
use support::{
    Browser, Log, ORIGIN, Page, Provider, Visit, app, app_below, app_with, secrets_at,
    two_providers,
};

fn hint(page: &Page) -> Option<String> {
    let location = Url::parse(page.location()?).ok()?;
    let mut pairs = location.query_pairs();
    let hint = pairs.find(|(name, _)| name == "id_token_hint");
    hint.map(|(_, token)| token.into_owned())
}

async fn logout(browser: &mut Browser, path: &str) -> Page {
    browser.step(Visit::get(browser.url(path))).await
}

/// The hint is sent for every cookie format and base path, without exposing the token to the app.
#[tokio::test]
async fn default_settings_send_the_hint_and_show_no_token() {
    for (base, line) in [
        (ORIGIN, ""),
        ("https://app.example", ""),
        ("https://app.example", "streamlit_cookies = \"current\""),
        (ORIGIN, "streamlit_cookies = \"tornado\""),
        ("http://localhost:8501/app", ""),
        ("https://app.example/app", "streamlit_cookies = \"current\""),
    ] {
        let provider = Provider::start().await;
        let toml = secrets_at(&provider, base).auth(line).toml();
        let auth = AuthLayer::from_toml(&toml).unwrap();
        let tokens =
            |user: User| async move { Json(json!([user.tokens().id(), user.tokens().access()])) };
        let below = Url::parse(base)
            .unwrap()
            .path()
            .trim_end_matches('/')
            .to_owned();
        let shown = Router::new()
            .route(&format!("{below}/tokens"), get(tokens))
            .layer(auth.clone());
        let app = match below.is_empty() {
            true => app_with(auth),
            false => app_below(&below, auth),
        };
        let mut browser = Browser::new(app.merge(shown), base);
        browser.get(&format!("{below}/auth/login")).await;
        let id_token = provider.issued().pop().unwrap();
        let shown = browser.get(&format!("{below}/tokens")).await.json();
        assert_eq!(shown, json!([null, null]), "{base} {line}");
        assert!(
            !browser
                .get(&format!("{below}/me"))
                .await
                .text()
                .contains(&id_token)
        );

        let page = logout(&mut browser, &format!("{below}/auth/logout")).await;
        assert_eq!(hint(&page), Some(id_token), "{base} {line}");
        browser.follow(page.next().unwrap()).await;
        assert_eq!(browser.jar.names(), [""; 0]);
        assert_eq!(provider.violations(), [""; 0]);
    }
}

#[tokio::test]
async fn local_logout_stores_no_token() {
    let (_provider, mut browser) = ada(|secrets| secrets.auth("provider_logout = false")).await;
    assert!(browser.jar.get("_streamlit_user_tokens").is_none());
    let page = logout(&mut browser, "/auth/logout").await;
    assert_eq!(page.location(), Some("/"));

    let provider = Provider::start().await;
    provider.set(|f| f.metadata.remove("end_session_endpoint"));
    let toml = super::secrets(&provider).toml();
    let mut browser = Browser::new(app(&toml), ORIGIN);
    browser.get("/auth/login").await;
    assert!(browser.jar.get("_streamlit_user_tokens").is_none());
}

/// At the end of a session, the ID token is a month old.
#[tokio::test]
async fn expired_hint_is_still_sent() {
    let mut app = support::TestApp::new().await;
    app.sign_in("ada").await;
    let id_token = app.provider.issued().pop().unwrap();
    app.clock.advance(29 * 24 * 60 * 60);
    let page = logout(&mut app.browser, "/auth/logout").await;
    assert_eq!(hint(&page), Some(id_token));
}

/// Two logins finish in two windows, so the identity and the tokens belong to different logins.
#[tokio::test]
async fn hint_of_one_provider_does_not_reach_another() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    two.set(|f| f.issuer = Some(two.origin().to_owned()));
    let toml = two_providers(&one, &two).toml();
    let clock = support::Clock::at_system_time();
    let mut first = Browser::new(app_with(clock.layer(&toml)), ORIGIN);
    let mut second = first.clone();
    first.get("/auth/login/one").await;
    second.get("/auth/login/two").await;
    let (of_one, of_two) = (one.issued().pop().unwrap(), two.issued().pop().unwrap());
    // Each login on its own.
    let sent = hint(&logout(&mut first.clone(), "/auth/logout").await);
    assert_eq!(sent, Some(of_one));
    let sent = hint(&logout(&mut second.clone(), "/auth/logout").await);
    assert_eq!(sent, Some(of_two));
    // Mixed, within one second.
    let tokens = second.jar.get("_streamlit_user_tokens").unwrap();
    first.jar.remove("_streamlit_user_tokens");
    first.jar.plant(tokens);
    let page = logout(&mut first, "/auth/logout").await;
    assert!(page.location().unwrap().starts_with(&one.url("/logout?")));
    assert_eq!(hint(&page), None);
}

/// Another client of the same provider: the identity is readable, but the token was issued for the
/// other client.
#[tokio::test]
async fn hint_of_another_client_is_left_out() {
    let provider = Provider::start().await;
    let toml = super::secrets(&provider);
    let mut browser = Browser::new(app(&toml.toml()), ORIGIN);
    browser.get("/auth/login").await;
    browser.serve(
        app(&toml
            .toml()
            .replace("client_id = \"app\"", "client_id = \"other\"")),
        ORIGIN,
    );
    let page = logout(&mut browser, "/auth/logout").await;
    assert_eq!(hint(&page), None, "{page:?}");
}

/// A hint that the server of the provider would reject as too long is left out, with a log line.
#[tokio::test]
async fn hint_too_long_for_the_server_is_left_out() {
    for (path, groups, sent) in [
        ("/logout", 80, true),
        ("/realms/x/protocol/openid-connect/logout", 80, false),
        ("/realms/x/protocol/openid-connect/logout", 20, true),
        ("/logout", 160, false),
    ] {
        let provider = Provider::start().await;
        let endpoint = provider.url(path);
        provider.set(|f| f.metadata.set("end_session_endpoint", endpoint));
        provider.sign_in_with(json!({"sub": "ada", "groups": support::groups(groups)}));
        let toml = super::secrets(&provider)
            .auth("cookie_budget = 40000")
            .toml();
        let mut browser = Browser::new(app(&toml), ORIGIN);
        browser.get("/auth/login").await;
        let log = Log::start();
        let page = logout(&mut browser, "/auth/logout").await;
        assert_eq!(hint(&page).is_some(), sent, "{path} {groups}");
        let said = log.warnings();
        assert_eq!(said.len(), usize::from(!sent), "{said:?}");
    }
}
