//! Where `AuthLayer::from_secrets` looks. Home and working directory belong to a process, so each case is a run of this very program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use axum_streamlit_auth::AuthLayer;

use super::{RIGHT, with};

/// Not a test: what the child processes of the others run.
#[test]
#[ignore = "run by the other tests of this file, in a process of its own"]
fn child() {
    match AuthLayer::from_secrets() {
        Ok(auth) => println!("@{}@", auth.authority()),
        Err(error) => println!("@{error}@"),
    }
}

#[test]
fn the_projects_file_lies_over_that_of_home() {
    let place = Place::new("over");
    place.home(&at_port(1));
    assert_eq!(place.read(&[]), "localhost:1");
    place.project(&at_port(2));
    assert_eq!(place.read(&[]), "localhost:2");
    // The merge is shallow: a table of the project replaces the whole one of home, and what only home has stays.
    place.project("[database]\nurl = \"x\"\n");
    assert_eq!(place.read(&[]), "localhost:1");
    place.project("[auth]\nredirect_uri = \"http://localhost:3/oauth2callback\"\n");
    let error = place.read(&[]);
    assert!(error.contains("auth.cookie_secret` is missing"), "{error}");
    assert!(error.contains("names no provider"), "{error}");
    assert!(
        !error.contains("home"),
        "the fault is in the project: {error}"
    );
}

#[test]
fn faults_name_the_file_that_they_stand_in() {
    let place = Place::new("faults");
    let error = place.read(&[]);
    assert!(
        error.contains(".streamlit/secrets.toml: `auth` is missing"),
        "{error}"
    );
    place.home(&with("client_id", "clientid"));
    let error = place.read(&[]);
    let home = place.0.join("home/.streamlit/secrets.toml");
    assert!(
        error.contains(&format!("{}:4: `auth.clientid`", home.display())),
        "{error}"
    );
    // A file that does not parse is never taken for one that is not there, as Streamlit's login does.
    place.home(RIGHT);
    place.project("[auth\n");
    let error = place.read(&[]);
    assert!(
        error.contains("\n  .streamlit/secrets.toml:1: is not valid TOML"),
        "{error}"
    );
}

#[test]
fn without_a_home_the_project_is_enough_and_the_same_file_counts_once() {
    let place = Place::new("same");
    place.project(&at_port(4));
    assert_eq!(place.read(&[("HOME", "")]), "localhost:4");
    assert_eq!(place.read(&[("HOME", "/nonexistent")]), "localhost:4");
    let project = place.0.join("project");
    place.project("[auth\n");
    let error = place.read(&[("HOME", project.to_str().unwrap())]);
    assert_eq!(error.matches("is not valid TOML").count(), 1, "{error}");
}

#[test]
fn the_port_of_streamlit_stands_for_port() {
    let place = Place::new("port");
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

/// A home and a project in a folder of their own.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
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

    fn project(&self, text: &str) {
        fs::write(self.0.join("project/.streamlit/secrets.toml"), text).unwrap();
    }

    /// What [`child`] says here.
    fn read(&self, variables: &[(&str, &str)]) -> String {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "search::child", "--nocapture"])
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
