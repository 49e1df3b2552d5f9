//! Finds and reads secrets.toml, and merges the files as Streamlit does.

use std::{
    env,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    ConfigError, Diagnostic,
    linked_files::{self, LinkedFile},
    placeholders,
    table::{self, Location, SyntaxError, Table, Value},
    written_secrets,
};

/// The table that was read, and the files that were searched for it.
#[derive(Clone, Default)]
pub(crate) struct LoadedFile {
    pub(crate) table: Table,
    /// The location to report a missing table at: the last file that exists.
    pub(crate) location: Location,
    /// Empty if the configuration came from code.
    pub(crate) files: Vec<PathBuf>,
    /// Files that could not be read and are not needed.
    pub(crate) ignored: Vec<Diagnostic>,
    /// The diagnostics of invalid placeholders.
    pub(crate) problems: Vec<Diagnostic>,
    /// True if the files may contain a secret.
    pub(crate) has_written_secrets: bool,
}

impl LoadedFile {
    /// Replaces the placeholders in `[auth]`. Not for values from code, which are final.
    pub(crate) fn expanded(mut self) -> Self {
        if let Some(auth) = self.table.get_table_mut("auth") {
            self.problems = placeholders::expand(auth);
        }
        self
    }

    /// Reads the files that `[auth]` names.
    pub(crate) fn linked(mut self) -> Self {
        if let Some(auth) = self.table.get_table_mut("auth") {
            linked_files::read(auth);
        }
        self
    }

    /// Returns the files that [`linked`](Self::linked) has read.
    pub(crate) fn linked_files(&self) -> Vec<&LinkedFile> {
        match self.table.get("auth").map(|entry| &entry.value) {
            Some(Value::Table(auth)) => linked_files::all(auth),
            _ => Vec::new(),
        }
    }
}

/// A file and the result of reading it.
type FileContent<'p> = (&'p Path, io::Result<Vec<u8>>);

/// Merges `~/.streamlit/secrets.toml` with `.streamlit/secrets.toml` of the working directory. The
/// latter takes precedence.
///
/// The merge is shallow: a project's `[auth]` replaces the whole `[auth]` of the home file.
///
/// Source: Streamlit 1.67, `config.get_config_files`.
///
/// # Errors
///
/// [`ConfigError`] if a file cannot be read or parsed, or if there is none.
pub(crate) fn merge(contents: Vec<FileContent<'_>>) -> Result<LoadedFile, ConfigError> {
    let files: Vec<PathBuf> = contents
        .iter()
        .map(|(path, _)| (*path).to_owned())
        .collect();
    let mut table = Table::default();
    let mut location = None;
    let mut has_written_secrets = false;
    let mut diagnostics = Vec::new();
    let mut unreadable = Vec::new();
    for (path, content) in contents {
        match parse(path, content) {
            Ok(Some(parsed)) => {
                // The file still contains an `[auth]` that is replaced.
                has_written_secrets |= written_secrets::may_contain(&parsed);
                table.overlay(parsed);
                location = Some(Location::of_file(path));
            }
            Ok(None) => {}
            Err(FileError::Unreadable(diagnostic)) => unreadable.push(diagnostic),
            Err(FileError::Malformed(diagnostic)) => diagnostics.push(diagnostic),
        }
    }
    let last = files.last().map(PathBuf::as_path);
    let overridden =
        |diagnostic: &Diagnostic| table.get("auth").is_some() && diagnostic.file() != last;
    // HOME may belong to another user. The project's `[auth]` replaces that of the home file.
    let (ignored, unreadable): (Vec<_>, Vec<_>) = unreadable.into_iter().partition(overridden);
    diagnostics.extend(unreadable);
    match location {
        _ if !diagnostics.is_empty() => Err(ConfigError::new(diagnostics)),
        Some(location) => Ok(LoadedFile {
            table,
            location,
            files,
            ignored,
            has_written_secrets,
            ..LoadedFile::default()
        }),
        None => Err(ConfigError::new(vec![none_found(&files)])),
    }
}

/// Returns the files for [`merge`]. The last one takes precedence.
pub(crate) fn candidates() -> Vec<PathBuf> {
    let project = absolute(Path::new(SECRETS));
    let home = env::home_dir()
        .filter(|home| !home.as_os_str().is_empty())
        .map(|home| absolute(&home.join(SECRETS)))
        .filter(|home| *home != project && !same_file(home, &project));
    home.into_iter().chain([project]).collect()
}

