//! Diagnostics for each key, and secrecy of values.

use std::{error::Error, path::PathBuf};

use axum_streamlit_auth::{AuthLayer, ConfigError};
use serde::{Serialize, Serializer, ser};

use super::{SECRET, assert_not_cookie_secrets, assert_only_diagnostic, error_for, with};
use support::Log;

/// Replaces every value that may be a secret.
const CANARY: &str = "canary-4f9c1b7e";

#[test]
fn cookie_secret_is_required() {
    for secret in ["", " ", "\\t\\n"] {
        assert_only_diagnostic(&with(SECRET, secret), "auth.cookie_secret");
    }
    assert_only_diagnostic(&with(&format!("\"{SECRET}\""), "7"), "auth.cookie_secret");
}

#[test]
fn guessable_cookie_secret_is_rejected() {
    assert_not_cookie_secrets(&[
        "xxx",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "changeme",
        "Change-Me-Change-Me-Change-Me-Change-Me",
        "your-random-cookie-secret-goes-here",
        "<a strong random string of your own>",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "15-bytes-are-15",
    ]);

    for (secret, warnings) in [(&SECRET[..16], 1), (&SECRET[..31], 1), (&SECRET[..32], 0)] {
        let log = Log::start();
        AuthLayer::from_toml(&with(SECRET, secret)).unwrap();
        let logged = log.warnings();
        assert_eq!(logged.len(), warnings, "{secret} {logged:?}");
        assert!(
            logged
                .iter()
                .all(|(_, text)| text.contains("key=\"cookie_secret\""))
        );
        assert!(!format!("{:?}", log.all()).contains(secret));
    }
}

#[test]
fn public_secret_is_rejected_off_loopback() {
    let toml = with(SECRET, "public-development-secret-for-loopback-only");
    AuthLayer::from_toml(&toml).unwrap();
    let public = toml.replace("http://localhost:8501", "https://app.example");
    assert_only_diagnostic(&public, "auth.cookie_secret");
}

#[test]
fn syntax_error_never_quotes_the_line() {
    for line in [
        format!("client_secret = {CANARY}"),
        format!("client_secret = \"{CANARY}"),
        format!("client_secret = '{CANARY}"),
        format!("client_secret = \"{CANARY}\\q\""),
        format!("client_secret = \"{CANARY}\" {CANARY}"),
        format!("client_secret = “{CANARY}”"),
        format!("client_secret \"{CANARY}\""),
        format!("client_secret = [\"{CANARY}\""),
        format!("client_secret = {{ \"{CANARY}\" }}"),
        format!("client_secret = \"\"\"{CANARY}"),
        format!("client_secret = 0x{CANARY}"),
        format!("client_secret = \"{CANARY}\"\nclient_secret = \"{CANARY}\""),
        CANARY.to_owned(),
        format!("= {CANARY}"),
        format!("[auth.{CANARY}"),
    ] {
        let toml = with("client_secret = \"a-client-secret\"", &line);
        let error = error_for(&toml);
        let [fault] = error.diagnostics() else {
            panic!("{error}")
        };
        assert!(fault.line().is_some_and(|line| line >= 5), "{error}");
        assert!(error.to_string().contains("invalid TOML"), "{error}");
        assert_no_secret(&error);
    }
}

#[test]
fn diagnostics_never_show_values() {
    let wrong = format!(
        r#"[auth]
redirect_uri = "http://{CANARY}:{CANARY}@app.example/oauth2callback"
cookie_secret = "{}"
cookie_secrets_old = ["{}", 1, "{CANARY}"]
cookie_lifetime = "{CANARY}"
revoked_before = "{CANARY}"
expose_tokens = ["{CANARY}"]
claims = "{CANARY}"
app_name = ["{CANARY}"]
client_secret = {{ a = "{CANARY}" }}
server_metadata_url = "http://{CANARY}/"
label = 1
userinfo = "{CANARY}"
trusted_audiences = "{CANARY}"
client_kwargs = {{ nonce = "{CANARY}", scope = ["{CANARY}"], token_endpoint_auth_method = "{CANARY}", response_mode = "{CANARY}", x = [["{CANARY}"]] }}
client_secrt = "{CANARY}"
[auth.one]
client_id = ["{CANARY}"]
client_secret = "xxx{CANARY}"
server_metadata_url = "{CANARY}"
"#,
        &CANARY[..15],
        &CANARY[..7],
    );
    let error = error_for(&wrong);
    assert!(error.diagnostics().len() >= 18, "{error}");
    assert_no_secret(&error);

    let value: serde_json::Value = toml::from_str(&wrong).unwrap();
    assert_no_secret(&AuthLayer::from_value(&value).err().unwrap());
    assert_no_secret(&AuthLayer::from_value(&Unserializable).err().unwrap());
    assert_no_secret(&AuthLayer::from_value(&CANARY).err().unwrap());
}

#[test]
fn all_diagnostics_are_reported_at_once() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("faults.toml");
    let wrong = with("http://localhost:8501/", "/")
        .replace(SECRET, "xxx")
        .replace("client_id", "clientid")
        .replace("accounts.google.com", "{account}.eu.auth0.com");
    std::fs::write(&path, format!("# comment\n\n{wrong}\n[auth.a_b]\n")).unwrap();

    let error = AuthLayer::from_path(&path).err().unwrap();

    let found: Vec<_> = error
        .diagnostics()
        .iter()
        .map(|fault| (fault.line().unwrap(), fault.key()))
        .collect();
    assert_eq!(
        found,
        [
            (3, "auth.client_id"),
            (4, "auth.redirect_uri"),
            (5, "auth.cookie_secret"),
            (6, "auth.clientid"),
            (8, "auth.server_metadata_url"),
            (10, "auth.a_b"),
        ]
    );
    for fault in error.diagnostics() {
        assert_eq!(fault.file(), Some(&*path));
        let shown = format!(
            "{}:{}: {}: {}\n    help: {}",
            path.display(),
            fault.line().unwrap(),
            fault.key(),
            fault.message(),
            fault.help()
        );
        assert!(error.to_string().contains(&shown), "{error}");
        assert!(!fault.message().ends_with('.') && fault.help().len() > 10);
    }
    assert_eq!(format!("{error:?}"), error.to_string());
    assert!(
        error
            .to_string()
            .starts_with("invalid sign-in configuration\n")
    );
}

#[test]
fn missing_or_binary_file_is_reported() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let missing = AuthLayer::from_path(folder.join("none.toml"))
        .err()
        .unwrap();
    assert!(missing.to_string().contains("file not found"), "{missing}");
    assert!(missing.to_string().contains("[auth]"), "{missing}");

    let binary = folder.join("binary.toml");
    std::fs::write(&binary, b"[auth]\ncookie_secret = \"\xff\"\n").unwrap();
    let error = AuthLayer::from_path(&binary).err().unwrap();
    assert!(
        error.to_string().contains("cannot read this file"),
        "{error}"
    );
    assert_eq!(error.diagnostics()[0].file(), Some(&*binary));
}

fn assert_no_secret(error: &ConfigError) {
    let mut shown = format!("{error} {error:?} {error:#?}");
    for fault in error.diagnostics() {
        shown += &format!("{fault} {fault:?} {fault:#?}");
    }
    let mut source = error.source();
    while let Some(cause) = source {
        shown += &format!("{cause} {cause:?}");
        source = cause.source();
    }
    assert!(!shown.contains("canary"), "{error}");
}

/// A value whose serialization fails with an error that contains a secret.
struct Unserializable;

impl Serialize for Unserializable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(CANARY))
    }
}
