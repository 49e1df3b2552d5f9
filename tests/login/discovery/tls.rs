//! Providers behind https.
//!
//! The platform decides which certificates are valid, so each test runs itself again in a process
//! that trusts the test CA. Only Linux reads the CA from the environment.

use std::{env, time::Duration};

use axum_streamlit_auth::AuthLayer;

use super::super::environment::run_with_environment;
use support::{Browser, Log, ORIGIN, Provider, TEST_CA, TestApp, Tls, Visit, app, secrets};

/// A document fetched over https must not name endpoints whose traffic others on the network can
/// read or change.
#[test]
fn https_document_requires_https_endpoints() {
    with_test_ca("https_document_requires_https_endpoints", async || {
        for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            let mut test_app = test_app(Tls::Valid).await;
            let plain = test_app.provider.url("/x").replace("https://", "http://");
            test_app.provider.set(|f| f.metadata.set(endpoint, plain));
            test_app
                .assert_provider_unavailable(login(&test_app), "discovery_endpoint")
                .await;
            assert_eq!(test_app.provider.count("discovery"), 1);
        }
        let mut test_app = test_app(Tls::Valid).await;
        let start = test_app.start("/auth/login").await;
        assert!(start.url.as_str().starts_with("https://127.0.0.1:"));
    });
}

/// No request is sent to a server with an invalid certificate, and the log contains the reason.
#[test]
fn invalid_certificate_is_rejected() {
    with_test_ca("invalid_certificate_is_rejected", async || {
        for (tls, reason, why) in [
            (Tls::Expired, "tls_expired", "expired"),
            (Tls::WrongHost, "tls_name", "not valid for name"),
            (Tls::SelfSigned, "tls_unknown_ca", "UnknownIssuer"),
            (Tls::SelfSignedCa, "tls_unknown_ca", "CaUsedAsEndEntity"),
        ] {
            let mut app = test_app(tls).await;
            let log = support::Log::start();
            app.assert_provider_unavailable(login(&app), reason).await;
            let lines = log.warnings();
            let told = lines.iter().any(|(_, line)| line.contains(why));
            assert!(told, "{tls:?}: {lines:?}");
            assert_eq!(app.provider.all_requests().len(), 0);
        }
        test_app(Tls::Valid).await.start("/auth/login").await;
    });
}

/// A port that serves plain http is reported as a TLS failure.
#[test]
fn plain_http_port_is_a_tls_failure() {
    with_test_ca("plain_http_port_is_a_tls_failure", async || {
        let provider = Provider::start().await;
        let url = provider.metadata_url();
        let secrets = secrets(&provider).toml();
        let secrets = secrets.replace(&url, &url.replace("http://", "https://"));
        assert_eq!(reason(&secrets).await, "tls_failed");
    });
}

/// The doctor shows the same remedy as the error page.
#[test]
fn doctor_names_remedy_of_tls_failure() {
    with_test_ca("doctor_names_remedy_of_tls_failure", async || {
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

/// Plain http needs no CA certificates, and https uses certificates that are installed later.
#[test]
fn http_needs_no_ca_certificates() {
    let none = [("SSL_CERT_FILE", "/nonexistent/ca.pem")];
    run_with_environment(
        "login::discovery::tls::http_needs_no_ca_certificates",
        &none,
        async || {
            let mut plain = TestApp::new().await;
            plain.sign_in("ada").await;
            let mut secured = test_app(Tls::Valid).await;
            let login = login(&secured);
            secured
                .assert_provider_unavailable(login, "tls_no_ca_certificates")
                .await;
        },
    );
}

/// CA certificates are read again if they were absent, unreadable or from another CA.
#[test]
fn ca_certificates_are_read_again_after_failure() {
    const NAME: &str = "login::discovery::tls::ca_certificates_are_read_again_after_failure";
    let file = env::temp_dir().join(format!("ca-{}.pem", std::process::id()));
    let variables = [("SSL_CERT_FILE", file.to_str().unwrap())];
    run_with_environment(NAME, &variables, async || {
        let file = env::var("SSL_CERT_FILE").unwrap();
        let other = include_str!("../../support/src/provider/tls/self_signed.pem");
        for (content, expected) in [
            (None, "tls_no_ca_certificates"),
            (Some("no certificate"), "tls_no_ca_certificates"),
            (Some(other), "tls_unknown_ca"),
        ] {
            let _ = std::fs::remove_file(&file);
            if let Some(content) = content {
                std::fs::write(&file, content).unwrap();
            }
            let mut app = test_app(Tls::Valid).await;
            app.assert_provider_unavailable(login(&app), expected).await;

            std::fs::copy(TEST_CA, &file).unwrap();
            advance_time(2).await;
            let start = app.start("/auth/login").await;
            assert!(start.url.as_str().starts_with(app.provider.origin()));
        }
        std::fs::remove_file(&file).unwrap();
    });
}

/// The reason in the log of a login that fails to start.
pub async fn reason(secrets: &str) -> String {
    let log = Log::start();
    let mut browser = Browser::new(app(secrets), ORIGIN);
    let page = browser.get("/auth/login").await;
    assert_eq!(page.status.as_u16(), 503, "{page:?}");
    log.reasons().pop().unwrap()
}

/// Advances the clock of the caches by this many seconds.
async fn advance_time(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

async fn test_app(tls: Tls) -> TestApp {
    let provider = Provider::start_tls(tls).await;
    let secrets = secrets(&provider);
    TestApp::with_provider(provider, &secrets, ORIGIN)
}

fn login(app: &TestApp) -> Visit {
    Visit::get(app.browser.url("/auth/login"))
}

/// Runs `test` in a process that trusts only the test CA.
fn with_test_ca(name: &str, test: impl AsyncFnOnce()) {
    run_with_environment(
        &format!("login::discovery::tls::{name}"),
        &[("SSL_CERT_FILE", TEST_CA)],
        test,
    );
}
