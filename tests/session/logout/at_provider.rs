//! Logout at the provider: the request, and the fallback if the provider is unavailable.

use std::time::Duration;

use axum_streamlit_auth::AuthLayer;
use url::Url;

use super::ada;
use support::{
    Behaviour, Browser, Log, ORIGIN, Provider, Secrets, Visit, app, app_with, secrets,
    two_providers,
};

const CALLBACK: &str = "http://localhost:8501/oauth2callback";

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

/// `logout_params`, as in Streamlit: those of `[auth]` apply to every provider, and those of a
/// provider's table override them.
#[tokio::test]
async fn configured_parameters_reach_provider_once() {
    let provider = Provider::start().await;
    let endpoint = provider.url("/logout?tenant=kept&ui_locales=theirs");
    provider.set(|f| f.metadata.set("end_session_endpoint", endpoint));
    let toml = Secrets::new(ORIGIN)
        .provider("one", &provider)
        .line("logout_params = { ui_locales = \"de\", logout_hint = \"a&b\", empty = \"\" }")
        .line("[auth.logout_params]\nlogout_hint = \"shared\"\nkind = 3");
    let mut browser = Browser::new(app(&toml.toml()), ORIGIN);
    browser.get("/auth/login").await;
    let page = browser.step(Visit::get(browser.url("/auth/logout"))).await;
    let url = Url::parse(page.location().unwrap()).unwrap();
    let mut query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    query.sort();
    let names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
    let fixed = ["client_id", "post_logout_redirect_uri"];
    assert!(fixed.iter().all(|name| names.contains(name)), "{url}");
    query.retain(|(name, _)| !fixed.contains(&name.as_str()) && name != "id_token_hint");
    let expected = [
        ("kind", "3"),
        ("logout_hint", "a&b"),
        ("tenant", "kept"),
        ("ui_locales", "de"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(query, expected);
}

/// The examples of Streamlit's specification, and values that no claim can fill.
///
/// Source: Streamlit, "Configurable OIDC logout parameters".
#[tokio::test]
async fn logout_templates_are_filled_with_claims() {
    let callback = ("post_logout_redirect_uri", CALLBACK);
    let (client, hint) = (("client_id", "app"), ("id_token_hint", "<ID token>"));
    let cases: [(&str, &[(&str, &str)]); 8] = [
        (
            "logout_hint = \"{email}\"",
            &[client, hint, ("logout_hint", "ada@example.org"), callback],
        ),
        (
            "redirect_uri = \"{post_logout_redirect_uri}\", post_logout_redirect_uri = \"\", id_token_hint = \"\"",
            &[client, ("redirect_uri", CALLBACK)],
        ),
        (
            "returnTo = \"{post_logout_redirect_uri}\", post_logout_redirect_uri = \"\", id_token_hint = \"\", audience = \"{sub}\", federated = \"true\"",
            &[
                ("audience", "ada"),
                client,
                ("federated", "true"),
                ("returnTo", CALLBACK),
            ],
        ),
        (
            "token = \"{id_token_hint}\", id_token_hint = \"\"",
            &[client, callback, ("token", "<ID token>")],
        ),
        (
            "client_id = \"{client_id}-2\"",
            &[("client_id", "app-2"), hint, callback],
        ),
        // Neither a missing claim nor one with several values can be sent.
        (
            "a = \"{absent}\", b = \"x{absent}\", c = \"{groups}\", d = \"{email_verified}\"",
            &[client, ("d", "true"), hint, callback],
        ),
        // Not a template.
        (
            "a = \"{}\", b = \"{email\", c = \"{ email }\", d = { e = \"{email}\" }",
            &[
                ("a", "{}"),
                ("b", "{email"),
                ("c", "{ email }"),
                client,
                ("d", "{\"e\":\"ada@example.org\"}"),
                hint,
                callback,
            ],
        ),
        (
            "post_logout_redirect_uri = \"https://app.example/bye?a&b\"",
            &[
                client,
                hint,
                ("post_logout_redirect_uri", "https://app.example/bye?a&b"),
            ],
        ),
    ];
    for (params, expected) in cases {
        let line = format!("logout_params = {{ {params} }}");
        let (provider, mut browser) = ada(|secrets| secrets.auth(&line)).await;
        let id_token = provider.issued().pop().unwrap();
        let page = browser.step(Visit::get(browser.url("/auth/logout"))).await;
        let location = page.location().unwrap().replace(&id_token, "<ID token>");
        let url = Url::parse(&location).unwrap();
        let mut query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        query.sort();
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(query, expected, "{params}");
    }
}

/// An ID token that no logout sends takes no space in the cookies.
#[tokio::test]
async fn removed_id_token_hint_is_not_stored() {
    for (params, is_stored) in [
        ("", true),
        ("id_token_hint = \"\"", false),
        ("id_token_hint = \"\", hint = \"{id_token_hint}\"", true),
    ] {
        let line = format!("logout_params = {{ {params} }}");
        let (_provider, mut browser) = ada(|secrets| secrets.auth(&line)).await;
        let names = browser.jar.names();
        let stored = names.iter().any(|name| name.contains("tokens"));
        assert_eq!(stored, is_stored, "{params}: {names:?}");
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
async fn logout_works_while_provider_is_down() {
    let answers = [
        Some(Behaviour::Hang),
        Some(Behaviour::Drip),
        Some(Behaviour::HangUp),
        Some(Behaviour::Cut),
        Some(Behaviour::Html(500)),
        Some(Behaviour::Json(200, serde_json::json!({}))),
        Some(Behaviour::Redirect(302, "https://evil.example/".to_owned())),
        None,
    ];
    let (provider, browser) = ada(|secrets| secrets).await;
    for (case, answer) in answers.into_iter().enumerate() {
        match answer {
            Some(answer) => provider.set(|f| f.discovery = answer),
            None => provider.stop().await,
        }
        for path in ["/auth/logout", "/logout"] {
            let mut browser = browser.clone();
            // Another instance without cached documents.
            browser.serve(app(&secrets(&provider).toml()), ORIGIN);
            // The clock of the runtime advances, so this is independent of the speed of the
            // machine.
            tokio::time::pause();
            let start = tokio::time::Instant::now();
            let page = browser.step(Visit::get(browser.url(path))).await;
            let waited = start.elapsed();
            tokio::time::resume();
            assert!(waited <= Duration::from_millis(1001), "{case} {waited:?}");
            assert_eq!(
                (page.status.as_u16(), page.location()),
                (303, Some("/")),
                "{case}"
            );
            assert_eq!(browser.jar.names(), [""; 0]);
        }
    }
}

/// A stale document is used for the logout, whatever the provider returns now.
#[tokio::test]
async fn logout_uses_stale_document_during_outage() {
    for outage in [
        Behaviour::Hang,
        Behaviour::Drip,
        Behaviour::HangUp,
        Behaviour::Html(500),
    ] {
        let (provider, mut browser) = ada(|secrets| secrets).await;
        provider.set(|f| f.discovery = outage);
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(3600)).await;
        tokio::time::resume();
        let page = browser.step(Visit::get(browser.url("/auth/logout"))).await;
        let location = page.location().unwrap();
        assert!(location.starts_with(&provider.url("/logout?")), "{page:?}");
    }
}

/// A logout that does not wait for a slow provider lets the fetch complete for the next one.
#[tokio::test]
async fn next_logout_uses_fetch_of_previous_one() {
    let (provider, mut browser) = ada(|secrets| secrets).await;
    let late = Behaviour::After(Duration::from_secs(3));
    provider.set(|f| f.discovery = late);
    // Another instance without cached documents.
    browser.serve(app(&secrets(&provider).toml()), ORIGIN);
    let logout = Visit::get(browser.url("/auth/logout"));
    let mut first = browser.clone();
    let waiting = {
        let logout = logout.clone();
        tokio::spawn(async move { first.step(logout).await })
    };
    while provider.count("discovery") == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(1)).await;
    tokio::time::resume();
    assert_eq!(waiting.await.unwrap().location(), Some("/"));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();

    let leads_to_provider = |page: &support::Page| {
        let location = page.location().unwrap_or_default();
        location.starts_with(&provider.url("/logout?"))
    };
    while !leads_to_provider(&browser.clone().step(logout.clone()).await) {
        assert_eq!(provider.count("discovery"), 1);
    }
    assert_eq!(provider.count("discovery"), 1);
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
        AuthLayer::from_toml(&support::Secrets::new(ORIGIN).provider("one", &one).toml()).unwrap();
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
