//! Checks of the file: its location, its permissions, and whether git tracks it.

use std::{
    path::{Path, PathBuf, absolute},
    process::{Command, Stdio},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::CheckReport;
use crate::config::{Config, Diagnostic};

/// Reports which of `files` exist.
pub(super) fn found(report: &mut CheckReport, files: &[PathBuf]) {
    let list = |files: Vec<&PathBuf>| {
        let files = files.into_iter().map(|file| {
            let full = absolute(file).unwrap_or_else(|_| file.clone());
            full.display().to_string()
        });
        files.collect::<Vec<_>>().join(" and ")
    };
    let (found, missing): (Vec<_>, Vec<_>) = files.iter().partition(|path| path.exists());
    report.pass(match (found.is_empty(), missing.is_empty()) {
        (true, true) => "configuration from code, not from a file".to_owned(),
        (true, false) => format!("did not find {}", list(missing)),
        (false, true) => format!("found {}", list(found)),
        (false, false) => format!(
            "found {}; did not find {} (optional)",
            list(found),
            list(missing)
        ),
    });
}

/// Reports other users' access to the file, and whether git tracks it.
///
/// `harmless` means that the file contains no secret.
pub(super) async fn exposure(
    report: &mut CheckReport,
    path: &Path,
    config: Option<&Config>,
    harmless: bool,
) {
    if !path.is_file() {
        return;
    }
    // The line of a secret, if the configuration has one from this file.
    let diagnostic = |message: &str, help: String| {
        config
            .map(|config| {
                config
                    .locations
                    .diagnostic("cookie_secret", message, help.clone())
            })
            .filter(|diagnostic| diagnostic.file() == Some(path))
            .unwrap_or_else(|| Diagnostic::of_file(path, message, help))
    };
    let mounted = config.is_some_and(|config| config.linked_files.contains(&path.to_owned()));
    let help = if mounted {
        format!(
            "Run `chmod 600 {0}`, or give its volume the mode 0400, which is `defaultMode` in Kubernetes.",
            path.display()
        )
    } else {
        format!("Run `chmod 600 {}`.", path.display())
    };
    permissions(report, path, harmless, |message| {
        diagnostic(message, help.clone())
    });

    let Some(name) = path.file_name().map(Path::new) else {
        return;
    };
    let name = name.display();
    let list = ["-c", "core.fsmonitor=false", "ls-files", "--error-unmatch"];
    match git(path, &list).await {
        Some(0) if harmless => {
            report.pass("file tracked by git; contains no secrets");
        }
        Some(0) => report.fail(diagnostic(
            "this file contains secrets and is tracked by git",
            format!(
                "Run `git rm --cached {name}`, add it to .gitignore, and replace every secret in it, because the old ones stay in the history."
            ),
        )),
        Some(1) if git(path, &["check-ignore", "-q"]).await == Some(1) && !harmless => {
            report.warn(diagnostic(
                "this file contains secrets, and the next `git add .` adds it to git",
                format!("Add `{name}` to .gitignore."),
            ));
        }
        Some(1) => report.pass("file not tracked by git"),
        // Not a repository, git is not installed, or it did not respond in time.
        _ => {}
    }
}

#[cfg(unix)]
fn permissions(
    report: &mut CheckReport,
    path: &Path,
    harmless: bool,
    diagnostic: impl Fn(&str) -> Diagnostic,
) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = path.metadata() else {
        return;
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o002 != 0 {
        report.fail(diagnostic(
            "every user of this machine can write to this file",
        ));
    } else if mode & 0o004 != 0 && !harmless {
        report.warn(diagnostic(
            "this file contains secrets and every user of this machine can read it",
        ));
    } else {
        report.pass(format!("file mode {mode:o}"));
    }
}

#[cfg(not(unix))]
fn permissions(_: &mut CheckReport, _: &Path, _: bool, _: impl Fn(&str) -> Diagnostic) {}

/// Returns the exit status of `git <arguments> -- <file>`. `None` if git is not installed or does
/// not respond in time.
async fn git(path: &Path, arguments: &[&str]) -> Option<i32> {
    let path = absolute(path).ok()?;
    let mut child = Command::new("git")
        .args(arguments)
        .arg("--")
        .arg(path.file_name()?)
        .current_dir(path.parent()?)
        // Set if this process was started by a hook of another repository.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let deadline = Instant::now() + GIT_TIMEOUT;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.code(),
            Ok(None) if Instant::now() < deadline => sleep(Duration::from_millis(5)).await,
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// Three seconds, enough for a repository on a slow disk.
const GIT_TIMEOUT: Duration = Duration::from_secs(3);
