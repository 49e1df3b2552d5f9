//! `client_key_file`: assertions that this crate signs. The test provider verifies them.

use std::collections::HashSet;

use serde_json::json;
use support::{Auth, Client, Decoded, ORIGIN, Provider, Secrets, TestApp, Visit, keys, secrets};

use super::CredentialFile;

/// A provider whose client has a key, and the file of the key.
async fn provider(alg: &'static str) -> (Provider, CredentialFile) {
    let provider = Provider::start().await;
    provider.client(|client| {
        client.auth = Auth::PrivateKeyJwt;
        client.jwt.alg = alg;
    });
    (provider, CredentialFile::new(&keys::private_pem(alg, 1)))
}

fn with_key(provider: &Provider, key: &CredentialFile) -> Secrets {
    secrets(provider).auth(&key.line("client_key_file"))
}

/// The assertions so far.
fn assertions(app: &TestApp) -> Vec<Decoded> {
    let requests = app.provider.requests("token");
    let sent = requests.iter().map(|request| {
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.parameter("client_secret"), None);
        assert_eq!(request.parameter("client_id"), Some("app"));
        request.parameter("client_assertion").unwrap()
    });
    sent.map(|token| Decoded::parse(token).unwrap()).collect()
}

#[tokio::test]
async fn login_works_with_key_of_each_type() {
    for (alg, line) in [
        ("RS256", ""),
        ("PS256", "client_key_algorithm = \"PS256\""),
        ("ES256", ""),
        ("EdDSA", ""),
        ("Ed25519", "client_key_algorithm = \"Ed25519\""),
    ] {
        let (provider, key) = provider(alg).await;
        let secrets = with_key(&provider, &key).auth(line);
        let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);

        app.sign_in("ada").await;
        app.sign_in("bob").await;

        let sent = assertions(&app);
        for token in &sent {
            assert_eq!(
                token.header,
                json!({"alg": alg, "typ": "client-authentication+jwt"})
            );
            let claims = &token.claims;
            // Only the issuer, because a malicious provider chooses its own endpoints.
            assert_eq!(claims["aud"], json!(app.provider.issuer()));
            assert_eq!(
                (&claims["iss"], &claims["sub"]),
                (&json!("app"), &json!("app"))
            );
            let time = |name: &str| claims[name].as_i64().unwrap();
            assert_eq!(time("exp") - time("iat"), 60);
            assert_eq!(claims.as_object().unwrap().len(), 6, "{claims}");
        }
        let ids: HashSet<&str> = sent
            .iter()
            .map(|token| token.claims["jti"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), 2);
        assert!(
            ids.iter().all(|id| (22..=64).contains(&id.len())),
            "{ids:?}"
        );
    }
}

/// Each setting replaces one part of the assertion, for servers that expect something else.
#[tokio::test]
async fn assertion_format_can_be_configured() {
    type Change = fn(&mut Client, &Provider);
    let cases: [(&str, Change); 5] = [
        ("client_key_id = \"2026-11\"", |client, _| {
            client.jwt.kid = Some("2026-11".to_owned());
        }),
        ("client_assertion_typ = \"JWT\"", |client, _| {
            client.jwt.typ = Some("JWT".to_owned());
        }),
        ("client_assertion_typ = \"\"", |client, _| {
            client.jwt.typ = None
        }),
        (
            "client_assertion_audience = \"token_endpoint\"",
            |client, provider| {
                client.jwt.audience = Some(provider.url("/token"));
            },
        ),
        ("client_assertion_audience = \"issuer\"", |_, _| {}),
    ];
    for (line, change) in cases {
        let (provider, key) = provider("ES256").await;
        provider.client(|client| change(client, &provider));
        let secrets = with_key(&provider, &key)
            .auth(line)
            .auth("client_kwargs = { token_endpoint_auth_method = \"private_key_jwt\" }");
        let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
        app.sign_in("ada").await;
    }
}

#[tokio::test]
async fn algorithm_follows_discovery() {
    for (listed, alg) in [
        (json!(["PS256"]), "PS256"),
        (json!(["ES256", "PS256", "RS256"]), "RS256"),
        (json!(["HS256"]), "RS256"),
        (json!("PS256"), "RS256"),
    ] {
        let (provider, key) = provider("RS256").await;
        provider.client(|client| client.jwt.alg = alg);
        let name = "token_endpoint_auth_signing_alg_values_supported";
        provider.set(|f| f.metadata.set(name, listed));
        let secrets = with_key(&provider, &key);
        let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
        app.sign_in("ada").await;
    }
}

/// Entra identifies a certificate by its thumbprint.
#[tokio::test]
async fn certificate_thumbprint_is_sent() {
    let (provider, key) = provider("RS256").await;
    let certificate = CredentialFile::new(keys::certificate("RS256"));
    let secrets = with_key(&provider, &key).auth(&certificate.line("client_certificate_file"));
    let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);

    app.sign_in("ada").await;

    let sent = assertions(&app).remove(0);
    assert_eq!(sent.header["x5t#S256"].as_str().map(str::len), Some(43));
}

#[tokio::test]
async fn replaced_key_is_used_without_restart() {
    let (provider, key) = provider("RS256").await;
    let secrets = with_key(&provider, &key);
    let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
    app.sign_in("ada").await;
    for (alg, generation) in [("RS256", 2), ("ES256", 1), ("EdDSA", 4)] {
        app.provider
            .client(|client| (client.jwt.alg, client.jwt.generation) = (alg, generation));
        key.write(&keys::private_pem(alg, generation));
        app.sign_in("bob").await;
    }
}

/// No request is sent, so that the same login can be finished after the fix.
#[tokio::test]
async fn missing_key_does_not_use_up_the_code() {
    let (provider, key) = provider("ES256").await;
    let secrets = with_key(&provider, &key);
    let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
    let callback = app.callback().await;
    tokio::time::pause(); // the file is read again a few times
    for content in [
        None,
        Some(""),
        Some("no key"),
        Some("-----BEGIN PRIVATE KEY-----\n"),
    ] {
        match content {
            None => key.remove(),
            Some(content) => key.write(content),
        }
        let attempts = app.attempts();
        let log = support::Log::start();

        let page = app.browser.step(callback.clone()).await;

        assert_eq!((page.status.as_u16(), page.set_cookies()), (503, vec![]));
        assert_eq!(app.attempts(), attempts);
        let logged = log.warnings();
        let [(_, line)] = &logged[..] else {
            panic!("{logged:?}")
        };
        assert!(line.contains("reason=\"client_file\""), "{line}");
        assert!(line.contains("key=\"auth.client_key_file\""), "{line}");
    }
    tokio::time::resume();
    assert_eq!(app.provider.count("token"), 0);
    key.write(&keys::private_pem("ES256", 1));
    app.browser.step(callback).await;
    assert_eq!(app.current_user().await, "ada");
}

/// The provider's error is reported with the key `client_key_file`, not with `client_secret`.
#[tokio::test]
async fn refused_key_is_reported_with_its_file() {
    let (provider, key) = provider("ES256").await;
    provider.client(|client| client.jwt.generation = 2);
    let secrets = with_key(&provider, &key);
    let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
    let callback: Visit = app.callback().await;
    let line = app.rejection_log(callback, "client_key_refused").await;
    assert!(line.contains("key=\"auth.client_key_file\""), "{line}");
}
