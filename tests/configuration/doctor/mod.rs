//! The doctor, with a provider that has faults. Each fault must be reported with its key and line.

mod bearer;
mod client;
mod compared;
mod credentials;
mod discovery;
mod every_key;
mod file;
mod names;
mod oauth2;
mod sessions;
mod sign_out;
mod snapshots;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum_streamlit_auth::{AuthLayer, Check, CheckReport, Outcome};

use support::{COOKIE_SECRET, ORIGIN, Provider};

/// A temporary directory with a secrets.toml that only its owner can read.
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

/// A valid configuration with the provider in its own table. Registers the redirect URI.
fn valid_toml(provider: &Provider) -> String {
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

async fn check(toml: &str) -> CheckReport {
    let folder = Folder::new(toml);
    AuthLayer::check_path(folder.file()).await
}

/// Asserts that exactly one check did not pass: with this outcome and key, at the line of the key
/// or of its table. The report must not contain a secret.
fn assert_only_finding(report: &CheckReport, toml: &str, outcome: Outcome, key: &str) {
    let found: Vec<&Check> = report
        .checks()
        .iter()
        .filter(|step| step.outcome() != Outcome::Pass)
        .collect();
    let [step] = &found[..] else {
        panic!("not one step but {}:\n{report}", found.len())
    };
    let fault = step.diagnostic().unwrap();
    assert_eq!((step.outcome(), fault.key()), (outcome, key), "{report}");
    assert_eq!(fault.line(), line_of(toml, key), "{report}");
    assert!(!fault.help().is_empty() && !fault.message().is_empty());
    assert_eq!(report.is_ok(), outcome != Outcome::Failure);
    assert_no_secret(report);
}

/// A mistake: the text of [`valid_toml`], its replacement, and the key to report.
type Mistake = [&'static str; 3];

const WRONG_SECRET: Mistake = ["secret-7f3a", "secret-7f3b", "auth.lab.client_secret"];

const WRONG_REDIRECT_URI: Mistake = ["localhost:8501/", "localhost:8502/", "auth.redirect_uri"];

/// Asserts that the configuration with this mistake fails, and only at its key.
async fn assert_mistake_fails(toml: &str, [from, to, key]: Mistake) {
    assert!(toml.contains(from), "{from} is not in:\n{toml}");
    let wrong = toml.replace(from, to);
    assert_only_finding(&check(&wrong).await, &wrong, Outcome::Failure, key);
}

/// Asserts that exactly one check did not pass: with the outcome `?` and these words.
fn assert_only_unknown(report: &CheckReport, words: &str) {
    let mut found = report
        .checks()
        .iter()
        .filter(|step| step.outcome() != Outcome::Pass);
    let step = found.next().unwrap_or_else(|| panic!("{report}"));
    assert!(found.next().is_none(), "{report}");
    assert!(
        step.outcome() == Outcome::Unknown && step.text().contains(words),
        "{words}: {report}"
    );
    assert!(step.diagnostic().is_none() && report.is_ok(), "{report}");
    assert_no_secret(report);
}

fn assert_no_secret(report: &CheckReport) {
    let text = format!("{report}{report:?}");
    for secret in [COOKIE_SECRET, "test-client-secret-7f3a"] {
        assert!(!text.contains(secret), "{text}");
    }
}

fn assert_all_pass(report: &CheckReport) {
    assert!(report.is_ok(), "{report}");
    assert!(
        report
            .checks()
            .iter()
            .all(|step| step.outcome() == Outcome::Pass && step.diagnostic().is_none()),
        "{report}"
    );
    assert_no_secret(report);
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
        ["auth", "headers", key] => begins(&format!("{key} ")),
        ["auth", key] => begins(&format!("{key} ")).or_else(|| begins("[auth]")),
        _ => None,
    }
}
