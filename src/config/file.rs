//! Where secrets.toml is looked for, and which file wins.

use std::{
    env,
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

/// Reads `~/.streamlit/secrets.toml`, then `.streamlit/secrets.toml` of the working directory over it.
///
/// Source: Streamlit 1.67, `config.get_config_files`; the merge is shallow: a project's `[auth]` replaces the whole `[auth]` of the home file.
pub(crate) fn search() -> Result<Found, ConfigError> {
    let files = candidates();
    let mut found = Found {
        table: Table::default(),
        place: place_of(Path::new(SECRETS)),
        files: files.clone(),
    };
    let mut faults = Vec::new();
    for path in files {
        match read(&path) {
            Ok(Some(table)) => {
                found.table.overlay(table);
                found.place = place_of(&path);
            }
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(ConfigError::new(faults))
    }
}

/// The files that [`search`] reads, the one that wins last.
pub(crate) fn candidates() -> Vec<PathBuf> {
    let project = PathBuf::from(SECRETS);
    let home = env::home_dir()
        .map(|home| home.join(SECRETS))
        .filter(|home| !same_file(home, &project));
    home.into_iter().chain([project]).collect()
}

/// Reads the one file at `path`.
pub(crate) fn at(path: &Path) -> Result<Found, ConfigError> {
    match read(path) {
        Ok(Some(table)) => Ok(Found {
            table,
            place: place_of(path),
            files: vec![path.to_owned()],
        }),
        Ok(None) => Err(ConfigError::new(vec![Fault::new(
            "",
            &place_of(path),
            "does not exist.",
            format!("Write it, for example:\n\n{}", super::EXAMPLE),
        )])),
        Err(fault) => Err(ConfigError::new(vec![fault])),
    }
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

fn read(path: &Path) -> Result<Option<Table>, Fault> {
    let file: Arc<Path> = path.into();
    match std::fs::read_to_string(path) {
        Ok(text) => document::parse(&text, Some(&file))
            .map(Some)
            .map_err(|(place, reason)| syntax(&place, &reason)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Fault::new(
            "",
            &place_of(path),
            format!("cannot be read: {error}."),
            "Make it a UTF-8 text file that this process may read.",
        )),
    }
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
