//! Where `AuthLayer::from_secrets` looks. Home and working directory belong to a process, so each case is a run of this very program.

use std::{
    env, fs,
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

/// Not a test: changes the working directory, edits the first file and reloads.
#[test]
#[ignore = "run by the other tests of this file, in a process of its own"]
fn moving_child() {
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

/// A secrets.toml of the new working directory is never read.
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
        let place = Place::new(name);
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
        let answer = place.run("moving_child", &variables);
        assert!(answer.contains("Ok(())"), "{name}: {answer}");
        assert!(answer.contains("localhost:2/"), "{name}: {answer}");
    }
}

#[test]
fn unreadable_home_file_is_ignored_beside_project() {
    let place = Place::new("unreadable");
    // A folder: what no process can read as a file, whatever its rights.
    fs::create_dir(place.0.join("home/.streamlit/secrets.toml")).unwrap();
    place.project(&at_port(5));
    assert_eq!(place.read(&[]), "localhost:5");
    // Without an `[auth]` of the project, the home file may hold the one that is missing.
    for project in ["[database]\nurl = \"x\"\n", ""] {
        place.project(project);
        let error = place.read(&[]);
        let home = place.0.join("home/.streamlit/secrets.toml");
        assert!(
            error.contains(&format!("{}: cannot be read", home.display())),
            "{error}"
        );
    }
    fs::remove_file(place.0.join("project/.streamlit/secrets.toml")).unwrap();
    assert!(place.read(&[]).contains("cannot be read"));
    // The project's own file is never ignored.
    fs::remove_dir(place.0.join("home/.streamlit/secrets.toml")).unwrap();
    place.home(&at_port(6));
    fs::create_dir(place.0.join("project/.streamlit/secrets.toml")).unwrap();
    assert!(place.read(&[]).contains("cannot be read"));
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
        error.contains(&format!(
            "`auth` is missing: there is no {} and no {}.",
            place.0.join("home/.streamlit/secrets.toml").display(),
            place.0.join("project/.streamlit/secrets.toml").display()
        )),
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
        error.contains("project/.streamlit/secrets.toml:1: is not valid TOML"),
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
        self.run("child", variables)
    }

    /// What the function `child` of this file says here.
    fn run(&self, child: &str, variables: &[(&str, &str)]) -> String {
        let child = format!("search::{child}");
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
