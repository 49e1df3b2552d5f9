//! Presets: the required keys, and the diagnostics for missing or invalid ones.

use axum::http::{StatusCode, header::LOCATION};
use axum_streamlit_auth::AuthLayer;
use insta::assert_snapshot;
use tower::{Layer, ServiceExt, service_fn};

use support::{COOKIE_SECRET, Provider};

fn faults(toml: &str) -> Vec<String> {
    let error = AuthLayer::from_toml(toml).expect_err(toml);
    error
        .diagnostics()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn with(table: &str) -> String {
    format!("[auth]\ncookie_secret = \"{COOKIE_SECRET}\"\n\n{table}")
}

const CLIENT: &str = "client_id = \"app\"\nclient_secret = \"a-client-secret\"\n";

#[test]
fn preset_needs_two_lines_on_localhost() {
    for toml in [
        format!(
            "auth.cookie_secret = \"{COOKIE_SECRET}\"\nauth.google = {{ client_id = \"app\", client_secret = \"a-client-secret\" }}\n"
        ),
        format!(
            "[auth]\ncookie_secret = \"{COOKIE_SECRET}\"\ngoogle = {{ client_id = \"app\", client_secret = \"a-client-secret\" }}\n"
        ),
        with(&format!("[auth.Google]\n{CLIENT}")),
    ] {
        let auth = AuthLayer::from_toml(&toml).unwrap();
        assert_eq!(auth.listen_address(), "localhost:8501");
    }
}

#[test]
fn long_form_requires_redirect_uri() {
    let url =
        "server_metadata_url = \"https://accounts.google.com/.well-known/openid-configuration\"\n";
    for toml in [
        with(&format!("[auth.google]\n{CLIENT}{url}")),
        with(&format!("[auth.lab]\n{CLIENT}{url}")),
        format!("{}{CLIENT}{url}", with("")),
    ] {
        let error = AuthLayer::from_toml(&toml).expect_err(&toml);
        let found: Vec<_> = error
            .diagnostics()
            .iter()
            .map(|fault| (fault.key(), fault.line()))
            .collect();
        assert_eq!(found, [("auth.redirect_uri", Some(1))], "{error}");
    }
    // A preset without redirect_uri implies an app on this computer.
    let both = with(&format!(
        "[auth.lab]\n{CLIENT}{url}\n[auth.gitlab]\n{CLIENT}"
    ));
    AuthLayer::from_toml(&both).unwrap();
}

#[test]
fn preset_reports_missing_or_invalid_key() {
    let microsoft = |line: &str| faults(&with(&format!("[auth.microsoft]\n{CLIENT}{line}")));
    let lines = ["", "tenant = \"{tenant}\"\n", "tennant = \"common\"\n"];
    let errors: Vec<String> = lines.into_iter().flat_map(microsoft).collect();
    assert_snapshot!(errors.join("\n"));
    for (table, keys) in [
        ("okta", "domain"),
        ("auth0", "domain"),
        ("keycloak", "url realm"),
        ("cognito", "region pool"),
        ("authentik", "url slug"),
        ("zitadel", "domain"),
        ("dex", "url"),
        ("ENTRA", "tenant"),
    ] {
        let keys: Vec<&str> = keys.split(' ').collect();
        let missing = faults(&with(&format!("[auth.{table}]\n{CLIENT}")));
        assert_eq!(missing.len(), keys.len(), "{missing:?}");
        for (fault, key) in missing.iter().zip(&keys) {
            assert!(
                fault.contains(&format!("auth.{table}.{key}: missing")),
                "{fault}"
            );
        }
        for unfit in ["", " ", "<your value>", "a b", "xxx", "a?b", "a#b", "ä"] {
            let lines: String = keys
                .iter()
                .map(|key| format!("{key} = {unfit:?}\n"))
                .collect();
            let found = faults(&with(&format!("[auth.{table}]\n{CLIENT}{lines}")));
            assert_eq!(found.len(), keys.len(), "{unfit} {found:?}");
        }
    }
    for (table, line) in [
        ("okta", "domain = \"https://acme.okta.com\""),
        ("okta", "domain = \"acme.okta.com/\""),
        ("okta", "domain = 1"),
        ("auth0", "domain = \"user@acme.eu.auth0.com\""),
        ("okta", "domain = \"acme..okta.com\""),
        ("gitlab", "url = \"git.example.com\""),
        ("gitlab", "url = \"https://git.example.com/?x\""),
        ("gitlab", "url = \"https://git.example.com/#x\""),
        ("microsoft", "tenant = \"a/b\""),
        ("gitlab", "url = \"http://git.example.com\""),
        ("dex", "url = \"ftp://dex.example.com\""),
    ] {
        let found = faults(&with(&format!("[auth.{table}]\n{CLIENT}{line}\n")));
        assert!(
            found.len() == 1 && found[0].starts_with("line 7: "),
            "{found:?}"
        );
    }
}

#[test]
fn preset_keys_are_unknown_elsewhere() {
    let found = faults(&with(&format!(
        "[auth.google]\n{CLIENT}tenant = \"common\"\n"
    )));
    assert!(
        found[0].contains("auth.google.tenant: unknown key"),
        "{found:?}"
    );
}

/// The parts of a preset are used in a login request. The test provider stands in for Dex.
#[tokio::test]
async fn preset_provider_starts_login() {
    let provider = Provider::start().await;
    let toml = with(&format!(
        "[auth.dex]\n{CLIENT}url = \"{}\"\n",
        provider.issuer()
    ));
    let auth = AuthLayer::from_toml(&toml).unwrap();
    let app = auth.layer(service_fn(|_| async {
        Ok::<_, std::convert::Infallible>(axum::response::Response::new(axum::body::Body::empty()))
    }));

    let response = app.oneshot(support::get("/auth/login/dex")).await.unwrap();

    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = response.headers()[LOCATION].to_str().unwrap();
    assert!(
        location.starts_with(&provider.url("/authorize?"))
            && location.contains("redirect_uri=http%3A%2F%2Flocalhost%3A8501%2Foauth2callback"),
        "{location}"
    );
}

/// Returns the URL to which a login at `path` redirects.
async fn login_url(toml: &str, path: &str) -> String {
    let app = AuthLayer::from_toml(toml)
        .unwrap()
        .layer(service_fn(|_| async {
            Ok::<_, std::convert::Infallible>(axum::response::Response::new(
                axum::body::Body::empty(),
            ))
        }));
    let response = app.oneshot(support::get(path)).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER, "{toml}");
    response.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// The key also applies to the default provider and to a second provider of the same kind. Their
/// names select no preset.
#[tokio::test]
async fn preset_key_selects_preset_for_any_name() {
    let provider = Provider::start().await;
    let (url, start) = (provider.issuer(), provider.url("/authorize?"));
    let named = with(&format!(
        "[auth.staff]\n{CLIENT}preset = \"dex\"\nurl = \"{url}\"\n"
    ));
    // The name of another preset does not matter.
    let renamed = named.replace("auth.staff", "auth.google");
    let default = with(&format!("{CLIENT}preset = \"DEX\"\nurl = \"{url}\"\n"));
    for (toml, path) in [
        (named, "/auth/login/staff"),
        (renamed, "/auth/login/google"),
        (default, "/auth/login"),
    ] {
        let log = support::Log::start();
        assert!(login_url(&toml, path).await.starts_with(&start), "{toml}");
        assert_eq!(log.warnings(), [], "{toml}");
    }
}

#[test]
fn preset_key_reports_unknown_preset_once() {
    let lines = [
        "preset = \"keyclock\"",
        "preset = \"nextcloud\"",
        "preset = \"\"",
        "preset = true",
        "preset = \"google\"\ntenant = \"common\"",
    ];
    let found: Vec<String> = lines
        .iter()
        .flat_map(|line| faults(&with(&format!("[auth.staff]\n{CLIENT}{line}\n"))))
        .collect();
    assert_snapshot!(found.join("\n"));
    assert_eq!(found.len(), lines.len());
}

/// Without PKCE and without a secret, a code alone would be enough to log in.
#[test]
fn public_client_is_refused_at_linkedin() {
    let public = "client_id = \"app\"\nclient_kwargs = { token_endpoint_auth_method = \"none\" }\n";
    let found = faults(&with(&format!("[auth.linkedin]\n{public}")));
    assert!(found[0].contains("does not support PKCE"), "{found:?}");
    assert_eq!(found.len(), 1, "{found:?}");
    AuthLayer::from_toml(&with(&format!("[auth.linkedin]\n{CLIENT}"))).unwrap();
}
