//! Credentials in files: the diagnostics, and the mutually exclusive keys.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use axum_streamlit_auth::AuthLayer;
use insta::assert_snapshot;
use support::keys;

use super::{VALID, error_for};

/// A directory with a file of each kind. Dropping it removes it.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("credentials-{}-{number}", std::process::id());
        let files = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        fs::create_dir_all(&files.0).unwrap();
        files.write("rsa.pem", &keys::private_pem("RS256", 1));
        files.write("p256.pem", &keys::private_pem("ES256", 1));
        files.write("ed25519.pem", &keys::private_pem("EdDSA", 1));
        files.write("AuthKey_ABC123DEFG.p8", &keys::private_pem("ES256", 1));
        files.write("public.pem", &keys::public_pem(1));
        files.write("weak.pem", keys::WEAK_PEM);
        files.write("encrypted.pem", ENCRYPTED);
        files.write("encrypted-ec.pem", ENCRYPTED_EC);
        files.write("openssh.pem", OPENSSH);
        let (rsa, p256) = (keys::private_pem("RS256", 1), keys::private_pem("ES256", 1));
        files.write("two.pem", &format!("{rsa}{p256}"));
        files.write("line.pem", &p256.replace('\n', ""));
        files.write("escaped.pem", &p256.replace('\n', "\\n"));
        for (name, alg) in [("rsa", "RS256"), ("p256", "ES256"), ("ed25519", "EdDSA")] {
            files.write(&format!("{name}.crt"), keys::certificate(alg));
        }
        files.write("token", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln\n");
        files.write("empty", "");
        files.write("text", "hush-hush");
        fs::write(files.0.join("binary"), [0xff, 0xfe]).unwrap();
        files
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).unwrap();
    }

    /// [`VALID`] without a secret and with `lines`, in which `{}` is this directory.
    fn toml(&self, lines: &str) -> String {
        let secret = "client_secret = \"a-client-secret\"\n";
        assert!(VALID.contains(secret));
        let lines = lines.replace("{}", self.0.to_str().unwrap());
        format!("{}{lines}\n", VALID.replace(secret, ""))
    }

    /// `[auth.apple]` with `keys`, in which `{}` is this directory.
    fn apple(&self, keys: &str) -> String {
        let shared: String = VALID
            .lines()
            .take(3)
            .map(|line| format!("{line}\n"))
            .collect();
        let keys = keys.replace("{}", self.0.to_str().unwrap());
        format!("{shared}\n[auth.apple]\nclient_id = \"com.example.web\"\n{keys}\n")
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const ENCRYPTED: &str =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFc=\n-----END ENCRYPTED PRIVATE KEY-----\n";

const ENCRYPTED_EC: &str = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMIGb\n-----END EC PRIVATE KEY-----\n";

const OPENSSH: &str =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n";

fn errors(cases: &[(&str, String)]) -> String {
    let error = |(title, toml): &(&str, String)| {
        let error = error_for(toml).to_string();
        assert!(!error.contains("hush-hush"), "{error}");
        format!("## {title}\n{error}\n")
    };
    cases.iter().map(error).collect()
}

#[test]
fn credential_files_are_accepted() {
    let files = Files::new();
    for lines in [
        "client_assertion_file = \"{}/token\"",
        "client_key_file = \"{}/rsa.pem\"",
        "client_key_file = \"{}/rsa.pem\"\nclient_key_algorithm = \"PS256\"",
        "client_key_file = \"{}/p256.pem\"\nclient_key_id = \"one\"\nclient_key_algorithm = \"ES256\"",
        "client_key_file = \"{}/ed25519.pem\"\nclient_key_algorithm = \"Ed25519\"",
        "client_key_file = \"{}/rsa.pem\"\nclient_certificate_file = \"{}/rsa.crt\"",
        "client_key_file = \"{}/p256.pem\"\nclient_certificate_file = \"{}/p256.crt\"",
        "client_key_file = \"{}/ed25519.pem\"\nclient_certificate_file = \"{}/ed25519.crt\"",
        "client_key_file = \"{}/p256.pem\"\nclient_kwargs = { token_endpoint_auth_method = \"private_key_jwt\" }",
        "client_assertion_file = \"{}/token\"\nclient_kwargs = { token_endpoint_auth_method = \"private_key_jwt\" }",
    ] {
        let toml = files.toml(lines);
        assert!(AuthLayer::from_toml(&toml).is_ok(), "{}", error_for(&toml));
    }
    for keys in [
        "team_id = \"TEAM123456\"\nclient_key_file = \"{}/AuthKey_ABC123DEFG.p8\"",
        "team_id = \"TEAM123456\"\nkey_id = \"ABC123DEFG\"\nclient_key_file = \"{}/p256.pem\"",
        "client_secret = \"eyJhbGciOiJFUzI1NiJ9.made.elsewhere\"",
    ] {
        let toml = files.apple(keys);
        assert!(AuthLayer::from_toml(&toml).is_ok(), "{}", error_for(&toml));
    }
}

/// A relative path does not depend on the working directory.
#[test]
fn relative_path_is_resolved_from_secrets_file() {
    let files = Files::new();
    files.write(
        "secrets.toml",
        &files.toml("client_key_file = \"p256.pem\""),
    );
    AuthLayer::from_path(files.0.join("secrets.toml")).unwrap();
}

#[test]
fn unusable_credential_files_are_reported() {
    let files = Files::new();
    let key = |file: &str| files.toml(&format!("client_key_file = \"{{}}/{file}\""));
    let errors = errors(&[
        ("missing file", key("absent.pem")),
        ("directory", key("")),
        ("blank path", files.toml("client_key_file = \" \"")),
        (
            "key instead of a path",
            files.toml("client_key_file = \"hush-hush\""),
        ),
        ("not a string", files.toml("client_key_file = 1")),
        ("empty file", key("empty")),
        ("binary file", key("binary")),
        ("no key", key("text")),
        ("public key", key("public.pem")),
        ("certificate", key("p256.crt")),
        ("encrypted key", key("encrypted.pem")),
        ("encrypted key of OpenSSL 0.9", key("encrypted-ec.pem")),
        ("key of OpenSSH", key("openssh.pem")),
        ("two keys", key("two.pem")),
        ("key in one line", key("line.pem")),
        ("key with escaped line breaks", key("escaped.pem")),
        ("weak key", key("weak.pem")),
        (
            "no certificate",
            files.toml("client_key_file = \"{}/p256.pem\"\nclient_certificate_file = \"{}/text\""),
        ),
        (
            "certificate of another key",
            files.toml(
                "client_key_file = \"{}/rsa.pem\"\nclient_certificate_file = \"{}/p256.crt\"",
            ),
        ),
        (
            "missing assertion",
            files.toml("client_assertion_file = \"{}/absent\""),
        ),
        (
            "no assertion",
            files.toml("client_assertion_file = \"{}/text\""),
        ),
    ]);
    assert_snapshot!(errors);
}

#[test]
fn contradictory_credentials_are_reported() {
    let files = Files::new();
    let key = "client_key_file = \"{}/p256.pem\"\n";
    let assertion = "client_assertion_file = \"{}/token\"\n";
    let secret = "client_secret = \"hush-hush\"\n";
    let method =
        |method: &str| format!("client_kwargs = {{ token_endpoint_auth_method = \"{method}\" }}\n");
    let toml = |lines: &[&str]| files.toml(&lines.concat());
    let errors = errors(&[
        ("secret and key", toml(&[secret, key])),
        ("secret and assertion", toml(&[assertion, secret])),
        ("key and assertion", toml(&[key, assertion])),
        ("all three", toml(&[key, assertion, secret])),
        ("key of a public client", toml(&[key, &method("none")])),
        (
            "key by another method",
            toml(&[key, &method("client_secret_post")]),
        ),
        (
            "assertion by another method",
            toml(&[assertion, &method("client_secret_basic")]),
        ),
        (
            "secret by another method",
            toml(&[secret, &method("private_key_jwt")]),
        ),
        ("method without a key", toml(&[&method("private_key_jwt")])),
        (
            "unsupported method",
            toml(&[key, &method("client_secret_jwt")]),
        ),
    ]);
    assert_snapshot!(errors);
}

#[test]
fn unusable_key_settings_are_reported() {
    let files = Files::new();
    let key =
        |file: &str, line: &str| files.toml(&format!("client_key_file = \"{{}}/{file}\"\n{line}"));
    let errors = errors(&[
        (
            "unsupported algorithm",
            key("rsa.pem", "client_key_algorithm = \"HS256\""),
        ),
        (
            "wrong key type",
            key("rsa.pem", "client_key_algorithm = \"ES256\""),
        ),
        (
            "wrong curve",
            key("ed25519.pem", "client_key_algorithm = \"ES256\""),
        ),
        (
            "unsupported audience",
            key(
                "rsa.pem",
                "client_assertion_audience = \"https://evil.example\"",
            ),
        ),
        (
            "unsupported type",
            key("rsa.pem", "client_assertion_typ = \"jwt\""),
        ),
        (
            "settings without a key",
            files.toml(
                "client_secret = \"b\"\nclient_key_id = \"one\"\nclient_assertion_typ = \"JWT\"",
            ),
        ),
        ("misspelt key", files.toml("client_key = \"key.pem\"")),
    ]);
    assert_snapshot!(errors);
}

#[test]
fn unusable_apple_keys_are_reported() {
    let files = Files::new();
    let errors = errors(&[
        ("no credential", files.apple("")),
        ("no team", files.apple("client_key_file = \"{}/AuthKey_ABC123DEFG.p8\"")),
        ("no key ID", files.apple("team_id = \"TEAM123456\"\nclient_key_file = \"{}/p256.pem\"")),
        ("wrong IDs", files.apple("team_id = \"team123456\"\nkey_id = \"ABC\"\nclient_key_file = \"{}/p256.pem\"")),
        ("wrong key type", files.apple("team_id = \"TEAM123456\"\nkey_id = \"ABC123DEFG\"\nclient_key_file = \"{}/rsa.pem\"")),
        ("team without a key", files.apple("team_id = \"TEAM123456\"\nclient_secret = \"b\"")),
        ("settings of another provider", files.apple("team_id = \"TEAM123456\"\nclient_key_file = \"{}/AuthKey_ABC123DEFG.p8\"\nclient_key_id = \"one\"")),
        ("another provider", files.toml("client_key_file = \"{}/p256.pem\"\n[auth.google]\nteam_id = \"TEAM123456\"\nclient_id = \"a\"\nclient_secret = \"b\"")),
    ]);
    assert_snapshot!(errors);
}
