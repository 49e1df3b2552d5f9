//! Providers behind https. Rows 15 and 69.
//!
//! Which certificates count is for the platform to say, so each test runs itself again in a process that trusts the CA of the tests. Only on
//! Linux can the environment name one.

use std::{env, process::Command};

use crate::support::{ORIGIN, Provider, Stage, TEST_CA, Tls, Visit, secrets};

/// Row 15: a document that came over https names no endpoint that anybody on the way can read or change.
#[test]
fn a015_an_https_document_with_a_plain_http_endpoint_is_refused() {
    trusting_the_test_ca(
        "a015_an_https_document_with_a_plain_http_endpoint_is_refused",
        async || {
            for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
                let mut stage = stage(Tls::Right).await;
                let plain = stage.provider.url("/x").replace("https://", "http://");
                stage.provider.set(|f| f.metadata.set(endpoint, plain));
                stage.down(login(&stage), "discovery_endpoint").await;
                assert_eq!(stage.provider.count("discovery"), 1);
            }
            let mut stage = stage(Tls::Right).await;
            let start = stage.start("/auth/login").await;
            assert!(start.url.as_str().starts_with("https://127.0.0.1:"));
        },
    );
}

/// Row 69: nothing is sent to a server that cannot prove who it is, and the log says why.
#[test]
fn a069_a_wrong_certificate_is_refused() {
    trusting_the_test_ca("a069_a_wrong_certificate_is_refused", async || {
        for (tls, why) in [
            (Tls::Expired, "expired"),
            (Tls::WrongHost, "not valid for name"),
            (Tls::SelfSigned, "UnknownIssuer"),
        ] {
            let mut stage = stage(tls).await;
            let log = crate::support::Log::start();
            stage.down(login(&stage), "provider_down").await;
            let lines = log.complaints();
            let told = lines.iter().any(|(_, line)| line.contains(why));
            assert!(told, "{tls:?}: {lines:?}");
            assert_eq!(stage.provider.all_requests().len(), 0);
        }
        stage(Tls::Right).await.start("/auth/login").await;
    });
}

async fn stage(tls: Tls) -> Stage {
    let provider = Provider::start_tls(tls).await;
    let secrets = secrets(&provider);
    Stage::of(provider, &secrets, ORIGIN)
}

fn login(stage: &Stage) -> Visit {
    Visit::get(stage.browser.url("/auth/login"))
}

/// Carries out `test` in a process of its own, in which `name` is the only test and the test CA the only one that counts.
fn trusting_the_test_ca(name: &str, test: impl AsyncFnOnce()) {
    const TRUSTED: &str = "SSL_CERT_FILE";
    if env::var(TRUSTED).is_ok_and(|file| file == TEST_CA) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(test());
        return;
    }
    let binary = env::current_exe().unwrap();
    let output = Command::new(binary)
        .args([&format!("tls::{name}"), "--exact", "--nocapture"])
        .env(TRUSTED, TEST_CA)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("1 passed"), "{text}");
}
