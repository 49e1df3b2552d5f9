//! Providers of plain OAuth 2.0, which have no ID token.

mod github;
mod plain;

use support::{ORIGIN, Provider, Secrets, TestApp};

/// The keys of the client registered at `provider`.
fn client_keys(provider: &Provider) -> String {
    let client = provider.registered();
    format!(
        "client_id = {:?}\nclient_secret = {:?}\n",
        client.id, client.secret
    )
}

/// An app whose only provider is `[auth.<name>]`, with these additional lines.
fn app_of(provider: Provider, name: &str, lines: &str) -> TestApp {
    let keys = client_keys(&provider);
    let secrets = Secrets::new(ORIGIN).line(&format!("[auth.{name}]\n{keys}{lines}"));
    TestApp::with_provider(provider, &secrets, ORIGIN)
}
