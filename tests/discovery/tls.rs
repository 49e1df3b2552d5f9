//! Providers behind https. Rows 15 and 69.
//!
//! Which certificates count is for the platform to say, so each test runs itself again in a process that trusts the CA of the tests. Only on
//! Linux can the environment name one.

use std::{env, process::Command, time::Duration};

use axum_streamlit_auth::AuthLayer;

use crate::support::{Browser, Log, ORIGIN, Provider, Stage, TEST_CA, Tls, Visit, app, secrets};

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
        for (tls, reason, why) in [
            (Tls::Expired, "tls_expired", "expired"),
            (Tls::WrongHost, "tls_name", "not valid for name"),
            (Tls::SelfSigned, "tls_unknown_ca", "UnknownIssuer"),
            (Tls::SelfSignedCa, "tls_unknown_ca", "CaUsedAsEndEntity"),
        ] {
            let mut stage = stage(tls).await;
            let log = crate::support::Log::start();
            stage.down(login(&stage), reason).await;
            let lines = log.complaints();
            let told = lines.iter().any(|(_, line)| line.contains(why));
            assert!(told, "{tls:?}: {lines:?}");
            assert_eq!(stage.provider.all_requests().len(), 0);
        }
        stage(Tls::Right).await.start("/auth/login").await;
    });
}

/// C8: a port that speaks plain http is named as a failure of TLS.
#[test]
fn plain_http_port_is_a_tls_failure() {
    trusting_the_test_ca("plain_http_port_is_a_tls_failure", async || {
        let provider = Provider::start().await;
        let url = provider.metadata_url();
        let secrets = secrets(&provider).toml();
        let secrets = secrets.replace(&url, &url.replace("http://", "https://"));
        assert_eq!(reason(&secrets).await, "tls_failed");
    });
}

/// C8: the doctor shows the remedy of the error page.
#[test]
fn doctor_names_remedy_of_tls_failure() {
    trusting_the_test_ca("doctor_names_remedy_of_tls_failure", async || {
        for (tls, remedy) in [
            (Tls::Expired, "renew the certificate"),
            (Tls::WrongHost, "subject alternative name"),
            (Tls::SelfSigned, "`SSL_CERT_FILE`"),
            (Tls::SelfSignedCa, "`SSL_CERT_FILE`"),
        ] {
            let provider = Provider::start_tls(tls).await;
            let auth = AuthLayer::from_toml(&secrets(&provider).toml()).unwrap();
            let report = auth.check().await.to_string();
            assert!(report.contains(remedy), "{report}");
        }
    });
}

/// B12: plain http needs no CA certificates, and https finds those that are installed later.
#[test]
fn http_needs_no_ca_certificates() {
    let none = [("SSL_CERT_FILE", "/nonexistent/ca.pem")];
    in_environment("tls::http_needs_no_ca_certificates", &none, async || {
        let mut plain = Stage::new().await;
        plain.sign_in("ada").await;
        let mut secured = stage(Tls::Right).await;
        let login = login(&secured);
        secured.down(login, "tls_no_ca_certificates").await;
    });
}

/// B12, for certificates that were absent, unreadable or of another CA at first.
#[test]
fn ca_certificates_are_read_again_after_failure() {
    const NAME: &str = "tls::ca_certificates_are_read_again_after_failure";
    let file = env::temp_dir().join(format!("ca-{}.pem", std::process::id()));
    let variables = [("SSL_CERT_FILE", file.to_str().unwrap())];
    in_environment(NAME, &variables, async || {
        let file = env::var("SSL_CERT_FILE").unwrap();
        let other = include_str!("../support/provider/tls/self_signed.pem");
        for (content, expected) in [
            (None, "tls_no_ca_certificates"),
            (Some("no certificate"), "tls_no_ca_certificates"),
            (Some(other), "tls_unknown_ca"),
        ] {
            let _ = std::fs::remove_file(&file);
            if let Some(content) = content {
                std::fs::write(&file, content).unwrap();
            }
            let mut stage = stage(Tls::Right).await;
            stage.down(login(&stage), expected).await;

            std::fs::copy(TEST_CA, &file).unwrap();
            pass(2).await;
            let start = stage.start("/auth/login").await;
            assert!(start.url.as_str().starts_with(stage.provider.origin()));
        }
        std::fs::remove_file(&file).unwrap();
    });
}

/// The reason in the log of a login that does not start.
pub async fn reason(secrets: &str) -> String {
    let log = Log::start();
    let mut browser = Browser::new(app(secrets), ORIGIN);
    let page = browser.get("/auth/login").await;
    assert_eq!(page.status.as_u16(), 503, "{page:?}");
    log.reasons().pop().unwrap()
}

/// Lets this much time pass at once, as caches see it.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

async fn stage(tls: Tls) -> Stage {
    let provider = Provider::start_tls(tls).await;
    let secrets = secrets(&provider);
    Stage::of(provider, &secrets, ORIGIN)
}

fn login(stage: &Stage) -> Visit {
    Visit::get(stage.browser.url("/auth/login"))
}

/// Carries out `test` in a process in which the test CA is the only trusted one.
fn trusting_the_test_ca(name: &str, test: impl AsyncFnOnce()) {
    in_environment(&format!("tls::{name}"), &[("SSL_CERT_FILE", TEST_CA)], test);
}

/// Carries out `test` in a process of its own with these variables, in which `name` is the only test.
pub fn in_environment(name: &str, variables: &[(&str, &str)], test: impl AsyncFnOnce()) {
    const CHILD: &str = "CHILD_OF_A_TEST";
    if env::var(CHILD).is_ok_and(|child| child == name) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(test());
        return;
    }
    let binary = env::current_exe().unwrap();
    let mut child = Command::new(binary);
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        child.env_remove(variable);
        child.env_remove(variable.to_ascii_lowercase());
    }
    let output = child
        .args([name, "--exact", "--nocapture"])
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .envs(variables.iter().copied())
        .env(CHILD, name)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("1 passed"), "{text}");
}
