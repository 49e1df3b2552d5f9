//! The parameters of one login: from a handler, and from a link.

use std::collections::BTreeMap;

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, Login, Providers};

use super::request::parameters;
use support::{
    Browser, Log, Mode, ORIGIN, Page, Provider, Secrets, Visit, app_with, query::parameter,
    secrets, two_providers,
};

/// An app with the configuration `toml` that returns `login` at `/start`.
fn browser_with(toml: &str, login: Login) -> Browser {
    let auth = AuthLayer::from_toml(toml).unwrap();
    let start = Router::new()
        .route("/start", get(|| async { login }))
        .route(
            "/sign-in",
            get(|providers: Providers| async move { providers[1].login_url(Some("/me")) }),
        )
        .layer(auth.clone());
    Browser::new(app_with(auth).merge(start), ORIGIN)
}

async fn step(browser: &mut Browser, path: &str) -> Page {
    browser.step(Visit::get(browser.url(path))).await
}

/// The parameters of the authorization request that `path` starts.
async fn sent(browser: &mut Browser, path: &str) -> BTreeMap<String, String> {
    let page = step(browser, path).await;
    parameters(&page.next().unwrap_or_else(|| panic!("{page:?}")).url)
}

#[tokio::test]
async fn login_response_sets_parameters_for_one_login() {
    let provider = Provider::start().await;
    let kwargs = r#"client_kwargs = { ui_locales = "en", prompt = "consent", domain_hint = "a" }"#;
    let toml = secrets(&provider).auth(kwargs).toml();
    let login = Login::new()
        .param("ui_locales", "de")
        .param("domain_hint", "")
        .login_hint("ada+1@example.org&state=x")
        .prompt("login consent");
    let shown = format!("{login:?}");
    assert!(!shown.contains("example.org"), "{shown}");
    let mut browser = browser_with(&toml, login);

    let start = sent(&mut browser, "/start").await;

    for (name, value) in [
        ("ui_locales", Some("de")),
        ("domain_hint", None),
        ("login_hint", Some("ada+1@example.org&state=x")),
        ("prompt", Some("login consent")),
    ] {
        assert_eq!(start.get(name).map(String::as_str), value, "{name}");
    }
    // The next login has the configured values again.
    let next = sent(&mut browser, "/auth/login").await;
    assert_eq!((&*next["ui_locales"], &*next["prompt"]), ("en", "consent"));
    assert_eq!((&*next["domain_hint"], next.get("login_hint")), ("a", None));
}

/// A provider sends `auth_time` because of `max_age`, not because of `prompt=login`.
#[tokio::test]
async fn smaller_max_age_is_sent() {
    for (kwargs, param, expected) in [
        ("max_age = 300", ("max_age", "60"), Some("60")),
        ("max_age = 300", ("max_age", "3600"), Some("300")),
        ("max_age = 300", ("max_age", ""), Some("300")),
        ("", ("max_age", "60"), Some("60")),
        ("", ("max_age", ""), None),
        ("", ("prompt", "login"), Some("0")),
        ("", ("prompt", "consent login"), Some("0")),
        ("", ("prompt", "logins"), None),
        ("max_age = 300", ("prompt", "login"), Some("300")),
        ("prompt = \"login\"", ("prompt", "consent"), None),
        ("prompt = \"login\"", ("ui_locales", "de"), Some("0")),
    ] {
        let provider = Provider::start().await;
        let kwargs_line = format!("client_kwargs = {{ {kwargs} }}");
        let toml = secrets(&provider).auth(&kwargs_line).toml();
        let mut browser = browser_with(&toml, Login::new().param(param.0, param.1));
        let start = sent(&mut browser, "/start").await;
        let max_age = start.get("max_age").map(String::as_str);
        assert_eq!(max_age, expected, "{kwargs} {param:?}");
    }
}

