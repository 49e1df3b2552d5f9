//! `client_assertion_file`: a JWT of the platform, which renews the file.

use support::{Auth, Log, ORIGIN, Provider, TestApp, secrets};

use super::CredentialFile;

/// A token with this payload that this crate accepts as a JWT.
fn token(payload: &str) -> String {
    format!("eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl")
}

async fn start() -> (TestApp, CredentialFile) {
    let provider = Provider::start().await;
    provider.client(|client| {
        client.auth = Auth::Federated;
        client.assertion = token("Zmlyc3Q");
    });
    let file = CredentialFile::new(&token("Zmlyc3Q"));
    let secrets = secrets(&provider).auth(&file.line("client_assertion_file"));
    (TestApp::with_provider(provider, &secrets, ORIGIN), file)
}

#[tokio::test]
async fn assertion_is_read_at_each_login() {
    let (mut app, file) = start().await;
    app.sign_in("ada").await;
    for payload in ["c2Vjb25k", "dGhpcmQ", "Zm91cnRo"] {
        app.provider
            .client(|client| client.assertion = token(payload));
        // Writers often end the file with a line break.
        file.write(&format!("{}\n", token(payload)));
        app.sign_in("bob").await;
    }
    for request in app.provider.requests("token") {
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.parameter("client_secret"), None);
        assert_eq!(request.parameter("client_id"), Some("app"));
    }
}

/// Kubernetes replaces the target of a symbolic link.
#[cfg(unix)]
#[tokio::test]
async fn assertion_is_read_through_symbolic_link() {
    let (app, file) = start().await;
    drop(app);
    let second = CredentialFile::new(&token("c2Vjb25k"));
    let link = CredentialFile::new("");
    link.remove();
    std::os::unix::fs::symlink(&file.0, &link.0).unwrap();
    let provider = Provider::start().await;
    provider.client(|client| {
        client.auth = Auth::Federated;
        client.assertion = token("Zmlyc3Q");
    });
    let secrets = secrets(&provider).auth(&link.line("client_assertion_file"));
    let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
    app.sign_in("ada").await;

    link.remove();
    std::os::unix::fs::symlink(&second.0, &link.0).unwrap();
    app.provider
        .client(|client| client.assertion = token("c2Vjb25k"));
    app.sign_in("bob").await;
}

#[tokio::test]
async fn unusable_assertion_is_not_sent() {
    let (mut app, file) = start().await;
    let callback = app.callback().await;
    tokio::time::pause(); // the file is read again a few times
    for content in [
        "",
        "two.parts",
        "a.b.c.d",
        "a..c",
        "a.b.c\r\nd.e.f",
        "a.b.c&client_id=other",
        "{\"access_token\":\"a.b.c\"}",
        &"a".repeat(70_000),
    ] {
        file.write(content);
        let log = Log::start();
        let page = app.browser.step(callback.clone()).await;
        assert_eq!(page.status, 503, "{content:.20}");
        let (_, line) = log.warnings().remove(0);
        assert!(line.contains("reason=\"client_file\""), "{line}");
        assert!(
            line.contains("key=\"auth.client_assertion_file\""),
            "{line}"
        );
    }
    tokio::time::resume();
    assert_eq!(app.provider.count("token"), 0);
    file.write(&token("Zmlyc3Q"));
    app.browser.step(callback).await;
    assert_eq!(app.current_user().await, "ada");
}
