//! Clients without a stored secret: a private key, and an assertion that the platform renews.

use std::{
    fs,
    os::unix::fs::symlink,
    path::PathBuf,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use support::keys;

use crate::{
    app::{Address, App, binary},
    browser::Browser,
    process::Folder,
    provider::{Kind, Provider, RS256_BASIC},
    users::ALICE,
};

/// The client ID of a client with keys, see `Provider::not_started`.
const CLIENT_ID: &str = "the-app";

/// A provider at which the client has a key of this algorithm, and a folder with the key.
async fn provider(kind: Kind, address: &Address, alg: &str) -> (Provider, Folder) {
    let jwk = keys::jwk(alg, 1).unwrap();
    let settings = json!({ "client_jwks": { "keys": [jwk] }, "client_alg": alg });
    let provider = Provider::start_with(kind, address, settings).await;
    let folder = Folder::new("credentials");
    folder.write("key.pem", &keys::private_pem(alg, 1));
    (provider, folder)
}

/// The keys of `provider` with `lines` instead of the secret.
fn secrets(provider: &Provider, lines: &str) -> String {
    let secrets = provider.secrets();
    let kept = secrets
        .lines()
        .filter(|line| !line.starts_with("client_secret"));
    let kept: String = kept
        .map(|line| format!("{line}\n"))
        .collect::<String>()
        .replace("client_secret_basic", "private_key_jwt");
    format!("{kept}{lines}\n")
}

fn key_lines(folder: &Folder, alg: &str) -> String {
    format!(
        "client_key_file = {:?}\nclient_key_id = {:?}\nclient_key_algorithm = {alg:?}\n",
        folder.path().join("key.pem"),
        keys::kid(alg, 1)
    )
}

async fn log_in(provider: &Provider, app: &App) {
    let mut browser = Browser::new();
    let form = app.start_login(&mut browser).await;
    let page = provider.sign_in(&mut browser, form, "alice").await;
    assert_eq!(
        (page.status, page.url.as_str()),
        (200, app.url("/").as_str()),
        "{page:?}\n{}",
        app.log()
    );
    app.assert_logged_in_as(&mut browser, ALICE).await;
}

/// The output of the doctor.
fn doctor(secrets: &PathBuf) -> String {
    let output = Command::new(binary("doctor"))
        .arg(secrets)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

async fn key_signs_in(kind: Kind, alg: &str) {
    let address = Address::free();
    let (provider, folder) = provider(kind, &address, alg).await;
    let lines = key_lines(&folder, alg);
    let app = App::start_with("hello", address, &secrets(&provider, &lines)).await;
    log_in(&provider, &app).await;
    let report = doctor(&app.secrets_file());
    assert!(report.contains("client key accepted"), "{report}");

    // Another key of the same type, under the same ID.
    folder.write("key.pem", &keys::private_pem(alg, 2));
    let report = doctor(&app.secrets_file());
    let place = app.place("client_key_file");
    let line = report.lines().find(|line| line.contains(&place));
    assert!(
        line.is_some_and(|line| line.contains("does not accept this key")),
        "{report}"
    );
    folder.write("key.pem", &keys::private_pem(alg, 1));
    log_in(&provider, &app).await;
    app.assert_clean_log();
}

/// The assertion that a platform would write: signed by a key that only the provider trusts, valid
/// for a minute, and accepted once.
fn assertion(provider: &Provider, client_id: &str, number: usize) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let header = json!({ "alg": "ES256", "kid": keys::kid("ES256", 1) });
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": provider.issuer(),
        "jti": format!("assertion-{number}"),
        "iat": now,
        "exp": now + 60,
    });
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let message = format!("{header}.{claims}");
    let signature = keys::sign("ES256", 1, "", message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Keycloak accepts each assertion once, so that each login there needs a newly written one. The
/// file is replaced by renaming, behind a symbolic link, and in place.
async fn renewed_assertion_signs_in(kind: Kind) {
    const LOGINS: usize = 200;
    let address = Address::free();
    let (provider, folder) = provider(kind, &address, "ES256").await;
    let file = folder.write("token", &assertion(&provider, CLIENT_ID, 0));
    let lines = format!("client_assertion_file = {file:?}\nclient_kwargs = {{ prompt = \"\" }}\n");
    let app = App::start_with("hello", address, &secrets(&provider, &lines)).await;
    let mut browser = Browser::new();
    let form = app.start_login(&mut browser).await;
    provider.sign_in(&mut browser, form, "alice").await;
    app.assert_logged_in_as(&mut browser, ALICE).await;

    for number in 1..LOGINS {
        let token = assertion(&provider, CLIENT_ID, number);
        match number % 3 {
            0 => drop(folder.write("token", &format!("{token}\n"))),
            1 => {
                let new = folder.write("new", &token);
                fs::rename(new, &file).unwrap();
            }
            _ => {
                let target = folder.write(&format!("data-{number}"), &token);
                let link = folder.path().join("link");
                symlink(target, &link).unwrap();
                fs::rename(link, &file).unwrap();
            }
        }
        // The session at the provider needs no password.
        let page = browser.open(&app.url("/auth/login")).await;
        assert_eq!(
            (page.status, page.url.as_str()),
            (200, app.url("/").as_str()),
            "{number}: {page:?}"
        );
    }
    app.assert_logged_in_as(&mut browser, ALICE).await;
    // An assertion of another workload.
    folder.write("token", &assertion(&provider, "another-app", LOGINS));
    let page = browser.open(&app.url("/auth/login")).await;
    assert!(page.says("client_key_refused"), "{page:?}");
    app.assert_clean_log();
}

#[tokio::test]
async fn keycloak_accepts_renewed_assertions() {
    renewed_assertion_signs_in(Kind::Keycloak).await;
}

#[tokio::test]
async fn spring_accepts_renewed_assertions() {
    renewed_assertion_signs_in(Kind::Spring).await;
}

#[tokio::test]
async fn keycloak_accepts_keys_of_each_type() {
    for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
        key_signs_in(Kind::Keycloak, alg).await;
    }
}

#[tokio::test]
async fn spring_accepts_keys_of_each_type() {
    for alg in ["RS256", "PS256", "ES256"] {
        key_signs_in(Kind::Spring, alg).await;
    }
}

#[tokio::test]
async fn oidc_provider_accepts_keys_of_each_type() {
    for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
        key_signs_in(RS256_BASIC, alg).await;
    }
}
