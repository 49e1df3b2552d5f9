//! Mix-up: a provider of the app obtains the codes of another one. RFC 9700, section 4.4.

use axum_streamlit_auth::AuthLayer;
use serde_json::json;
use url::Url;

use support::{Auth, ORIGIN, Provider, Secrets, TestApp, Visit, query::parameter};

const PUBLIC: &str = "client_kwargs = { token_endpoint_auth_method = \"none\" }";
const OWN: &str = "redirect_uri = \"http://localhost:8501/oauth2callback/one\"";
const IN_RESPONSE: &str = "authorization_response_iss_parameter_supported";

/// A provider that does not send `iss` in its responses.
async fn silent() -> Provider {
    let provider = Provider::start().await;
    provider.set(|f| {
        f.metadata.remove(IN_RESPONSE);
        f.callback.remove("iss");
    });
    provider
}

/// As [`silent`], for a public client.
async fn silent_public() -> Provider {
    let provider = silent().await;
    provider.client(|client| client.auth = Auth::None);
    provider
}

/// secrets.toml with the provider `one`, which has `lines` in its table, and the provider `two`.
fn two_with(one: &Provider, lines: &[&str], two: &Provider) -> Secrets {
    let mut secrets = Secrets::new(ORIGIN).provider("one", one);
    for line in lines {
        secrets = secrets.line(line);
    }
    one.client(|client| {
        let own = format!("{ORIGIN}/oauth2callback/one");
        client.redirect_uris.push(own);
    });
    secrets.provider("two", two)
}

#[tokio::test]
async fn public_client_without_issuer_is_refused_at_start() {
    for value in [
        None,
        Some(json!(false)),
        Some(json!("true")),
        Some(json!(1)),
    ] {
        let (one, two) = (silent_public().await, Provider::start().await);
        if let Some(value) = value {
            one.set(|f| f.metadata.set(IN_RESPONSE, value));
        }
        let secrets = two_with(&one, &[PUBLIC], &two);
        let mut app = TestApp::with_provider(one, &secrets, ORIGIN);
        let login = Visit::get(app.browser.url("/auth/login/one"));
        let page = app.assert_rejected(login, "redirect_uri_shared").await;
        for part in [
            "<code>auth.one.redirect_uri</code>",
            "Paste into <code>[auth.one]</code>",
        ] {
            assert!(page.text().contains(part), "{part}: {page:?}");
        }
        let line = OWN.replace('"', "&quot;");
        assert!(page.text().contains(&line), "{page:?}");
        assert_eq!(app.provider.count("authorize"), 0);
        assert_eq!(app.browser.get("/auth/login/two").await.text(), "ada");
    }
}

#[tokio::test]
async fn default_public_client_is_refused_at_start() {
    let (one, two) = (silent_public().await, Provider::start().await);
    let secrets = support::secrets(&one).auth(PUBLIC).provider("two", &two);
    let mut app = TestApp::with_provider(one, &secrets, ORIGIN);
    let login = Visit::get(app.browser.url("/auth/login"));
    let page = app.assert_rejected(login, "redirect_uri_shared").await;
    // The redirect URI of the default provider is the shared one, so the other provider needs its
    // own.
    for part in [
        "<code>auth.two.redirect_uri</code>",
        "Paste into <code>[auth.two]</code>",
        "/oauth2callback/two&quot;</pre>",
    ] {
        assert!(page.text().contains(part), "{part}: {page:?}");
    }

    // With its own redirect URI, the other provider no longer shares one.
    let two_own = "redirect_uri = \"http://localhost:8501/oauth2callback/two\"";
    let auth = AuthLayer::from_toml(&secrets.line(two_own).toml()).unwrap();
    app.browser.serve(support::app_with(auth), ORIGIN);
    assert_eq!(app.browser.get("/auth/login").await.text(), "ada");
}

#[tokio::test]
async fn safe_configurations_are_not_refused() {
    let named = Provider::start().await;
    named.client(|client| client.auth = Auth::None);
    let two = Provider::start().await;
    let confidential = silent().await;
    let only = silent_public().await;
    let own = silent_public().await;
    let confidential_own = silent().await;
    for (secrets, provider) in [
        (two_with(&named, &[PUBLIC], &two), named),
        (two_with(&confidential, &[], &two), confidential),
        (
            Secrets::new(ORIGIN).provider("one", &only).line(PUBLIC),
            only,
        ),
        (two_with(&own, &[PUBLIC, OWN], &two), own),
        (two_with(&confidential_own, &[OWN], &two), confidential_own),
    ] {
        let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
        let page = app.browser.get("/auth/login/one?next=/report").await;
        assert_eq!((page.text().as_str(), page.path()), ("ada", "/report"));
        assert_eq!(app.provider.violations(), [""; 0]);
    }
}

