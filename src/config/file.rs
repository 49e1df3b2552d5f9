//! Where secrets.toml is looked for, and which file wins.

use std::{
    env, io,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    ConfigError, Fault,
    document::{self, Place, Table},
};

/// What was found, and the files that were looked for.
pub(crate) struct Found {
    pub(crate) table: Table,
    /// Where a missing key is reported: the last file that exists, else the one to write.
    pub(crate) place: Place,
    /// Empty if the text came from code.
    pub(crate) files: Vec<PathBuf>,
}

/// A file and what reading it gave.
type Content<'p> = (&'p Path, io::Result<Vec<u8>>);

/// Merges `~/.streamlit/secrets.toml` and, over it, `.streamlit/secrets.toml` of the working directory.
///
/// Source: Streamlit 1.67, `config.get_config_files`; the merge is shallow: a project's `[auth]` replaces the whole `[auth]` of the home file.
pub(crate) fn merge(contents: Vec<Content<'_>>) -> Result<Found, ConfigError> {
    let files: Vec<PathBuf> = contents
        .iter()
        .map(|(path, _)| (*path).to_owned())
        .collect();
    let mut table = Table::default();
    let mut place = None;
    let mut faults = Vec::new();
    let mut unreadable = Vec::new();
    for (path, content) in contents {
        match parse(path, content) {
            Ok(Some(found)) => {
                table.overlay(found);
                place = Some(place_of(path));
            }
            Ok(None) => {}
            Err(Problem::Unreadable(fault)) => unreadable.push(fault),
            Err(Problem::Malformed(fault)) => faults.push(fault),
        }
    }
    let last = files.last().map(PathBuf::as_path);
    let overridden = |fault: &Fault| table.get("auth").is_some() && fault.file() != last;
    for fault in unreadable {
        // HOME may belong to another user, and a project's `[auth]` replaces the whole `[auth]` of the home file.
        if overridden(&fault) {
            tracing::warn!(target: crate::LOG, problem = fault.finding(), "secrets file ignored");
        } else {
            faults.push(fault);
        }
    }
    match place {
        _ if !faults.is_empty() => Err(ConfigError::new(faults)),
        Some(place) => Ok(Found {
            table,
            place,
            files,
        }),
        None => Err(ConfigError::new(vec![none_of(&files)])),
    }
}

/// The files that [`merge`] takes, the one that wins last.
pub(crate) fn candidates() -> Vec<PathBuf> {
    let project = absolute(Path::new(SECRETS));
    let home = env::home_dir()
        .filter(|home| !home.as_os_str().is_empty())
        .map(|home| absolute(&home.join(SECRETS)))
        .filter(|home| *home != project && !same_file(home, &project));
    home.into_iter().chain([project]).collect()
}

/// `path` from the present working directory, or as it is if there is none.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Takes the one file that was named.
pub(crate) fn single(contents: Vec<Content<'_>>) -> Result<Found, ConfigError> {
    let mut found = Found {
        table: Table::default(),
        place: Place::default(),
        files: Vec::new(),
    };
    for (path, content) in contents {
        found.files.push(path.to_owned());
        found.place = place_of(path);
        found.table = match parse(path, content) {
            Ok(Some(table)) => table,
            Ok(None) => {
                return Err(ConfigError::new(vec![Fault::new(
                    "",
                    &place_of(path),
                    "does not exist.",
                    format!("Write it, for example:\n\n{}", super::EXAMPLE),
                )]));
            }
            Err(Problem::Unreadable(fault) | Problem::Malformed(fault)) => {
                return Err(ConfigError::new(vec![fault]));
            }
        };
    }
    Ok(found)
}

/// Reads the text of a secrets.toml.
pub(crate) fn text(text: &str) -> Result<Found, ConfigError> {
    let table = document::parse(text, None)
        .map_err(|(place, reason)| ConfigError::new(vec![syntax(&place, &reason)]))?;
    Ok(Found {
        table,
        place: Place::default(),
        files: Vec::new(),
    })
}

const SECRETS: &str = ".streamlit/secrets.toml";

/// Why the content of a file cannot be used.
enum Problem {
    /// The operating system did not let us read it.
    Unreadable(Fault),
    /// It is not TOML.
    Malformed(Fault),
}

fn parse(path: &Path, content: io::Result<Vec<u8>>) -> Result<Option<Table>, Problem> {
    const ABSENT: [ErrorKind; 2] = [ErrorKind::NotFound, ErrorKind::NotADirectory];
    let unreadable = |reason: &dyn std::fmt::Display| {
        Fault::new(
            "",
            &place_of(path),
            format!("cannot be read: {reason}."),
            "Make it a UTF-8 text file that this process may read.",
        )
    };
    let bytes = match content {
        Ok(bytes) => bytes,
        Err(error) if ABSENT.contains(&error.kind()) => return Ok(None),
        Err(error) => return Err(Problem::Unreadable(unreadable(&error))),
    };
    let text = String::from_utf8(bytes).map_err(|_| {
        let reason = io::Error::from(ErrorKind::InvalidData);
        Problem::Malformed(unreadable(&reason))
    })?;
    let file: Arc<Path> = path.into();
    document::parse(&text, Some(&file))
        .map(Some)
        .map_err(|(place, reason)| Problem::Malformed(syntax(&place, &reason)))
}

/// No file exists: the paths that were looked for, and what to write.
fn none_of(files: &[PathBuf]) -> Fault {
    let paths: Vec<String> = files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    Fault::new(
        "auth",
        &Place::default(),
        format!("is missing: there is no {}.", paths.join(" and no ")),
        format!(
            "Write one of these files, with your own values:\n\n{}",
            super::EXAMPLE
        ),
    )
}

fn syntax(place: &Place, reason: &str) -> Fault {
    Fault::new(
        "",
        place,
        format!("is not valid TOML: {reason}."),
        "Mend this line; texts stand in straight quotes.",
    )
}

fn place_of(path: &Path) -> Place {
    Place {
        file: Some(path.into()),
        line: None,
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
