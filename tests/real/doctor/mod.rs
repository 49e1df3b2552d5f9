//! The doctor at real providers: faults that people make, each found with its line, and set-ups that are right.

mod plants;

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use axum_streamlit_auth::AuthLayer;
use serde_json::json;

use crate::{
    app::{Address, binary},
    process::Folder,
    provider::{CLIENT_SECRET, ES256_POST, Kind, Provider, RS256_BASIC},
};

use plants::{Plant, everywhere, plant};

const COOKIE_SECRET: &str = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ";

/// A secrets.toml for `provider`, right in every line.
fn right(address: &Address, provider: &Provider) -> String {
    format!(
        "[auth]\nredirect_uri = \"{}\"\ncookie_secret = \"{COOKIE_SECRET}\"\n\n[auth.lab]\n{}",
        address.redirect_uri(),
        provider.secrets()
    )
}

/// As [`right`], with the scopes written out.
fn right_with_scope(address: &Address, provider: &Provider) -> String {
    let toml = right(address, provider);
    match toml.contains("client_kwargs") {
        true => toml,
        false => format!("{toml}client_kwargs = {{ scope = \"openid profile email\" }}\n"),
    }
}

/// The example's exit status, and what it prints of `toml`.
fn doctor(toml: &str, mode: u32, git: bool) -> (bool, String) {
    let folder = Folder::new("doctor");
    let file = folder.write("secrets.toml", toml);
    set_mode(&file, mode);
    if git {
        for arguments in [&["init", "-q"][..], &["add", "secrets.toml"]] {
            let mut command = Command::new("git");
            assert!(
                command
                    .args(arguments)
                    .current_dir(folder.path())
                    .status()
                    .unwrap()
                    .success()
            );
        }
    }
    let output = Command::new(binary("doctor")).arg(&file).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for secret in [CLIENT_SECRET, COOKIE_SECRET] {
        assert!(!text.contains(secret), "{text}");
    }
    (output.status.success(), text)
}

