//! The files that `AuthLayer::from_secrets` reads. They depend on the home and working directory of
//! the process, so each case runs this program as a child process.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use axum_streamlit_auth::AuthLayer;

use super::{VALID, with};

/// Run by the other tests in a child process. Prints the authority or the error.
#[test]
#[ignore = "run by the other tests of this file, in a separate process"]
fn child() {
    match AuthLayer::from_secrets() {
        Ok(auth) => println!("@{}@", auth.listen_address()),
        Err(error) => println!("@{error}@"),
    }
}

/// Run by the other tests in a child process. Changes the working directory, edits the first file
/// and reloads.
#[test]
#[ignore = "run by the other tests of this file, in a separate process"]
fn child_changes_directory_and_reloads() {
    let auth = match env::var("RELATIVE") {
        Ok(path) => AuthLayer::from_path(path),
        Err(_) => AuthLayer::from_secrets(),
    };
    let auth = auth.unwrap();
    let edited = Path::new(".streamlit/secrets.toml").canonicalize().unwrap();
    env::set_current_dir(env::var_os("ELSEWHERE").unwrap()).unwrap();
    fs::write(edited, at_port(2)).unwrap();
    let reloaded = auth.reload();
    println!("@{reloaded:?} {auth:?}@");
}

/// A secrets.toml in the new working directory is not read.
#[test]
fn change_of_working_directory_has_no_effect() {
    for (name, variables) in [
        ("moved", &[][..]),
        ("moved-path", &[("RELATIVE", ".streamlit/secrets.toml")]),
        (
            "moved-dots",
            &[(
                "RELATIVE",
                "../project/.streamlit/../.streamlit/secrets.toml",
            )],
        ),
        ("moved-home", &[("HOME", "../home")]),
    ] {
        let place = Directories::new(name);
        place.project(&at_port(1));
        fs::create_dir_all(place.0.join("elsewhere/.streamlit")).unwrap();
        for folder in ["home", "elsewhere"] {
            fs::write(
                place.0.join(folder).join(".streamlit/secrets.toml"),
                at_port(3),
            )
            .unwrap();
        }
        let elsewhere = place.0.join("elsewhere");
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .copied()
            .chain([("ELSEWHERE", elsewhere.to_str().unwrap())])
            .collect();
        let answer = place.run("search::child_changes_directory_and_reloads", &variables);
        assert!(answer.contains("Ok(())"), "{name}: {answer}");
        assert!(answer.contains("localhost:2/"), "{name}: {answer}");
    }
}

/// Run by the next test in a child process. Prints the doctor's report.
#[tokio::test]
#[ignore = "run by the next test, in a separate process"]
async fn child_prints_doctor_report() {
    println!("@{}@", AuthLayer::check_secrets().await);
}

#[test]
fn doctor_checks_files_in_working_directory() {
    let place = Directories::new("checked");
    place.project(include_str!("../../../.streamlit/secrets.toml"));
    let report = place.run("search::child_prints_doctor_report", &[]);
    let file = place.0.join("project/.streamlit/secrets.toml");
    let found = format!("found {}", file.display());
    let passed = report.matches("✓").count();
    assert!(
        report.contains(&found) && passed > 10 && !report.contains("✗"),
        "{report}"
    );
}

#[test]
fn project_file_overrides_unreadable_home_file() {
    let place = Directories::new("unreadable");
    // A directory, which no process can read as a file, whatever its permissions.
    fs::create_dir(place.0.join("home/.streamlit/secrets.toml")).unwrap();
    place.project(&at_port(5));
    assert_eq!(place.read(&[]), "localhost:5");
    // If the project file has no `[auth]`, the unreadable home file may contain it.
    for project in ["[database]\nurl = \"x\"\n", ""] {
        place.project(project);
        let error = place.read(&[]);
        let home = place.0.join("home/.streamlit/secrets.toml");
        assert!(
            error.contains(&format!("{}: cannot read this file", home.display())),
            "{error}"
        );
    }
    fs::remove_file(place.0.join("project/.streamlit/secrets.toml")).unwrap();
    assert!(place.read(&[]).contains("cannot read this file"));
    // An unreadable project file is never ignored.
    fs::remove_dir(place.0.join("home/.streamlit/secrets.toml")).unwrap();
    place.home(&at_port(6));
    fs::create_dir(place.0.join("project/.streamlit/secrets.toml")).unwrap();
    assert!(place.read(&[]).contains("cannot read this file"));
}

#[test]
fn project_file_overrides_home_file() {
    let place = Directories::new("over");
    place.home(&at_port(1));
    assert_eq!(place.read(&[]), "localhost:1");
    place.project(&at_port(2));
    assert_eq!(place.read(&[]), "localhost:2");
    // The merge is shallow: a table of the project replaces that of the home file, and other tables
    // remain.
    place.project("[database]\nurl = \"x\"\n");
    assert_eq!(place.read(&[]), "localhost:1");
    place.project("[auth]\nredirect_uri = \"http://localhost:3/oauth2callback\"\n");
    let error = place.read(&[]);
    assert!(error.contains("auth.cookie_secret: missing"), "{error}");
    assert!(error.contains("no provider is configured"), "{error}");
    assert!(
        !error.contains("home"),
        "the fault is in the project: {error}"
    );
}

