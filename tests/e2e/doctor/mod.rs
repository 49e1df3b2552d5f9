//! The doctor at real providers: common mistakes, each reported with its line, and valid setups.

mod defaults;
mod mistakes;

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use axum_streamlit_auth::{AuthLayer, Outcome};
use serde_json::json;

use crate::{
    app::{Address, binary},
    process::Folder,
    provider::{CLIENT_SECRET, ES256_POST, Kind, Provider, RS256_BASIC},
};

use mistakes::{Mistake, everywhere, mistake};

const COOKIE_SECRET: &str = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ";

/// A valid secrets.toml for `provider`.
fn right(address: &Address, provider: &Provider) -> String {
    format!(
        "[auth]\nredirect_uri = \"{}\"\ncookie_secret = \"{COOKIE_SECRET}\"\n\n[auth.lab]\n{}",
        address.redirect_uri(),
        provider.secrets()
    )
}

/// Exit status and output of the example for `toml`.
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

/// The warnings and failures, as outcome, line and key.
fn findings(text: &str) -> Vec<(Outcome, usize, String)> {
    let outcome_of = |line: &str| {
        [Outcome::Warning, Outcome::Failure]
            .into_iter()
            .find(|outcome| line.starts_with(&outcome.to_string()))
    };
    let checks = text
        .lines()
        .filter_map(|line| Some((outcome_of(line)?, line)));
    checks
        .map(|(outcome, check)| {
            let mut labels = check.split(": ");
            let location = labels.next().unwrap_or_default();
            let (_, line) = location
                .rsplit_once(':')
                .unwrap_or_else(|| panic!("{text}"));
            let key = labels.next().unwrap_or_else(|| panic!("{text}"));
            (outcome, line.parse().unwrap(), key.to_owned())
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

/// Asserts that the doctor reports `key` at its line and no other key, with the exit status that
/// the outcomes require.
fn assert_reported(name: &str, toml: &str, (mode, git): (u32, bool), key: &str) {
    let (ok, text) = doctor(toml, mode, git);
    let findings = findings(&text);
    assert!(!findings.is_empty(), "{name} is not found:\n{text}\n{toml}");
    for (_, line, found) in &findings {
        assert_eq!(
            (found.as_str(), *line),
            (key, line_of(toml, key)),
            "{name}:\n{text}\n{toml}"
        );
    }
    // Each diagnostic is followed by its remedy.
    let remedies = text.split("\n    help: ").count() - 1;
    assert!(remedies >= findings.len(), "{name}:\n{text}");
    let bad = findings.iter().any(|(mark, ..)| *mark == Outcome::Failure);
    assert_eq!(ok, !bad, "{name}:\n{text}");
}

fn check(toml: &str, mistakes: &[Mistake]) {
    for (name, from, to, key) in mistakes {
        assert!(toml.contains(from.as_str()), "{name}: no {from}\n{toml}");
        assert_reported(
            name,
            &toml.replacen(from.as_str(), to, 1),
            (0o600, false),
            key,
        );
    }
}

#[tokio::test]
async fn doctor_finds_faults_at_oidc_provider() {
    let address = Address::free();
    let provider = Provider::start(RS256_BASIC, &address).await;
    let toml = right(&address, &provider);
    check(&toml, &everywhere(&address, &provider));

    let method = "auth.lab.client_kwargs.token_endpoint_auth_method";
    check(
        &toml,
        &[
            mistake(
                "unknown prompt",
                "token_endpoint_auth_method = ",
                "prompt = \"sign_in\", token_endpoint_auth_method = ",
                "auth.lab.client_kwargs.prompt",
            ),
            mistake(
                "a parameter of a wrong kind",
                "token_endpoint_auth_method = ",
                "claims = \"a day\", token_endpoint_auth_method = ",
                "auth.lab.client_kwargs",
            ),
            mistake(
                "misspelt claim",
                "\n[auth.lab]",
                "claims = [\"emial\"]\n[auth.lab]",
                "auth.claims",
            ),
        ],
    );
    let no_secret = toml.replace(&format!("client_secret = {}\n", json!(CLIENT_SECRET)), "");
    assert_reported(
        "no secret",
        &no_secret.replace("client_secret_basic", "none"),
        (0o600, false),
        method,
    );
    assert_reported(
        "world-writable",
        &toml,
        (0o666, false),
        "auth.cookie_secret",
    );
    assert_reported(
        "world-readable",
        &toml,
        (0o644, false),
        "auth.cookie_secret",
    );
    assert_reported("in git", &toml, (0o600, true), "auth.cookie_secret");
}

#[tokio::test]
async fn doctor_finds_faults_at_django() {
    let address = Address::free();
    let provider = Provider::start(Kind::Toolkit, &address).await;
    let toml = right(&address, &provider);
    check(&toml, &everywhere(&address, &provider));
    check(
        &toml,
        &[
            mistake(
                "discovery without its path",
                "/o/.well-known",
                "/.well-known",
                "auth.lab.server_metadata_url",
            ),
            mistake(
                "a scope that is not allowed",
                "email groups",
                "email payments",
                "auth.lab.client_kwargs.scope",
            ),
        ],
    );
}

#[tokio::test]
async fn doctor_finds_missing_registration() {
    let address = Address::free();
    let mut client = json!({
        "id": "the app: 1", "secret": CLIENT_SECRET, "auth_method": "client_secret_basic",
        "redirect_uri": address.redirect_uri(), "post_logout_redirect_uris": [address.url("/")],
    });
    let provider = Provider::start_with(RS256_BASIC, &address, json!({ "client": client })).await;
    let toml = right(&address, &provider);
    assert_reported(
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
    assert_reported("registered without a secret", &toml, (0o600, false), method);
}

#[tokio::test]
async fn doctor_compares_clocks() {
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
            .checks()
            .iter()
            .find(|step| step.outcome() == Outcome::Failure)
            .unwrap_or_else(|| panic!("{report}"));
        assert_eq!(
            found.diagnostic().unwrap().key(),
            "auth.lab.server_metadata_url"
        );
        assert_eq!(
            found.diagnostic().unwrap().line(),
            Some(line_of(&toml, "auth.lab.server_metadata_url"))
        );
        assert!(
            found
                .text()
                .contains("the clock of this machine is 300 s behind Lab")
                || found
                    .text()
                    .contains("the clock of this machine is 301 s behind Lab"),
            "{report}"
        );
    }
}

#[tokio::test]
async fn doctor_accepts_valid_setups() {
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
        assert!(ok && findings(&text).is_empty(), "{kind:?}:\n{text}");
        assert!(!text.contains("\n? "), "{kind:?}:\n{text}");
        for step in [
            "client and redirect URI registered",
            "authorization request accepted",
            "logout continues at",
            "clock agrees with this machine",
        ] {
            assert!(text.contains(step), "{step}:\n{text}");
        }
        let accepted = ["client secret accepted", "public client accepted"];
        assert!(accepted.iter().any(|step| text.contains(step)), "{text}");
    }
}

/// The complete report for a mistyped secret.
#[tokio::test]
async fn doctor_report_names_remedies() {
    let address = Address::free();
    let provider = Provider::start(RS256_BASIC, &address).await;
    let toml = right(&address, &provider).replace("0123456789", "0123456798");
    let (ok, text) = doctor(&toml, 0o600, false);
    let step = text.split("\n✗ ").nth(1).unwrap();
    assert!(!ok && step.contains("secrets.toml:8: auth.lab.client_secret: Lab does not accept this client secret (invalid_client)\n    help: Copy it again from the provider."), "{text}");
}

/// The first provider issues no refresh tokens in these tests.
#[tokio::test]
async fn doctor_reports_refresh_token_support() {
    for (kind, expected) in [
        (RS256_BASIC, "does not list the grant type refresh_token"),
        (Kind::Keycloak, "issues refresh tokens"),
        (Kind::Spring, "does not list the scope offline_access"),
        (Kind::Mock, "does not list the scope offline_access"),
    ] {
        let address = Address::free();
        let provider = Provider::start(kind, &address).await;
        let lines = "[auth]\nsession_store = \"memory\"\nrefresh = true\n";
        let toml = right(&address, &provider).replacen("[auth]\n", lines, 1);
        let (ok, text) = doctor(&toml, 0o600, false);
        assert!(ok && text.contains(expected), "{kind:?}:\n{text}");
    }
}
