//! The doctor at the providers of `../defaults.rs`, and at the one that takes any client.

use serde_json::json;

use super::{
    check, complaints, doctor, finds,
    plants::{everywhere, plant},
    right,
};
use crate::{
    app::Address,
    provider::{CLIENT_SECRET, Kind, Provider},
};

/// Neither a warning nor a failure in a good set-up; of what only a login shows, the report says so.
async fn raises_no_alarm(kind: Kind, untold: &[&str]) {
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
        assert!(ok && complaints(&text).is_empty(), "{kind:?}:\n{text}");
        let found: Vec<&str> = text.lines().filter(|line| line.starts_with('?')).collect();
        assert_eq!(found.len(), untold.len(), "{kind:?}:\n{text}");
        for (found, words) in found.iter().zip(untold) {
            assert!(found.contains(words), "{words}:\n{text}");
        }
    }
}

const LOGOUT: &str = "with the ID token of a login";

#[tokio::test]
async fn right_keycloak_raises_no_alarm() {
    raises_no_alarm(Kind::Keycloak, &[]).await;
}

#[tokio::test]
async fn right_spring_raises_no_alarm() {
    raises_no_alarm(Kind::Spring, &[LOGOUT]).await;
}

#[tokio::test]
#[ignore = "Hydra is built from source: E2E=all"]
async fn right_hydra_raises_no_alarm() {
    raises_no_alarm(Kind::Hydra, &[LOGOUT]).await;
}

#[tokio::test]
async fn right_mock_raises_no_alarm() {
    raises_no_alarm(Kind::Mock, &["whether it accepts the client secret"]).await;
}

#[tokio::test]
async fn faults_at_keycloak_are_named() {
    let address = Address::free();
    let provider = Provider::start(Kind::Keycloak, &address).await;
    let toml = right_with_scope(&address, &provider);
    // Its issuer follows the address that it is asked at.
    let mut faults = everywhere(&address, &provider);
    faults.retain(|(name, ..)| *name != "discovery by address");
    check(&toml, &faults);
    check(
        &toml,
        &[
            plant(
                "wrong realm",
                "/realms/lab-",
                "/realms/lob-",
                "auth.lab.server_metadata_url",
            ),
            plant(
                "realm in capitals",
                "/realms/lab-",
                "/realms/LAB-",
                "auth.lab.server_metadata_url",
            ),
            plant(
                "a scope that does not exist",
                "profile email",
                "profile payments",
                "auth.lab.client_kwargs.scope",
            ),
        ],
    );
}

#[tokio::test]
async fn missing_logout_uri_at_keycloak_is_named() {
    let address = Address::free();
    let client = json!({
        "id": "the app: 1", "secret": CLIENT_SECRET, "redirect_uri": address.redirect_uri(),
        "post_logout_redirect_uris": [address.url("/")],
    });
    let settings = json!({ "client": client });
    let provider = Provider::start_with(Kind::Keycloak, &address, settings).await;
    let toml = right(&address, &provider);
    finds(
        "no way back from sign-out",
        &toml,
        (0o600, false),
        "auth.redirect_uri",
    );
}

/// In the short form the key to change is `url` or `realm`.
#[tokio::test]
async fn faults_in_keycloak_preset_are_named() {
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
    assert!(ok && complaints(&text).is_empty(), "{text}");
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
        finds(name, &toml.replace(from, to), (0o600, false), key);
    }
}

#[tokio::test]
async fn faults_at_spring_are_named() {
    faults_are_named(Kind::Spring).await;
}

#[tokio::test]
#[ignore = "Hydra is built from source: E2E=all"]
async fn faults_at_hydra_are_named() {
    faults_are_named(Kind::Hydra).await;
}

async fn faults_are_named(kind: Kind) {
    let address = Address::free();
    let provider = Provider::start(kind, &address).await;
    let toml = right_with_scope(&address, &provider);
    check(&toml, &everywhere(&address, &provider));
}

/// It takes any client, so that only the rest can be wrong.
#[tokio::test]
async fn faults_at_mock_are_named() {
    let address = Address::free();
    let provider = Provider::start(Kind::Mock, &address).await;
    let toml = right_with_scope(&address, &provider);
    let mut faults = everywhere(&address, &provider);
    faults.retain(|(name, from, ..)| {
        let of_client = name.contains("secret with")
            || name.contains("secret cut")
            || name.contains("redirect URI");
        !of_client && *name != "discovery by address" && toml.contains(from)
    });
    assert!(faults.len() > 8);
    check(&toml, &faults);
}

/// As [`right`], with the scopes written out.
fn right_with_scope(address: &Address, provider: &Provider) -> String {
    let toml = right(address, provider);
    match toml.contains("client_kwargs") {
        true => toml,
        false => format!("{toml}client_kwargs = {{ scope = \"openid profile email\" }}\n"),
    }
}
