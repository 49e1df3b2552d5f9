//! The authorization request, and the requests that may start a login.

use std::collections::{BTreeMap, HashSet};

use axum::http::Method;
use url::Url;

use support::{
    Browser, Log, Mode, ORIGIN, Provider, Secrets, TestApp, Visit, app, call, get, secrets, text,
    two_providers,
};

#[tokio::test]
async fn authorization_request_has_state_nonce_and_pkce() {
    let mut test_app = TestApp::new().await;

    let url = test_app.start("/auth/login").await.url;

    assert!(
        url.as_str()
            .starts_with(&test_app.provider.url("/authorize?"))
    );
    let mut sent = parameters(&url);
    let random = ["state", "nonce", "code_challenge"].map(|name| sent.remove(name).unwrap());
    assert_eq!(random.map(|value| value.len()), [43; 3]);
    let fixed = [
        ("client_id", "app"),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
        ("redirect_uri", "http://localhost:8501/oauth2callback"),
        ("response_type", "code"),
        ("scope", "openid profile email"),
    ];
    assert_eq!(
        sent,
        BTreeMap::from(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())))
    );
    test_app.sign_in("ada").await;
}

#[tokio::test]
async fn client_kwargs_reach_the_provider() {
    let kwargs = r#"client_kwargs = { scope = "email", prompt = "login", login_hint = "ada+1@example.org", max_age = 3600,
        acr_values = "a b", ui_locales = "de", show_hint = true, response_mode = "query", timeout = 3, verify = false, leeway = 9, claims = { id_token = { acr = { essential = true } } } }"#
        .replace('\n', " ");
    let log = Log::start();
    let mut app = TestApp::with_secrets(|secrets| secrets.auth(&kwargs)).await;

    let sent = parameters(&app.start("/auth/login").await.url);

    // Options of Streamlit's HTTP client. This crate has its own limits.
    for name in ["timeout", "verify", "leeway"] {
        let key = format!("key=\"auth.client_kwargs.{name}\"");
        let mut warnings = log.warnings().into_iter();
        assert!(warnings.any(|(_, text)| text.contains(&key)), "{name}");
        assert_eq!(sent.get(name), None);
    }
    for (name, value) in [
        ("scope", "openid email"),
        ("prompt", "login"),
        ("login_hint", "ada+1@example.org"),
        ("max_age", "3600"),
        ("acr_values", "a b"),
        ("ui_locales", "de"),
        ("show_hint", "true"),
        ("response_mode", "query"),
        ("claims", r#"{"id_token":{"acr":{"essential":true}}}"#),
    ] {
        assert_eq!(
            sent.get(name).map(String::as_str),
            Some(value),
            "{name} of {sent:?}"
        );
    }
    app.sign_in("ada").await;
}

#[tokio::test]
async fn login_returns_to_the_requested_page() {
    let mut app = TestApp::new().await;
    for (path, landed) in [
        ("/auth/login", "/"),
        ("/auth/login?next=%2Freport", "/report"),
        ("/auth/login/default?next=/me?a=1%26a=2", "/me?a=1&a=2"),
        ("/login", "/login"),
        ("/report?year=2026&q=%C3%BC", "/report?year=2026&q=%C3%BC"),
    ] {
        app.browser.jar.clear();
        let callback = app.callback_from(path).await;
        let page = app.browser.step(callback).await;
        assert_eq!(page.location(), Some(landed), "{path}");
    }
    assert_eq!(app.provider.violations(), [""; 0]);
}

#[tokio::test]
async fn login_uses_default_provider_or_sign_in_page() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let both = secrets(&one).provider("two", &two);
    let mut browser = Browser::new(app(&both.toml()), ORIGIN);
    let to_default = browser.step(Visit::get(browser.url("/auth/login"))).await;
    assert!(to_default.location().unwrap().starts_with(one.origin()));
    let named = browser
        .step(Visit::get(browser.url("/auth/login/two")))
        .await;
    assert!(named.location().unwrap().starts_with(two.origin()));

    let only = Secrets::new(ORIGIN).provider("two", &two);
    let mut browser = Browser::new(app(&only.toml()), ORIGIN);
    let to_only = browser.step(Visit::get(browser.url("/auth/login"))).await;
    assert!(to_only.location().unwrap().starts_with(two.origin()));

    let mut browser = Browser::new(app(&two_providers(&one, &two).toml()), ORIGIN);
    let choice = browser.get("/auth/login?next=/report").await;
    assert_eq!(
        (choice.status.as_u16(), choice.set_cookies().len()),
        (200, 0)
    );
    for part in [
        r#"action="/auth/login/one""#,
        r#"action="/auth/login/two""#,
        r#"value="/report""#,
    ] {
        assert!(choice.text().contains(part), "{choice:?}");
    }
}

