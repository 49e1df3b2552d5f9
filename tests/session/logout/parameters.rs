//! `logout_params`: the parameters of the logout at the provider.

use url::Url;

use super::{CALLBACK, ada};
use support::{Browser, ORIGIN, Provider, Secrets, Visit, app};

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
async fn id_token_is_not_stored_without_its_parameter() {
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
