//! `cookie_secret_file` and `client_secret_file`: accepted files, and the diagnostics for others.

use std::{
    fs,
    path::{Path, PathBuf},
};

use axum_streamlit_auth::AuthLayer;
use insta::assert_snapshot;

use super::{SECRET, VALID, error_for, with};

/// Creates an empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("linked-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// [`VALID`] with both secrets in files.
fn in_files() -> String {
    with(
        &format!("cookie_secret = \"{SECRET}\""),
        "cookie_secret_file = \"cookie\"",
    )
    .replace(
        "client_secret = \"a-client-secret\"",
        "client_secret_file = \"client\"",
    )
}

/// Returns the error of a secrets.toml in `folder`, without the path of the folder.
fn error_of(folder: &Path, toml: &str) -> String {
    let path = folder.join("secrets.toml");
    fs::write(&path, toml).unwrap();
    let error = AuthLayer::from_path(&path).expect_err(toml).to_string();
    error.replace(&folder.display().to_string(), "")
}

/// A relative path starts at the directory of secrets.toml.
#[test]
fn secrets_are_read_from_files() {
    let folder = folder("read");
    let path = folder.join("secrets.toml");
    fs::write(&path, in_files()).unwrap();
    for (start, end) in [("", ""), ("", "\n"), ("", "\r\n"), ("\u{feff}", "\n")] {
        fs::write(folder.join("cookie"), format!("{start}{SECRET}{end}")).unwrap();
        // A byte order mark would be an invisible character of the secret.
        let secret = format!("{start}a client's secret{end}");
        fs::write(folder.join("client"), secret).unwrap();
        let auth = AuthLayer::from_path(&path).unwrap();
        assert!(!format!("{auth:?}").contains("secret"), "{auth:?}");
    }
}

#[test]
fn unusable_files_match_snapshot() {
    let folder = folder("unusable");
    let mut errors = String::new();
    let mut add = |title: &str, cookie: Option<&[u8]>, client: Option<&[u8]>| {
        for (name, content) in [("cookie", cookie), ("client", client)] {
            let path = folder.join(name);
            let _ = fs::remove_file(&path);
            if let Some(content) = content {
                fs::write(path, content).unwrap();
            }
        }
        errors += &format!("## {title}\n{}\n", error_of(&folder, &in_files()));
    };
    let secret = Some(SECRET.as_bytes());
    add("missing", None, None);
    add("empty", Some(b""), Some(b" \r\n"));
    add("not UTF-8", Some(b"\xff\xfe\x00"), secret);
    add("too large", Some(&[b'x'; 65 * 1024]), secret);
    add("weak", Some(b"changeme\n"), Some(b"${SECRET}\n"));
    add("two lines", secret, Some(b"one\n\n"));
    assert_snapshot!(errors);
}

#[test]
fn conflicting_keys_match_snapshot() {
    let folder = folder("conflicts");
    for name in ["cookie", "client"] {
        fs::write(folder.join(name), SECRET).unwrap();
    }
    let both = in_files() + &format!("cookie_secret = \"{SECRET}\"\nclient_secret = \"b\"\n");
    let public = in_files() + "client_kwargs = { token_endpoint_auth_method = \"none\" }\n";
    let types = in_files()
        .replace("\"cookie\"", "[\"cookie\"]")
        .replace("\"client\"", "\" \"");
    let directory = in_files().replace("\"cookie\"", "\".\"");
    let shared = in_files()
        + "[auth.google]\nclient_id = \"a\"\nclient_secret = \"b\"\ncookie_secret_file = \"cookie\"\n";
    let typo = in_files().replace("client_secret_file", "client_secret_fil");
    let mut errors = String::new();
    for (title, toml) in [
        ("both spellings", both),
        ("public client", public),
        ("other types", types),
        ("directory", directory),
        ("shared key in provider", shared),
        ("misspelt key", typo),
    ] {
        errors += &format!("## {title}\n{}\n", error_of(&folder, &toml));
    }
    assert_snapshot!(errors);
}

/// A path in a message could be the secret itself, written to the wrong key.
#[test]
fn diagnostic_never_shows_path() {
    let toml = VALID.replace("client_secret = \"", "client_secret_file = \"");
    let error = error_for(&toml);
    assert_eq!(error.diagnostics()[0].key(), "auth.client_secret_file");
    assert!(!error.to_string().contains("a-client-secret"), "{error}");
    assert!(!format!("{error:?}").contains("a-client-secret"));
}

/// Reading a pipe or a device could block the app forever.
#[cfg(unix)]
#[test]
fn device_is_not_read() {
    let folder = folder("device");
    fs::write(folder.join("client"), "a client's secret").unwrap();
    let device = in_files().replace("\"cookie\"", "\"/dev/null\"");
    let error = error_of(&folder, &device);
    assert!(error.contains("not a regular file"), "{error}");
}