/// Each value has at least 128 bits and is unique. Only `state` is in the attempt cookie.
#[tokio::test]
async fn state_nonce_and_challenge_never_repeat() {
    const STARTS: usize = 1000;
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    let mut seen = HashSet::new();
    for _ in 0..STARTS {
        let response = call(&app, get("/auth/login")).await;
        let location = response.headers()["location"].to_str().unwrap();
        let mut sent = parameters(&Url::parse(location).unwrap());
        for name in ["state", "nonce", "code_challenge"] {
            let value = sent.remove(name).unwrap();
            assert!(value.len() >= 128 / 6, "{name}");
            seen.insert(value);
        }
    }
    assert_eq!(seen.len(), 3 * STARTS);
    assert_eq!(provider.count("discovery"), 1);
}

#[tokio::test]
async fn pkce_is_used_without_discovery_support() {
    let mut app = TestApp::new().await;
    app.provider
        .set(|f| f.metadata.remove("code_challenge_methods_supported"));

    let sent = parameters(&app.start("/auth/login").await.url);

    assert_eq!(sent["code_challenge_method"], "S256");
    // The provider compares verifier and challenge.
    app.sign_in("ada").await;
}

/// Neither the link nor the query of the endpoint can set a protocol parameter, and none is
/// repeated.
#[tokio::test]
async fn parameters_cannot_be_injected() {
    let mut app = TestApp::new().await;
    let endpoint = app
        .provider
        .url("/authorize?scope=evil&state=evil&tenant=t1");
    app.provider
        .set(|f| f.metadata.set("authorization_endpoint", endpoint));
    let expected = parameters(&app.start("/auth/login").await.url);

    let smuggled =
        "redirect_uri=https://evil.example/&scope=evil&state=evil&prompt=none&client_id=evil";
    let next = "%2Freport%3Fa%3D1%26scope%3Devil%23%26prompt%3Dnone";
    let sent = parameters(
        &app.start(&format!("/auth/login/default?{smuggled}&next={next}"))
            .await
            .url,
    );

    for (name, value) in expected {
        if !["state", "nonce", "code_challenge"].contains(&name.as_str()) {
            assert_eq!(sent[&name], value, "{name}");
        }
    }
    assert_eq!((sent["tenant"].as_str(), sent.len()), ("t1", 10));
    assert!(
        !sent.values().any(|value| value.contains("evil")),
        "{sent:?}"
    );
}

#[tokio::test]
async fn subresources_and_prefetches_do_not_start_login() {
    let mut app = TestApp::new().await;
    let login = Visit::get(app.browser.url("/auth/login"));
    for visit in [
        login.clone().mode(Mode::Frame),
        login.clone().mode(Mode::NoCors),
        login.clone().mode(Mode::Cors),
        login.clone().header("sec-fetch-dest", "script"),
        login.clone().header("sec-purpose", "prefetch"),
        login.clone().header("sec-purpose", "prefetch;prerender"),
        login.clone().header("purpose", "prefetch"),
        login.clone().header("x-moz", "prefetch"),
    ] {
        let page = app.browser.step(visit.clone()).await;
        assert!([503, 403].contains(&page.status.as_u16()), "{visit:?}");
        assert_eq!((page.location(), page.set_cookies()), (None, vec![]));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    assert_eq!(app.provider.all_requests().len(), 0);
    assert_eq!(app.browser.step(login).await.status.as_u16(), 303);
}

#[tokio::test]
async fn unknown_provider_is_not_echoed() {
    let provider = Provider::start().await;
    let secrets = Secrets::new(ORIGIN).provider("google", &provider);
    let app = app(&secrets.toml());
    let long = "canary".repeat(800);
    for name in [
        "%2e%2e",
        "..",
        "GOOGLE",
        "google//",
        "google/x",
        "/",
        "%67oogle",
        &long,
        "%00",
        "%ff",
        "canary<script>alert(1)</script>",
        "canary%22%3E",
    ] {
        let uri = format!("/auth/login/{name}").replace(['<', '>'], "%3C");
        let response = call(&app, get(&uri)).await;

        assert_eq!(response.status().as_u16(), 404, "{name}");
        assert!(!response.headers().contains_key("set-cookie"), "{name}");
        let page = text(response).await.to_lowercase();
        assert!(
            !page.contains("canary") && !page.contains("google"),
            "{page}"
        );
    }
    assert_eq!(provider.all_requests().len(), 0);
}

#[tokio::test]
async fn only_get_starts_a_login() {
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let mut request = get("/auth/login");
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        let response = call(&app, request).await;
        assert_eq!(response.status().as_u16(), 405, "{method}");
        assert_eq!(response.headers()["allow"], "GET, HEAD");
        assert!(!response.headers().contains_key("set-cookie"));
    }
    assert_eq!(provider.all_requests().len(), 0);
}

/// All parameters. Fails if a name is repeated.
pub(super) fn parameters(url: &Url) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    for (name, value) in url.query_pairs().into_owned() {
        let twice = parameters.insert(name, value);
        assert_eq!(twice, None, "{url}");
    }
    parameters
}
