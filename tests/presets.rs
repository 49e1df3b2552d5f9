//! Providers known by their table's name: what has to be written, and what is said if it is not.

mod support;

use axum::http::{StatusCode, header::LOCATION};
use axum_streamlit_auth::AuthLayer;
use tower::{Layer, ServiceExt, service_fn};

use support::{COOKIE_SECRET, Provider};

fn faults(toml: &str) -> Vec<String> {
    let error = AuthLayer::from_toml(toml).expect_err(toml);
    error.faults().iter().map(ToString::to_string).collect()
}

fn with(table: &str) -> String {
    format!("[auth]\ncookie_secret = \"{COOKIE_SECRET}\"\n\n{table}")
}

const CLIENT: &str = "client_id = \"app\"\nclient_secret = \"a-client-secret\"\n";

#[test]
fn two_lines_are_a_whole_configuration_on_this_machine() {
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
        assert_eq!(auth.authority(), "localhost:8501");
    }
}

#[test]
fn the_long_form_still_states_its_redirect_uri() {
    let url =
        "server_metadata_url = \"https://accounts.google.com/.well-known/openid-configuration\"\n";
    let missing = "line 1: `auth.redirect_uri` is missing. Add to `[auth]`: redirect_uri = \"http://localhost:8501/oauth2callback\"";
    for toml in [
        with(&format!("[auth.google]\n{CLIENT}{url}")),
        with(&format!("[auth.lab]\n{CLIENT}{url}")),
        format!("{}{CLIENT}{url}", with("")),
    ] {
        assert_eq!(faults(&toml), [missing]);
    }
    // One provider by its name makes it an app of this machine.
    let both = with(&format!(
        "[auth.lab]\n{CLIENT}{url}\n[auth.gitlab]\n{CLIENT}"
    ));
    AuthLayer::from_toml(&both).unwrap();
}

#[test]
fn a_missing_or_unfit_key_is_a_fault_of_its_own() {
    let microsoft = |line: &str| faults(&with(&format!("[auth.microsoft]\n{CLIENT}{line}")));
    assert_eq!(
        microsoft(""),
        [
            "line 4: `auth.microsoft.tenant` is missing: the address of Microsoft follows from it. \
          Add to `[auth.microsoft]`: tenant = \"00000000-0000-0000-0000-000000000000\", with your own value."
        ]
    );
    assert_eq!(
        microsoft("tenant = \"{tenant}\"\n"),
        ["line 7: `auth.microsoft.tenant` is still a placeholder. \
          Write it like this: tenant = \"00000000-0000-0000-0000-000000000000\""]
    );
    assert_eq!(
        microsoft("tennant = \"common\"\n")[1],
        "line 7: `auth.microsoft.tennant` is not a known key. Did you mean `tenant`?"
    );
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
                fault.contains(&format!("`auth.{table}.{key}` is missing")),
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
fn a_key_of_one_provider_is_unknown_to_the_others() {
    let found = faults(&with(&format!(
        "[auth.google]\n{CLIENT}tenant = \"common\"\n"
    )));
    assert!(
        found[0].contains("`auth.google.tenant` is not a known key"),
        "{found:?}"
    );
}

/// A preset's parts are used for real: Dex stands where the test provider is.
#[tokio::test]
async fn a_known_provider_is_signed_in_at() {
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