fn set_mode(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

/// The steps that are not right, as mark, line and key.
fn complaints(text: &str) -> Vec<(char, usize, String)> {
    let steps = text.lines().filter(|line| line.starts_with(['!', '✗']));
    steps
        .map(|step| {
            let (place, rest) = step.split_once(": `").unwrap_or_else(|| panic!("{text}"));
            let (_, line) = place.rsplit_once(':').unwrap_or_else(|| panic!("{text}"));
            let (key, _) = rest.split_once('`').unwrap();
            (
                step.chars().next().unwrap(),
                line.parse().unwrap(),
                key.to_owned(),
            )
        })
        .collect()
}

fn line_of(toml: &str, key: &str) -> usize {
    let find = |start: &str| toml.lines().position(|line| line.starts_with(start));
    let mut parts = key.split('.').skip(1);
    let (first, second) = (parts.next().unwrap(), parts.next());
    let (key, table) = match second {
        Some(key) => (key, format!("[auth.{first}]")),
        None => (first, "[auth]".to_owned()),
    };
    find(&format!("{key} = ")).or_else(|| find(&table)).unwrap() + 1
}

/// Fails unless the doctor names `key` at its line and no other key, and ends with the exit status that the marks ask for.
fn finds(name: &str, toml: &str, (mode, git): (u32, bool), key: &str) {
    let (ok, text) = doctor(toml, mode, git);
    let complaints = complaints(&text);
    assert!(
        !complaints.is_empty(),
        "{name} is not found:\n{text}\n{toml}"
    );
    for (_, line, found) in &complaints {
        assert_eq!(
            (found.as_str(), *line),
            (key, line_of(toml, key)),
            "{name}:\n{text}\n{toml}"
        );
    }
    // Below each complaint stands what to do.
    let remedies = text.split("\n    ").count() - 1;
    assert!(remedies >= complaints.len(), "{name}:\n{text}");
    let bad = complaints.iter().any(|(mark, ..)| *mark == '✗');
    assert_eq!(ok, !bad, "{name}:\n{text}");
}

fn plants(toml: &str, plants: &[Plant]) {
    for (name, from, to, key) in plants {
        assert!(toml.contains(from.as_str()), "{name}: no {from}\n{toml}");
        finds(
            name,
            &toml.replacen(from.as_str(), to, 1),
            (0o600, false),
            key,
        );
    }
}

#[tokio::test]
async fn the_doctor_finds_what_is_wrong_at_a_certified_provider() {
    let address = Address::free();
    let provider = Provider::start(RS256_BASIC, &address).await;
    let toml = right(&address, &provider);
    plants(&toml, &everywhere(&address, &provider));

    let method = "auth.lab.client_kwargs.token_endpoint_auth_method";
    plants(
        &toml,
        &[
            plant(
                "a prompt that nobody knows",
                "token_endpoint_auth_method = ",
                "prompt = \"sign_in\", token_endpoint_auth_method = ",
                "auth.lab.client_kwargs.prompt",
            ),
            plant(
                "a parameter of a wrong kind",
                "token_endpoint_auth_method = ",
                "max_age = \"a day\", token_endpoint_auth_method = ",
                "auth.lab.client_kwargs",
            ),
            plant(
                "claim with a slip",
                "\n[auth.lab]",
                "claims = [\"emial\"]\n[auth.lab]",
                "auth.claims",
            ),
        ],
    );
    let no_secret = toml.replace(&format!("client_secret = {}\n", json!(CLIENT_SECRET)), "");
    finds(
        "no secret",
        &no_secret.replace("client_secret_basic", "none"),
        (0o600, false),
        method,
    );
    finds(
        "everybody may write",
        &toml,
        (0o666, false),
        "auth.cookie_secret",
    );
    finds(
        "everybody may read",
        &toml,
        (0o644, false),
        "auth.cookie_secret",
    );
    finds("in git", &toml, (0o600, true), "auth.cookie_secret");
}

#[tokio::test]
async fn the_doctor_finds_what_is_wrong_at_django() {
    let address = Address::free();
    let provider = Provider::start(Kind::Toolkit, &address).await;
    let toml = right(&address, &provider);
    plants(&toml, &everywhere(&address, &provider));
    plants(
        &toml,
        &[
            plant(
                "discovery without its path",
                "/o/.well-known",
                "/.well-known",
                "auth.lab.server_metadata_url",
            ),
            plant(
                "a scope that is not allowed",
                "email groups",
                "email payments",
                "auth.lab.client_kwargs.scope",
            ),
        ],
    );
}

#[tokio::test]
async fn the_doctor_finds_what_a_certified_provider_was_not_told() {
    let address = Address::free();
    let mut client = json!({
        "id": "the app: 1", "secret": CLIENT_SECRET, "auth_method": "client_secret_basic",
        "redirect_uri": address.redirect_uri(), "post_logout_redirect_uris": [address.url("/")],
    });
    let provider = Provider::start_with(RS256_BASIC, &address, json!({ "client": client })).await;
    let toml = right(&address, &provider);
    finds(
        "no way back from sign-out",
        &toml,
        (0o600, false),
        "auth.redirect_uri",
    );

    client["auth_method"] = "none".into();
    client["post_logout_redirect_uris"] = json!([address.redirect_uri()]);
    client.as_object_mut().unwrap().remove("secret");
    let provider = Provider::start_with(RS256_BASIC, &address, json!({ "client": client })).await;
    let toml = right(&address, &provider);
    let method = "auth.lab.client_kwargs.token_endpoint_auth_method";
    finds("registered without a secret", &toml, (0o600, false), method);
}

#[tokio::test]
async fn the_doctor_compares_the_clocks() {
    for kind in [RS256_BASIC, Kind::Toolkit] {
        let address = Address::free();
        let provider = Provider::start(kind, &address).await;
        let toml = right(&address, &provider);
        let report = AuthLayer::from_toml(&toml)
            .unwrap()
            .with_clock(|| SystemTime::now() - Duration::from_secs(300))
            .check()
            .await;
        let found = report
            .steps()
            .iter()
            .find(|step| step.mark() == '✗')
            .unwrap_or_else(|| panic!("{report}"));
        assert_eq!(found.fault().unwrap().key(), "auth.lab.server_metadata_url");
        assert_eq!(
            found.fault().unwrap().line(),
            Some(line_of(&toml, "auth.lab.server_metadata_url"))
        );
        assert!(
            found.text().contains("this machine is 300 s behind Lab")
                || found.text().contains("this machine is 301 s behind Lab"),
            "{report}"
        );
    }
}

#[tokio::test]
async fn the_doctor_has_nothing_to_say_of_what_is_right() {
    let public = Kind::Certified {
        alg: "EdDSA",
        auth_method: "none",
    };
    let tenant = json!({ "issuer_path": "/tenant/" });
    for (kind, settings) in [
        (RS256_BASIC, json!({})),
        (ES256_POST, json!({})),
        (public, json!({})),
        (RS256_BASIC, tenant),
        (Kind::Toolkit, json!({})),
    ] {
        let address = Address::free();
        let provider = Provider::start_with(kind, &address, settings).await;
        let (ok, text) = doctor(&right(&address, &provider), 0o600, false);
        assert!(ok && complaints(&text).is_empty(), "{kind:?}:\n{text}");
        assert!(!text.contains("\n? "), "{kind:?}:\n{text}");
        for step in [
            "knows the client",
            "takes our sign-in",
            "accepts",
            "sign-out goes on",
            "clock and ours agree",
        ] {
            assert!(text.contains(step), "{step}:\n{text}");
        }
    }
}

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
    plants(&toml, &faults);
    plants(
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
    plants(&toml, &everywhere(&address, &provider));
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
    plants(&toml, &faults);
}

/// The report as somebody sees it who mistyped the secret.
#[tokio::test]
async fn the_doctor_says_what_to_do() {
    let address = Address::free();
    let provider = Provider::start(RS256_BASIC, &address).await;
    let toml = right(&address, &provider).replace("0123456789", "0123456798");
    let (ok, text) = doctor(&toml, 0o600, false);
    let step = text.split("\n✗ ").nth(1).unwrap();
    assert!(!ok && step.contains("secrets.toml:8: `auth.lab.client_secret` is not accepted by Lab (invalid_client).\n    Copy it again from the provider;"), "{text}");
}
