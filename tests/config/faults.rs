//! What is refused, key by key, and that no fault tells a value.

use std::{error::Error, path::PathBuf};

use axum_streamlit_auth::{AuthLayer, ConfigError};
use serde::{Serialize, Serializer, ser};

use super::{RIGHT, is_fault_of, refused, support::Log, with};

const SECRET: &str = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ";

/// In place of every value that may be a secret.
const CANARY: &str = "canary-4f9c1b7e";

#[test]
fn a001_a_secret_has_to_be_there() {
    for secret in ["", " ", "\\t\\n"] {
        assert!(is_fault_of(&with(SECRET, secret), "auth.cookie_secret"));
    }
    assert!(is_fault_of(
        &with(&format!("\"{SECRET}\""), "7"),
        "auth.cookie_secret"
    ));
}

#[test]
fn a002_a_secret_that_can_be_guessed_is_refused_and_a_short_one_is_a_warning() {
    let log = Log::start();
    for secret in [
        "xxx",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "changeme",
        "Change-Me-Change-Me-Change-Me-Change-Me",
        "your-random-cookie-secret-goes-here",
        "<a strong random string of your own>",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "15-bytes-are-15",
    ] {
        assert!(is_fault_of(&with(SECRET, secret), "auth.cookie_secret"));
        let old = format!("{RIGHT}cookie_secrets_old = [\"{secret}\"]\n");
        assert!(is_fault_of(&old, "auth.cookie_secrets_old"));
    }
    assert!(log.complaints().is_empty());

    for (secret, warnings) in [(&SECRET[..16], 1), (&SECRET[..31], 1), (&SECRET[..32], 0)] {
        let log = Log::start();
        AuthLayer::from_toml(&with(SECRET, secret)).unwrap();
        let complaints = log.complaints();
        assert_eq!(complaints.len(), warnings, "{secret} {complaints:?}");
        assert!(
            complaints
                .iter()
                .all(|(_, text)| text.contains("key=\"cookie_secret\""))
        );
        assert!(!format!("{:?}", log.all()).contains(secret));
    }
}

#[test]
fn a002_the_public_secret_of_the_examples_is_for_loopback_only() {
    let toml = with(SECRET, "public-development-secret-for-loopback-only");
    AuthLayer::from_toml(&toml).unwrap();
    let public = toml.replace("http://localhost:8501", "https://app.example");
    assert!(is_fault_of(&public, "auth.cookie_secret"));
}

#[test]
fn a003_a_broken_line_is_named_and_never_shown() {
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
        let error = refused(&toml);
        let [fault] = error.faults() else {
            panic!("{error}")
        };
        assert!(fault.line().is_some_and(|line| line >= 5), "{error}");
        assert!(error.to_string().contains("is not valid TOML"), "{error}");
        tells_nothing(&error);
    }
}

#[test]
fn a003_no_fault_tells_a_value() {
    let wrong = format!(
        r#"[auth]
redirect_uri = "http://{CANARY}:{CANARY}@app.example/oauth2callback"
cookie_secret = "{}"
cookie_secrets_old = ["{}", 1, "{CANARY}"]
cookie_days = "{CANARY}"
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
    let error = refused(&wrong);
    assert!(error.faults().len() >= 18, "{error}");
    tells_nothing(&error);

    let value: serde_json::Value = toml::from_str(&wrong).unwrap();
    tells_nothing(&AuthLayer::from_value(&value).err().unwrap());
    tells_nothing(&AuthLayer::from_value(&Refuses).err().unwrap());
    tells_nothing(&AuthLayer::from_value(&CANARY).err().unwrap());
}

#[test]
fn a003_all_faults_of_a_file_at_once_with_key_file_line_and_fix() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("faults.toml");
    let wrong = with("http://localhost:8501/", "/")
        .replace(SECRET, "xxx")
        .replace("client_id", "clientid")
        .replace("accounts.google.com", "{account}.eu.auth0.com");
    std::fs::write(&path, format!("# ours\n\n{wrong}\n[auth.a_b]\n")).unwrap();

    let error = AuthLayer::from_path(&path).err().unwrap();

    let found: Vec<_> = error
        .faults()
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
    for fault in error.faults() {
        assert_eq!(fault.file(), Some(&*path));
        let shown = format!(
            "{}:{}: `{}` {} {}",
            path.display(),
            fault.line().unwrap(),
            fault.key(),
            fault.problem(),
            fault.fix()
        );
        assert!(error.to_string().contains(&shown), "{error}");
        assert!(fault.problem().ends_with('.') && fault.fix().len() > 10);
    }
    assert_eq!(format!("{error:?}"), error.to_string());
    assert!(
        error
            .to_string()
            .starts_with("the sign-in configuration has 6 faults:\n")
    );
}

#[test]
fn a003_a_file_that_is_not_there_or_no_text() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let missing = AuthLayer::from_path(folder.join("none.toml"))
        .err()
        .unwrap();
    assert!(missing.to_string().contains("does not exist."), "{missing}");
    assert!(missing.to_string().contains("[auth]"), "{missing}");

    let binary = folder.join("binary.toml");
    std::fs::write(&binary, b"[auth]\ncookie_secret = \"\xff\"\n").unwrap();
    let error = AuthLayer::from_path(&binary).err().unwrap();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    assert_eq!(error.faults()[0].file(), Some(&*binary));
}

fn tells_nothing(error: &ConfigError) {
    let mut shown = format!("{error} {error:?} {error:#?}");
    for fault in error.faults() {
        shown += &format!("{fault} {fault:?} {fault:#?}");
    }
    let mut source = error.source();
    while let Some(cause) = source {
        shown += &format!("{cause} {cause:?}");
        source = cause.source();
    }
    assert!(!shown.contains("canary"), "{error}");
}

/// Refuses to be serialized, and says more than it should.
struct Refuses;

impl Serialize for Refuses {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(CANARY))
    }
}
