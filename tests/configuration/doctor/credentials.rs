//! Checks of clients with a key or an assertion in a file.

use std::fs;

use axum_streamlit_auth::Outcome;
use serde_json::json;

use super::{Folder, assert_all_pass, assert_only_finding, assert_only_unknown, check, valid_toml};
use support::{Auth, Behaviour, Client, Provider, keys};

const ASSERTION: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl";

/// A provider, and a configuration with `line` instead of the secret. The folder has the files.
async fn setup(auth: Auth, line: &str) -> (Provider, String, Folder) {
    let provider = Provider::start().await;
    let folder = Folder::new("");
    fs::write(folder.0.join("key.pem"), keys::private_pem("ES256", 1)).unwrap();
    fs::write(folder.0.join("token"), ASSERTION).unwrap();
    provider.client(|client| {
        client.auth = auth;
        ASSERTION.clone_into(&mut client.assertion);
    });
    let line = line.replace("{}", folder.0.to_str().unwrap());
    let secret = "client_secret = \"test-client-secret-7f3a\"";
    let toml = valid_toml(&provider).replace(secret, &line);
    (provider, toml, folder)
}

const KEY: &str = "client_key_file = \"{}/key.pem\"";
const TOKEN: &str = "client_assertion_file = \"{}/token\"";

#[tokio::test]
async fn accepted_key_and_assertion_pass() {
    for (auth, line, words) in [
        (Auth::PrivateKeyJwt, KEY, "Lab: client key accepted"),
        (Auth::Federated, TOKEN, "Lab: client assertion accepted"),
    ] {
        let (provider, toml, _folder) = setup(auth, line).await;
        let report = check(&toml).await;
        assert_all_pass(&report);
        let text = report.to_string();
        assert!(text.contains(words), "{report}");
        assert!(
            text.contains("client authenticates with private_key_jwt"),
            "{report}"
        );
        // One genuine and one forged assertion.
        let sent = provider.requests("token");
        let sent: Vec<_> = sent
            .iter()
            .map(|r| r.parameter("client_assertion").unwrap())
            .collect();
        assert!(sent.len() == 2 && sent[0] != sent[1]);
        assert!(!text.contains(sent[0]) && !text.contains(sent[1]));
    }
}

/// Cognito and Google do not list `private_key_jwt`.
#[tokio::test]
async fn unlisted_method_passes() {
    let (provider, toml, _folder) = setup(Auth::PrivateKeyJwt, KEY).await;
    provider.set(|f| {
        let name = "token_endpoint_auth_methods_supported";
        f.metadata.set(name, json!(["client_secret_post"]));
    });
    assert_all_pass(&check(&toml).await);
}

#[tokio::test]
async fn refused_key_and_assertion_are_reported() {
    type Mistake = fn(&mut Client);
    let cases: [(Auth, &str, Mistake, &str); 3] = [
        (
            Auth::PrivateKeyJwt,
            KEY,
            |client| client.jwt.generation = 2,
            "auth.lab.client_key_file",
        ),
        (
            Auth::PrivateKeyJwt,
            KEY,
            |client| client.jwt.kid = Some("one".to_owned()),
            "auth.lab.client_key_file",
        ),
        (
            Auth::Federated,
            TOKEN,
            |client| client.assertion = "another.one.here".to_owned(),
            "auth.lab.client_assertion_file",
        ),
    ];
    for (auth, line, mistake, key) in cases {
        let (provider, toml, _folder) = setup(auth, line).await;
        provider.client(mistake);
        assert_only_finding(&check(&toml).await, &toml, Outcome::Failure, key);
    }
}

/// If a server expects another format, the doctor finds the line to write.
#[tokio::test]
async fn expected_assertion_format_is_reported() {
    type Server = fn(&mut Client, String);
    let cases: [(Server, &str, &str); 2] = [
        (
            |client, _| client.jwt.typ = Some("JWT".to_owned()),
            "auth.lab.client_assertion_typ",
            "client_assertion_typ = \"JWT\"",
        ),
        (
            |client, endpoint| client.jwt.audience = Some(endpoint),
            "auth.lab.client_assertion_audience",
            "client_assertion_audience = \"token_endpoint\"",
        ),
    ];
    for (server, key, line) in cases {
        let (provider, toml, _folder) = setup(Auth::PrivateKeyJwt, KEY).await;
        provider.client(|client| server(client, provider.url("/token")));
        let report = check(&toml).await;
        assert_only_finding(&report, &toml, Outcome::Failure, key);
        assert!(
            report.to_string().contains(&format!("Write: {line}")),
            "{report}"
        );
        let fixed = toml.replace("[auth.lab]\n", &format!("[auth.lab]\n{line}\n"));
        assert_all_pass(&check(&fixed).await);
    }
}

#[tokio::test]
async fn provider_without_client_check_is_inconclusive() {
    let (provider, toml, _folder) = setup(Auth::PrivateKeyJwt, KEY).await;
    provider.set(|f| f.token = Behaviour::Json(400, json!({"error": "invalid_grant"})));
    assert_only_unknown(
        &check(&toml).await,
        "only a login shows whether the client key is accepted: a wrong one gets invalid_grant too",
    );
}
