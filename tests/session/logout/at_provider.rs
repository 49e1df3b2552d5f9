//! Logout at the provider: the request, and the redirect back.

use axum_streamlit_auth::AuthLayer;
use url::Url;

use super::{CALLBACK, ada};
use support::{
    Browser, Log, ORIGIN, Provider, Secrets, Visit, app, app_with, secrets, two_providers,
};

#[tokio::test]
async fn end_session_request_names_client_and_redirect() {
    let (provider, mut browser) = ada(|secrets| secrets).await;
    let page = browser.get("/auth/logout").await;
    assert_eq!((page.path(), page.text().as_str()), ("/", "nobody"));
    let asked = provider.requests("logout");
    let query: Vec<_> = asked[0]
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        query[..2],
        [("client_id", "app"), ("post_logout_redirect_uri", CALLBACK)]
    );
    assert_eq!((query[2].0, query.len()), ("id_token_hint", 3));
    assert_eq!(provider.violations(), [""; 0]);
    // The discovery document is cached, so nothing is fetched.
    assert_eq!(provider.all_requests().len(), 1);
}

#[tokio::test]
async fn end_session_query_is_preserved() {
    let provider = Provider::start().await;
    let theirs = "/logout?tenant=a%26b%20c&client_id=theirs&post_logout_redirect_uri=https://evil.example&id_token_hint=x&id_token_hint=y&empty=#f";
    let endpoint = provider.url(theirs);
    provider.set(|f| f.metadata.set("end_session_endpoint", endpoint));
    let toml = secrets(&provider).auth("expose_tokens = \"id\"").toml();
    let mut browser = Browser::new(app(&toml), ORIGIN);
    browser.get("/auth/login").await;
    let id_token = provider.issued().pop().unwrap();
    let page = browser.step(Visit::get(browser.url("/auth/logout"))).await;
    let location = Url::parse(page.location().unwrap()).unwrap();
    let query: Vec<_> = location.query_pairs().into_owned().collect();
    let expected = [
        ("tenant", "a&b c"),
        ("empty", ""),
        ("client_id", "app"),
        ("post_logout_redirect_uri", CALLBACK),
        ("id_token_hint", &id_token),
    ];
    assert_eq!(
        query,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn id_token_hint_is_sent_to_its_provider_only() {
    for (line, hint) in [
        ("", true),
        ("expose_tokens = \"access\"", true),
        ("expose_tokens = \"id\"", true),
        ("expose_tokens = [\"id\", \"access\"]", true),
    ] {
        let (provider, mut browser) = ada(|secrets| secrets.auth(line)).await;
        let id_token = provider.issued().pop().unwrap();
        let log = Log::start();
        let page = browser.step(Visit::get(browser.url("/auth/logout"))).await;
        let location = page.location().unwrap().to_owned();
        assert!(location.starts_with(&provider.url("/logout?")));
        assert_eq!(location.contains(&id_token), hint, "{line}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert!(!format!("{:?}", log.all()).contains(&id_token));
        browser.follow(page.next().unwrap()).await;
        assert_eq!(provider.violations(), [""; 0]);
    }
    // Invalid or plain http URLs of the end-session endpoint are not used.
    for endpoint in [
        "http://evil.example/logout",
        "javascript:alert(1)",
        "//evil.example",
        "",
        "logout",
    ] {
        let provider = Provider::start().await;
        provider.set(|f| f.metadata.set("end_session_endpoint", endpoint));
        let toml = secrets(&provider).auth("expose_tokens = \"id\"").toml();
        let mut browser = Browser::new(app(&toml), ORIGIN);
        browser.get("/auth/login").await;
        let page = browser.step(Visit::get(browser.url("/auth/logout"))).await;
        assert_eq!(page.location(), Some("/"), "{endpoint}");
    }
}

#[tokio::test]
async fn oversized_id_token_hint_is_left_out() {
    let provider = Provider::start().await;
    provider.sign_in_as("wide");
    let toml = secrets(&provider)
        .auth("expose_tokens = \"id\"")
        .auth("cookie_budget = 20000")
        .auth("claims = []")
        .toml();
    let mut browser = Browser::new(app(&toml), ORIGIN);
    browser.get("/auth/login").await;
    let page = browser.step(Visit::get(browser.url("/auth/logout"))).await;
    let location = page.location().unwrap();
    assert!(location.starts_with(&provider.url("/logout?client_id=app")));
    assert!(location.len() < 200, "{location}");
}

#[tokio::test]
async fn provider_logout_can_be_disabled() {
    let (provider, mut browser) = ada(|secrets| secrets.auth("provider_logout = false")).await;
    assert_eq!(browser.get("/auth/logout").await.text(), "nobody");
    assert_eq!(provider.all_requests().len(), 0);
    let provider = Provider::start().await;
    provider.set(|f| f.metadata.remove("end_session_endpoint"));
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    browser.get("/auth/login").await;
    assert_eq!(browser.get("/auth/logout").await.text(), "nobody");
    assert_eq!(provider.count("logout"), 0);
}

#[tokio::test]
async fn logout_redirects_to_provider_of_the_login() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let toml = two_providers(&one, &two).toml();
    let mut browser = Browser::new(app(&toml), ORIGIN);
    browser.get("/auth/login/two").await;
    assert_eq!(browser.get("/auth/logout").await.text(), "nobody");
    assert_eq!((one.all_requests().len(), two.count("logout")), (0, 1));

    // A provider that is no longer configured.
    browser.get("/auth/login/two").await;
    let only_one =
        AuthLayer::from_toml(&Secrets::new(ORIGIN).provider("one", &one).toml()).unwrap();
    browser.serve(app_with(only_one), ORIGIN);
    let page = browser.get("/auth/logout").await;
    assert_eq!((page.text().as_str(), page.hops.len()), ("nobody", 2));
    assert_eq!(browser.jar.names(), [""; 0]);
}

#[tokio::test]
async fn post_logout_redirect_ends_at_home() {
    for query in [
        "",
        "?state=x",
        "?state=",
        "?state=x&session_state=y",
        "?iss=x",
    ] {
        let (_provider, mut browser) = ada(|secrets| secrets).await;
        browser.post("/auth/logout", &[]).await;
        let log = Log::start();
        let other_site = Url::parse("https://idp.example/").unwrap();
        let back =
            Visit::get(browser.url(&format!("/oauth2callback{query}"))).started_by(other_site);
        let page = browser.step(back).await;
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (303, Some("/")),
            "{query}"
        );
        assert_eq!((page.set_cookies().len(), log.warnings().len()), (0, 0));
    }
}
