//! The doctor at the providers of `../defaults.rs`, and at the one that accepts any client.

use axum_streamlit_auth::Outcome;
use serde_json::json;

use super::{
    assert_reported, check, doctor, findings,
    mistakes::{everywhere, mistake},
    right,
};
use crate::{
    app::Address,
    provider::{CLIENT_SECRET, Kind, Provider},
};

/// No warning and no failure for a valid setup. The report says what only a login can show.
async fn assert_passes(kind: Kind, untold: &[&str]) {
    let address = Address::free();
    let provider = Provider::start(kind, &address).await;
    let default = right(&address, &provider);
    let scoped = right_with_scope(&address, &provider);
    for toml in [
        default.clone(),
        scoped,
        format!("{default}userinfo = true\n"),
    ] {
        let (ok, text) = doctor(&toml, 0o600, false);
        assert!(ok && findings(&text).is_empty(), "{kind:?}:\n{text}");
        let found: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with(&Outcome::Unknown.to_string()))
            .collect();
        assert_eq!(found.len(), untold.len(), "{kind:?}:\n{text}");
        for (found, words) in found.iter().zip(untold) {
            assert!(found.contains(words), "{words}:\n{text}");
        }
    }
}

const LOGOUT: &str = "requires the ID token of a login";

#[tokio::test]
async fn valid_keycloak_setup_passes() {
    assert_passes(Kind::Keycloak, &[]).await;
}

#[tokio::test]
async fn valid_spring_setup_passes() {
    assert_passes(Kind::Spring, &[LOGOUT]).await;
}

#[tokio::test]
#[ignore = "Hydra is built from source: E2E=all"]
async fn valid_hydra_setup_passes() {
    assert_passes(Kind::Hydra, &[LOGOUT]).await;
}

#[tokio::test]
async fn valid_mock_setup_passes() {
    assert_passes(Kind::Mock, &["whether the client secret is accepted"]).await;
}

#[tokio::test]
async fn faults_at_keycloak_are_reported() {
    let address = Address::free();
    let provider = Provider::start(Kind::Keycloak, &address).await;
    let toml = right_with_scope(&address, &provider);
    // Keycloak's issuer depends on the URL of the request.
    let mut faults = everywhere(&address, &provider);
    faults.retain(|(name, ..)| *name != "discovery by address");
    check(&toml, &faults);
    check(
        &toml,
        &[
            mistake(
                "wrong realm",
                "/realms/lab-",
                "/realms/lob-",
                "auth.lab.server_metadata_url",
            ),
            mistake(
                "realm in capitals",
                "/realms/lab-",
                "/realms/LAB-",
                "auth.lab.server_metadata_url",
            ),
            mistake(
                "a scope that does not exist",
                "profile email",
                "profile payments",
                "auth.lab.client_kwargs.scope",
            ),
        ],
    );
}

#[tokio::test]
async fn missing_logout_uri_at_keycloak_is_reported() {
    let address = Address::free();
    let client = json!({
        "id": "the app: 1", "secret": CLIENT_SECRET, "redirect_uri": address.redirect_uri(),
        "post_logout_redirect_uris": [address.url("/")],
    });
    let settings = json!({ "client": client });
    let provider = Provider::start_with(Kind::Keycloak, &address, settings).await;
    let toml = right(&address, &provider);
    assert_reported(
        "no way back from sign-out",
        &toml,
        (0o600, false),
        "auth.redirect_uri",
    );
}

/// With a preset, the reported key is `url` or `realm`.
#[tokio::test]
async fn faults_in_keycloak_preset_are_reported() {
    let address = Address::free();
    let provider = Provider::start(Kind::Keycloak, &address).await;
    let (url, realm) = provider.issuer().split_once("/realms/").unwrap();
    let toml = right(&address, &provider).replace("[auth.lab]", "[auth.keycloak]");
    let toml: String = toml
        .lines()
        .filter(|line| !line.starts_with("server_metadata_url"))
        .map(|line| format!("{line}\n"))
        .collect();
    let toml = format!("{toml}url = \"{url}\"\nrealm = \"{realm}\"\n");
    let (ok, text) = doctor(&toml, 0o600, false);
    assert!(ok && findings(&text).is_empty(), "{text}");
    for (name, from, to, key) in [
        ("wrong port", url, "http://localhost:1", "auth.keycloak.url"),
        (
            "wrong host",
            url,
            "http://keycloak.invalid.localhost:1",
            "auth.keycloak.url",
        ),
        (
            "TLS where there is none",
            url,
            &url.replace("http:", "https:"),
            "auth.keycloak.url",
        ),
        (
            "wrong realm",
            &format!("{realm}\""),
            "master-of-none\"",
            "auth.keycloak.realm",
        ),
    ] {
        assert!(toml.contains(from), "{name}");
        assert_reported(name, &toml.replace(from, to), (0o600, false), key);
    }
}

#[tokio::test]
async fn faults_at_spring_are_reported() {
    faults_are_named(Kind::Spring).await;
}

#[tokio::test]
#[ignore = "Hydra is built from source: E2E=all"]
async fn faults_at_hydra_are_reported() {
    faults_are_named(Kind::Hydra).await;
}

async fn faults_are_named(kind: Kind) {
    let address = Address::free();
    let provider = Provider::start(kind, &address).await;
    let toml = right_with_scope(&address, &provider);
    check(&toml, &everywhere(&address, &provider));
}

/// The mock accepts any client, so only other settings can be wrong.
#[tokio::test]
async fn faults_at_mock_are_reported() {
    let address = Address::free();
    let provider = Provider::start(Kind::Mock, &address).await;
    let toml = right_with_scope(&address, &provider);
    let mut faults = everywhere(&address, &provider);
    faults.retain(|(name, from, ..)| {
        let of_client = name.contains("secret with")
            || *name == "mistyped secret"
            || *name == "secret cut short"
            || name.contains("redirect URI");
        !of_client && *name != "discovery by address" && toml.contains(from)
    });
    assert!(faults.len() > 8);
    check(&toml, &faults);
}

/// As [`right`], with explicit scopes.
fn right_with_scope(address: &Address, provider: &Provider) -> String {
    let toml = right(address, provider);
    match toml.contains("client_kwargs") {
        true => toml,
        false => format!("{toml}client_kwargs = {{ scope = \"openid profile email\" }}\n"),
    }
}
