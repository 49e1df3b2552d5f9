//! Section A.1 of the attacks: what a configuration may be, and what is said when it is none.

#[path = "../support/mod.rs"]
mod support;

mod faults;
mod keys;
mod search;
mod secrets;
mod texts;
mod values;
mod wire;

use axum_streamlit_auth::{AuthLayer, ConfigError};

/// Lines that are right, to which a test adds one that is not.
const RIGHT: &str = "[auth]
redirect_uri = \"http://localhost:8501/oauth2callback\"
cookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"
client_id = \"app\"
client_secret = \"a-client-secret\"
server_metadata_url = \"https://accounts.google.com/.well-known/openid-configuration\"
";

/// [`RIGHT`] with one line in place of another.
fn with(from: &str, to: &str) -> String {
    assert!(RIGHT.contains(from), "{from}");
    RIGHT.replace(from, to)
}

fn refused(toml: &str) -> ConfigError {
    match AuthLayer::from_toml(toml) {
        Ok(_) => panic!("accepted:\n{toml}"),
        Err(error) => error,
    }
}

/// Whether the only fault is one of this key.
fn is_fault_of(toml: &str, key: &str) -> bool {
    let error = refused(toml);
    let keys: Vec<_> = error.faults().iter().map(|fault| fault.key()).collect();
    assert_eq!(keys, [key], "{error}\n{toml}");
    true
}