#[test]
fn diagnostics_name_their_file() {
    let place = Directories::new("faults");
    let error = place.read(&[]);
    assert!(
        error.contains(&format!(
            "auth: no configuration found in {} or {}",
            place.0.join("home/.streamlit/secrets.toml").display(),
            place.0.join("project/.streamlit/secrets.toml").display()
        )),
        "{error}"
    );
    place.home(&with("client_id", "clientid"));
    let error = place.read(&[]);
    let home = place.0.join("home/.streamlit/secrets.toml");
    assert!(
        error.contains(&format!("{}:4: auth.clientid:", home.display())),
        "{error}"
    );
    // A file with a syntax error is never treated as missing.
    place.home(VALID);
    place.project("[auth\n");
    let error = place.read(&[]);
    assert!(
        error.contains("project/.streamlit/secrets.toml:1: invalid TOML"),
        "{error}"
    );
}

#[test]
fn missing_home_and_identical_file_are_accepted() {
    let place = Directories::new("same");
    place.project(&at_port(4));
    assert_eq!(place.read(&[("HOME", "")]), "localhost:4");
    assert_eq!(place.read(&[("HOME", "/nonexistent")]), "localhost:4");
    let project = place.0.join("project");
    place.project("[auth\n");
    let error = place.read(&[("HOME", project.to_str().unwrap())]);
    assert_eq!(error.matches("invalid TOML").count(), 1, "{error}");
}

#[test]
fn port_placeholder_uses_environment() {
    let place = Directories::new("port");
    place.project(&with("localhost:8501", "localhost:{port}"));
    for (variables, authority) in [
        (&[][..], "localhost:8501"),
        (&[("PORT", "9000")], "localhost:9000"),
        (
            &[("STREAMLIT_SERVER_PORT", "9001"), ("PORT", "9000")],
            "localhost:9001",
        ),
        (
            &[("STREAMLIT_SERVER_PORT", ""), ("PORT", "9000")],
            "localhost:9000",
        ),
        (&[("PORT", "65536")], "localhost:8501"),
        (&[("PORT", "80@evil.test")], "localhost:8501"),
    ] {
        assert_eq!(place.read(variables), authority);
    }
}

#[test]
fn listen_address_is_on_loopback() {
    let place = Directories::new("listen");
    for (origin, variables, address) in [
        (
            "http://127.0.0.1:4000",
            &[("PORT", "9000")][..],
            "127.0.0.1:4000",
        ),
        ("http://[::1]:4000", &[], "[::1]:4000"),
        ("http://localhost", &[], "localhost:80"),
        ("https://app.example.com", &[], "127.0.0.1:8501"),
        (
            "https://app.example.com",
            &[("PORT", "9000")],
            "127.0.0.1:9000",
        ),
        (
            "https://app.example.com:8443",
            &[("STREAMLIT_SERVER_PORT", "9001"), ("PORT", "9000")],
            "127.0.0.1:9001",
        ),
        ("https://localhost", &[("PORT", "none")], "127.0.0.1:8501"),
    ] {
        place.project(&with("http://localhost:8501", origin));
        assert_eq!(place.read(variables), address, "{origin} {variables:?}");
    }
}

/// A home and a project directory.
pub(super) struct Directories(pub(super) PathBuf);

impl Directories {
    pub(super) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("search-{name}"));
        let _ = fs::remove_dir_all(&folder);
        for part in ["home", "project"] {
            fs::create_dir_all(folder.join(part).join(".streamlit")).unwrap();
        }
        Self(folder)
    }

    fn home(&self, text: &str) {
        fs::write(self.0.join("home/.streamlit/secrets.toml"), text).unwrap();
    }

    pub(super) fn project(&self, text: &str) {
        fs::write(self.0.join("project/.streamlit/secrets.toml"), text).unwrap();
    }

    /// Runs [`child`] in the project directory and returns its output.
    fn read(&self, variables: &[(&str, &str)]) -> String {
        self.run("search::child", variables)
    }

    /// Runs the test `child` of `config` in the project directory and returns its output.
    pub(super) fn run(&self, child: &str, variables: &[(&str, &str)]) -> String {
        let child = format!("configuration::config::{child}");
        let output = Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--exact", &child, "--nocapture"])
            .current_dir(self.0.join("project"))
            .env("HOME", self.0.join("home"))
            .env_remove("PORT")
            .env_remove("STREAMLIT_SERVER_PORT")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, rest) = text.split_once('@').expect("an answer");
        let (answer, _) = rest.rsplit_once('@').expect("an answer");
        answer.to_owned()
    }
}

fn at_port(port: u16) -> String {
    with("localhost:8501", &format!("localhost:{port}"))
}
