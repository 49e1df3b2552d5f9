//! The doctor, against the provider that can misbehave: each fault is found, and its key and line are named.

#[path = "../support/mod.rs"]
mod support;

mod client;
mod file;
mod names;
mod published;
mod sign_out;
mod whole;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum_streamlit_auth::{AuthLayer, Report, Step};

use support::{COOKIE_SECRET, ORIGIN, Provider};

/// A folder with a secrets.toml that only its owner may read. It goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(toml: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("doctor-{}-{number}", std::process::id());
        let folder = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        fs::create_dir_all(&folder.0).unwrap();
        fs::write(folder.file(), toml).unwrap();
        folder.mode(0o600);
        folder
    }

    fn file(&self) -> PathBuf {
        self.0.join("secrets.toml")
    }

    fn git(&self, arguments: &[&str]) {
        let git = Command::new("git")
            .args(arguments)
            .current_dir(&self.0)
            .output();
        assert!(git.unwrap().status.success(), "{arguments:?}");
    }

    #[cfg(unix)]
    fn mode(&self, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(self.file(), fs::Permissions::from_mode(mode)).unwrap();
    }

    #[cfg(not(unix))]
    fn mode(&self, _: u32) {}
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A configuration that is right, its provider in a table of its own. The provider registers our redirect URI.
fn right(provider: &Provider) -> String {
    let redirect_uri = format!("{ORIGIN}/oauth2callback");
    provider.client(|client| client.redirect_uris = vec![redirect_uri.clone()]);
    let client = provider.registered();
    format!(
        "[auth]\nredirect_uri = {redirect_uri:?}\ncookie_secret = {COOKIE_SECRET:?}\n\n[auth.lab]\nclient_id = {:?}\nclient_secret = {:?}\nserver_metadata_url = {:?}\n",
        client.id,
        client.secret,
        provider.metadata_url()
    )
}

async fn check(toml: &str) -> Report {
    let folder = Folder::new(toml);
    AuthLayer::check_path(folder.file()).await
}

/// Fails unless the report has exactly one step that is not right: this one, of `key` at the line where it is written, or else its table.
/// Nothing secret may be in the report.
fn is_only(report: &Report, toml: &str, mark: char, key: &str) {
    let found: Vec<&Step> = report
        .steps()
        .iter()
        .filter(|step| step.mark() != '✓')
        .collect();
    let [step] = &found[..] else {
        panic!("not one step but {}:\n{report}", found.len())
    };
    let fault = step.fault().unwrap();
    assert_eq!((step.mark(), fault.key()), (mark, key), "{report}");
    assert_eq!(fault.line(), line_of(toml, key), "{report}");
    assert!(!fault.fix().is_empty() && !fault.problem().is_empty());
    assert_eq!(report.is_ok(), mark != '✗');
    tells_nothing(report);
}

/// Fails unless the report has exactly one step that is not right, and that is `?` with these words.
fn is_unknown(report: &Report, words: &str) {
    let mut found = report.steps().iter().filter(|step| step.mark() != '✓');
    let step = found.next().unwrap_or_else(|| panic!("{report}"));
    assert!(found.next().is_none(), "{report}");
    assert!(
        step.mark() == '?' && step.text().contains(words),
        "{words}: {report}"
    );
    assert!(step.fault().is_none() && report.is_ok(), "{report}");
    tells_nothing(report);
}

fn tells_nothing(report: &Report) {
    let text = format!("{report}{report:?}");
    for secret in [COOKIE_SECRET, "test-client-secret-7f3a"] {
        assert!(!text.contains(secret), "{text}");
    }
}

fn is_right(report: &Report) {
    assert!(report.is_ok(), "{report}");
    assert!(
        report
            .steps()
            .iter()
            .all(|step| step.mark() == '✓' && step.fault().is_none()),
        "{report}"
    );
    tells_nothing(report);
}

fn line_of(toml: &str, key: &str) -> Option<usize> {
    let begins = |start: &str| {
        toml.lines()
            .position(|line| line.starts_with(start))
            .map(|at| at + 1)
    };
    let parts: Vec<&str> = key.split('.').collect();
    match parts[..] {
        ["auth", "lab", key, ..] => begins(&format!("{key} ")).or_else(|| begins("[auth.lab]")),
        ["auth", key] => begins(&format!("{key} ")).or_else(|| begins("[auth]")),
        _ => None,
    }
}