#[tokio::test]
async fn own_redirect_uri_is_sent_everywhere() {
    let (one, two) = (silent_public().await, Provider::start().await);
    let secrets = two_with(&one, &[PUBLIC, OWN], &two);
    one.client(|client| client.redirect_uris = vec![format!("{ORIGIN}/oauth2callback/one")]);
    let mut app = TestApp::with_provider(one, &secrets, ORIGIN);
    let callback = app.callback_from("/auth/login/one").await;
    assert_eq!(callback.url.path(), "/oauth2callback/one");
    assert_eq!(app.browser.follow(callback).await.text(), "ada");
    assert_eq!(app.provider.violations(), [""; 0]);

    let page = app.browser.post("/auth/logout", &[]).await;
    let back = page
        .hops
        .iter()
        .find(|hop| hop.url.path().ends_with("logout") && hop.url.port() != Some(8501));
    let back = parameter(&back.unwrap().url, "post_logout_redirect_uri");
    assert_eq!(back, format!("{ORIGIN}/oauth2callback/one"));
    assert_eq!(page.text(), "nobody");
}

/// The attack: the login starts at `two`, and the code comes from `one`.
#[tokio::test]
async fn response_at_another_redirect_uri_is_refused() {
    let (one, two) = (silent_public().await, silent().await);
    let secrets = two_with(&one, &[PUBLIC, OWN], &two);
    let mut app = TestApp::with_provider(one, &secrets, ORIGIN);
    for (login, path) in [
        ("/auth/login/two", "/oauth2callback/one"),
        ("/auth/login/two", "/oauth2callback/one/"),
        ("/auth/login/one", "/oauth2callback"),
    ] {
        let start = app.start(login).await;
        let state = parameter(&start.url, "state");
        let mut url: Url = app.browser.url(path);
        url.query_pairs_mut()
            .append_pair("state", &state)
            .append_pair("code", "stolen");
        let detail = app.rejection_log(Visit::get(url), "issuer_mismatch").await;
        assert!(
            detail.contains("redirect URI of another provider"),
            "{detail}"
        );
    }
    assert_eq!((app.provider.count("token"), two.count("token")), (0, 0));
}

#[tokio::test]
async fn own_redirect_uri_without_parameters_leads_home() {
    let (one, two) = (silent_public().await, Provider::start().await);
    let secrets = two_with(&one, &[PUBLIC, OWN], &two);
    let mut app = TestApp::with_provider(one, &secrets, ORIGIN);
    for path in ["/oauth2callback/one", "/oauth2callback/one/"] {
        let visit = Visit::get(app.browser.url(path));
        app.assert_redirected_home(visit).await;
    }
    // Without `redirect_uri` in its table, a provider has no callback path, and the path belongs to
    // the app.
    for path in [
        "/oauth2callback/two",
        "/oauth2callback/three",
        "/oauth2callback/one/x",
    ] {
        let page = app.browser.get(path).await;
        assert_eq!(
            (page.status.as_u16(), page.header("cache-control")),
            (404, None),
            "{path}"
        );
    }
}

#[tokio::test]
async fn redirect_uri_below_base_path_works() {
    let (one, two) = (silent_public().await, Provider::start().await);
    let base = "https://app.example/app";
    let own = format!("{base}/oauth2callback/one");
    let toml = Secrets::new(base)
        .provider("one", &one)
        .line(PUBLIC)
        .line(&format!("redirect_uri = {own:?}"))
        .provider("two", &two)
        .toml();
    one.client(|client| client.redirect_uris = vec![own]);
    let auth = AuthLayer::from_toml(&toml).unwrap();
    let app = support::app_below("/app", auth);
    let mut browser = support::Browser::new(app, base);
    assert_eq!(browser.get("/app/auth/login/one").await.text(), "ada");
    assert_eq!(one.violations(), [""; 0]);
}

#[tokio::test]
async fn wrong_redirect_uris_are_reported() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    for wrong in [
        "http://localhost:8501/oauth2callback",
        "http://localhost:8501/oauth2callback/",
        "http://localhost:8501/oauth2callback/two",
        "http://localhost:8501/oauth2callback/One",
        "http://localhost:8501/oauth2callback/one/",
        "http://localhost:8501/oauth2callback/one?x",
        "http://localhost:8501/other/one",
        "http://127.0.0.1:8501/oauth2callback/one",
        "https://localhost:8501/oauth2callback/one",
        "/oauth2callback/one",
        "",
    ] {
        let line = format!("redirect_uri = {wrong:?}");
        let toml = two_with(&one, &[&line], &two).toml();
        let error = AuthLayer::from_toml(&toml).unwrap_err();
        let [fault] = error.diagnostics() else {
            panic!("{wrong}: {error}")
        };
        assert_eq!(fault.key(), "auth.one.redirect_uri", "{wrong}");
        assert!(fault.help().contains(OWN), "{error}");
    }
    let toml = two_with(&one, &[&OWN.replace("_uri", "_url")], &two).toml();
    let error = AuthLayer::from_toml(&toml).unwrap_err().to_string();
    assert!(error.contains("Did you mean `redirect_uri`?"), "{error}");
}
