//! The file itself: where it is, who can read it, and whether git has it.

use std::{
    path::{Path, PathBuf, absolute},
    process::{Command, Stdio},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::Report;
use crate::config::{Config, Fault};

pub(super) fn looked_for(report: &mut Report, files: &[PathBuf]) {
    let full = |path: &PathBuf| absolute(path).unwrap_or_else(|_| path.clone());
    let list = |files: Vec<&PathBuf>| {
        let files = files
            .into_iter()
            .map(|file| full(file).display().to_string());
        files.collect::<Vec<_>>().join(" and ")
    };
    let (found, absent): (Vec<_>, Vec<_>) = files.iter().partition(|path| path.exists());
    report.good(match (found.is_empty(), absent.is_empty()) {
        (true, true) => "the configuration comes from code, not from a file".to_owned(),
        (true, false) => format!("looked for {}, which is not there", list(absent)),
        (false, true) => format!("found {}", list(found)),
        (false, false) => format!(
            "found {}; {} is not there and need not be",
            list(found),
            list(absent)
        ),
    });
}

/// `harmless` says that nothing in the file is secret.
pub(super) async fn exposure(
    report: &mut Report,
    path: &Path,
    config: Option<&Config>,
    harmless: bool,
) {
    if !path.is_file() {
        return;
    }
    // The line of a secret, if the configuration has it from this file.
    let fault = |problem: &str, fix: String| {
        config
            .map(|config| {
                config.places.fault(
                    "cookie_secret",
                    format!("stands in a file that {problem}"),
                    fix.clone(),
                )
            })
            .filter(|fault| fault.file() == Some(path))
            .unwrap_or_else(|| Fault::of_file(path, problem, fix))
    };
    mode(report, path, harmless, &fault);

    let Some(name) = path.file_name().map(Path::new) else {
        return;
    };
    let name = name.display();
    let list = ["-c", "core.fsmonitor=false", "ls-files", "--error-unmatch"];
    match git(path, &list).await {
        Some(0) if harmless => {
            report.good("git tracks it; there is no secret in it");
        }
        Some(0) => report.bad(fault(
            "git tracks, so that everybody with the repository has it.",
            format!(
                "Run `git rm --cached {name}`, add it to .gitignore, and replace every secret in it: they stay in the history."
            ),
        )),
        Some(1) if git(path, &["check-ignore", "-q"]).await == Some(1) && !harmless => {
            report.doubt(fault(
                "the next `git add .` takes along.",
                format!("Write `{name}` into .gitignore."),
            ));
        }
        Some(1) => report.good("git leaves it alone"),
        // No repository, no git, or no answer in time: nothing to say.
        _ => {}
    }
}

#[cfg(unix)]
fn mode(report: &mut Report, path: &Path, harmless: bool, fault: &dyn Fn(&str, String) -> Fault) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = path.metadata() else {
        return;
    };
    let mode = metadata.permissions().mode() & 0o777;
    let fix = format!("Run `chmod 600 {}`.", path.display());
    if mode & 0o002 != 0 {
        report.bad(fault("everybody on this machine can change.", fix));
    } else if mode & 0o004 != 0 && !harmless {
        report.doubt(fault("everybody on this machine can read.", fix));
    } else {
        report.good(format!("its mode is {mode:o}"));
    }
}

#[cfg(not(unix))]
fn mode(_: &mut Report, _: &Path, _: bool, _: &dyn Fn(&str, String) -> Fault) {}

/// The exit status of `git <arguments> -- <file>`, if there is a git that answers in time.
async fn git(path: &Path, arguments: &[&str]) -> Option<i32> {
    let path = absolute(path).ok()?;
    let mut child = Command::new("git")
        .args(arguments)
        .arg("--")
        .arg(path.file_name()?)
        .current_dir(path.parent()?)
        // Set where this runs in a hook of another repository.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let deadline = Instant::now() + PATIENCE;
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

/// A repository on a slow disk answers within this.
const PATIENCE: Duration = Duration::from_secs(3);