/// Makes `path` absolute. Returns it unchanged if the working directory is unknown.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Reads the one file at a configured path.
///
/// # Errors
///
/// [`ConfigError`] if the file does not exist, or cannot be read or parsed.
pub(crate) fn single(contents: Vec<FileContent<'_>>) -> Result<LoadedFile, ConfigError> {
    let mut loaded = LoadedFile::default();
    for (path, content) in contents {
        loaded.files.push(path.to_owned());
        loaded.location = Location::of_file(path);
        let table = match parse(path, content) {
            Ok(Some(table)) => table,
            Ok(None) => {
                let help = format!("Create it, for example:\n\n{}", super::EXAMPLE);
                let diagnostic = Diagnostic::of_file(path, "file not found", help);
                return Err(ConfigError::new(vec![diagnostic]));
            }
            Err(FileError::Unreadable(diagnostic) | FileError::Malformed(diagnostic)) => {
                return Err(ConfigError::new(vec![diagnostic]));
            }
        };
        loaded.has_written_secrets = written_secrets::may_contain(&table);
        loaded.table = table;
    }
    Ok(loaded)
}

/// Parses the text of a secrets.toml.
///
/// # Errors
///
/// [`ConfigError`] if the text is not TOML.
pub(crate) fn from_text(text: &str) -> Result<LoadedFile, ConfigError> {
    let table =
        table::parse(text, None).map_err(|error| ConfigError::new(vec![invalid_toml(&error)]))?;
    Ok(LoadedFile {
        table,
        ..LoadedFile::default()
    })
}

const SECRETS: &str = ".streamlit/secrets.toml";

/// An error of one file.
enum FileError {
    /// The operating system reported an error.
    Unreadable(Diagnostic),
    /// The content is not UTF-8 or not TOML.
    Malformed(Diagnostic),
}

/// Parses the content of a file. Returns `None` if it does not exist.
fn parse(path: &Path, content: io::Result<Vec<u8>>) -> Result<Option<Table>, FileError> {
    const ABSENT: [ErrorKind; 2] = [ErrorKind::NotFound, ErrorKind::NotADirectory];
    let unreadable = |reason: &dyn std::fmt::Display| {
        Diagnostic::of_file(
            path,
            format!("cannot read this file: {reason}"),
            "Make it a UTF-8 text file that this process can read.",
        )
    };
    let bytes = match content {
        Ok(bytes) => bytes,
        Err(error) if ABSENT.contains(&error.kind()) => return Ok(None),
        Err(error) => return Err(FileError::Unreadable(unreadable(&error))),
    };
    let text = String::from_utf8(bytes).map_err(|_| {
        let reason = io::Error::from(ErrorKind::InvalidData);
        FileError::Malformed(unreadable(&reason))
    })?;
    let file: Arc<Path> = path.into();
    table::parse(&text, Some(&file))
        .map(Some)
        .map_err(|error| FileError::Malformed(invalid_toml(&error)))
}

/// Returns the diagnostic to report if no file exists.
fn none_found(files: &[PathBuf]) -> Diagnostic {
    let paths: Vec<String> = files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    Diagnostic::new(
        "auth",
        &Location::default(),
        format!("no configuration found in {}", paths.join(" or ")),
        format!(
            "Create one of these files, with your own values:\n\n{}",
            super::EXAMPLE
        ),
    )
}

fn invalid_toml(SyntaxError { location, reason }: &SyntaxError) -> Diagnostic {
    let message = format!("invalid TOML: {reason}");
    Diagnostic::new(
        "",
        location,
        message,
        "Fix this line. Strings need straight quotes.",
    )
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The replaced `[auth]` of the home file is still in that file.
    #[test]
    fn secret_in_either_file_is_detected() {
        let written = "[auth]\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u\"\n";
        let references =
            "[auth]\ncookie_secret = \"${{SECRET}}\"\n[auth.a]\nclient_secret_file = \"x\"\n";
        let default = "[auth]\ncookie_secrets_old = [\"${{SECRET}}\", \"${{SECRET:-x}}\"]\n";
        let named = "[auth.a]\nclient_secret = \"x${{SECRET}}\"\n";
        let other = "[database]\nurl = \"x\"\n";
        for (home, project, expected) in [
            (references, references, false),
            (written, references, true),
            (references, written, true),
            (default, references, true),
            (named, references, true),
            (references, other, true),
        ] {
            let content = |text: &str| Ok(text.as_bytes().to_vec());
            let contents = vec![
                (Path::new("/home"), content(home)),
                (Path::new("/project"), content(project)),
            ];
            let loaded = merge(contents).unwrap();
            assert_eq!(loaded.has_written_secrets, expected, "{home}{project}");
        }
    }
}