#[tokio::test]
async fn protected_parameter_shows_error_page() {
    let provider = Provider::start().await;
    let toml = secrets(&provider).toml();
    let protected = [
        "client_assertion",
        "client_id",
        "client_secret",
        "code_challenge",
        "code_challenge_method",
        "id_token_hint",
        "nonce",
        "redirect_uri",
        "request",
        "request_uri",
        "resource",
        "response_mode",
        "response_type",
        "scope",
        "state",
        "",
    ]
    .map(|name| (name, "canary"));
    let invalid = [
        ("max_age", "canary"),
        ("max_age", "-1"),
        ("max_age", "1.5"),
        ("max_age", "18446744073709551616"),
        ("prompt", "none login"),
        ("prompt", "login none"),
    ];
    for (name, value) in protected.into_iter().chain(invalid) {
        let mut browser = browser_with(&toml, Login::new().param(name, value));
        let log = Log::start();
        let page = step(&mut browser, "/start").await;
        assert_eq!(page.status, 500, "{name}: {page:?}");
        assert_eq!((page.location(), page.set_cookies()), (None, vec![]));
        let warnings = log.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let text = format!("{}{}", warnings[0].1, page.text());
        assert!(text.contains("parameter_refused"), "{text}");
        assert!(text.contains(&format!("`{name}`")), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
    assert_eq!(provider.all_requests().len(), 0);
}

/// Any site can link to a login, so only the configured hints are taken from a link.
#[tokio::test]
async fn links_carry_only_configured_parameters() {
    let link = "/auth/login?login_hint=ada%40example.org&ui_locales=de-AT%20de&max_age=0\
                &prompt=none&acr_values=x&scope=x&state=x&redirect_uri=x";
    for (line, expected) in [
        ("", [None, None]),
        ("login_params = []", [None, None]),
        ("login_params = [\"ui_locales\"]", [None, Some("de-AT de")]),
        (
            "login_params = [\"login_hint\", \"ui_locales\"]",
            [Some("ada@example.org"), Some("de-AT de")],
        ),
    ] {
        let provider = Provider::start().await;
        let toml = secrets(&provider).auth(line).toml();
        let mut browser = browser_with(&toml, Login::new());
        let plain = sent(&mut browser, "/auth/login").await;

        let mut start = sent(&mut browser, link).await;

        let found = ["login_hint", "ui_locales"].map(|name| start.remove(name));
        assert_eq!(found.each_ref().map(Option::as_deref), expected, "{line}");
        assert!(start.keys().eq(plain.keys()), "{start:?}");
        assert_eq!(start["prompt"], "select_account");
        assert_eq!(start["scope"], "openid profile email");
    }
}

/// Values that are not hints, or that are repeated.
#[tokio::test]
async fn invalid_hints_in_links_are_ignored() {
    let provider = Provider::start().await;
    let line = "login_params = [\"login_hint\"]";
    let toml = secrets(&provider).auth(line).toml();
    let mut browser = browser_with(&toml, Login::new());
    let long = "x".repeat(321);
    for (value, expected) in [
        ("", None),
        ("a%00b", None),
        ("a%0D%0Ab", None),
        (long.as_str(), None),
        ("ada&login_hint=eve", Some("ada")),
        ("%FF", Some("\u{fffd}")),
    ] {
        let start = sent(&mut browser, &format!("/auth/login?login_hint={value}")).await;
        let hint = start.get("login_hint").map(String::as_str);
        assert_eq!(hint, expected, "{value}");
    }
}

/// With several providers, the user selects one before the login starts.
#[tokio::test]
async fn parameters_survive_provider_selection() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let hinted = || Login::new().login_hint("ada").param("max_age", "60");
    let own_page = "login_page = \"/sign-in\"";
    for line in ["", own_page] {
        let toml = two_providers(&one, &two).auth(line).toml();
        let mut browser = browser_with(&toml, hinted());
        let choice = browser.get("/start").await;
        let link = if line == own_page {
            choice.text()
        } else {
            let html = choice.text();
            let (_, signed) = html.split_once("name=\"options\" value=\"").unwrap();
            let signed = signed.split('"').next().unwrap();
            let mut link = browser.url("/auth/login/two?next=/me");
            link.query_pairs_mut().append_pair("options", signed);
            link.to_string()
        };
        let start = sent(&mut browser, &link).await;
        assert_eq!((&*start["login_hint"], &*start["max_age"]), ("ada", "60"));
        assert!(choice.path().contains("next="), "{choice:?}");

        // A script receives the same link.
        let visit = Visit::get(browser.url("/start")).mode(Mode::Cors);
        let login = browser.step(visit).await.json()["login"].clone();
        let link = browser.url(login.as_str().unwrap());
        assert!(parameter(&link, "options").len() > 100, "{link}");
    }
}

/// Values of another app, altered values and expired values are ignored, and the login starts
/// without them.
#[tokio::test]
async fn forged_options_are_ignored() {
    let provider = Provider::start().await;
    let toml = secrets(&provider).toml();
    let mut browser = browser_with(&toml, Login::new().prompt("none").login_hint("eve"));
    let visit = Visit::get(browser.url("/start")).mode(Mode::Cors);
    let link = browser.step(visit).await.json()["login"].clone();
    let link = link.as_str().unwrap().to_owned();
    let signed = parameter(&browser.url(&link), "options");
    assert_eq!(sent(&mut browser, &link).await["login_hint"], "eve");

    let other =
        Secrets::cookie_secret(secrets(&provider), "hG3pAe5uKt1BvXoQkV7qT2mZ9xLbR4wYc8NfJ6");
    let other = browser_with(&other.toml(), Login::new());
    let changed = signed.replacen("2|1:0|", "2|1:1|", 1);
    let cut = &signed[..signed.len() - 1];
    for (mut browser, value) in [
        (other, signed.as_str()),
        (browser.clone(), changed.as_str()),
        (browser.clone(), cut),
        (browser.clone(), "{\"parameters\":{\"prompt\":\"none\"}}"),
        (browser.clone(), ""),
    ] {
        let mut link = browser.url("/auth/login");
        link.query_pairs_mut().append_pair("options", value);
        let start = sent(&mut browser, link.as_str()).await;
        assert_eq!(start["prompt"], "select_account", "{value}");
        assert_eq!(start.get("login_hint"), None, "{value}");
    }
}
