//! secrets.toml: accepted configurations, and the diagnostics for others.

mod allow;
mod bearer;
mod credentials;
mod environment;
mod faults;
mod graph;
mod headers;
mod keys;
mod linked_files;
mod oauth2;
mod search;
mod secrets;
mod sessions;
mod snapshots;
mod unknown;
mod values;
mod wire;

use axum_streamlit_auth::{AuthLayer, ConfigError};

use support::Log;

/// A valid configuration, to which tests add invalid lines.
const VALID: &str = "[auth]
redirect_uri = \"http://localhost:8501/oauth2callback\"
cookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"
client_id = \"app\"
client_secret = \"a-client-secret\"
server_metadata_url = \"https://accounts.google.com/.well-known/openid-configuration\"
";

/// The cookie secret of [`VALID`].
const SECRET: &str = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ";

/// [`VALID`] with `from` replaced by `to`.
fn with(from: &str, to: &str) -> String {
    assert!(VALID.contains(from), "{from}");
    VALID.replace(from, to)
}

fn error_for(toml: &str) -> ConfigError {
    match AuthLayer::from_toml(toml) {
        Ok(_) => panic!("accepted:\n{toml}"),
        Err(error) => error,
    }
}

/// Asserts that the only diagnostic is for this key.
fn assert_only_diagnostic(toml: &str, key: &str) {
    let error = error_for(toml);
    let keys: Vec<_> = error
        .diagnostics()
        .iter()
        .map(|fault| fault.key())
        .collect();
    assert_eq!(keys, [key], "{error}\n{toml}");
}

/// Asserts that each secret is an error and not a warning, both as the current and as an earlier
/// secret.
fn assert_not_cookie_secrets(secrets: &[&str]) {
    let log = Log::start();
    for secret in secrets {
        assert_only_diagnostic(&with(SECRET, secret), "auth.cookie_secret");
        let old = format!("{VALID}cookie_secrets_old = [{secret:?}]\n");
        assert_only_diagnostic(&old, "auth.cookie_secrets_old");
    }
    assert!(log.warnings().is_empty());
}
