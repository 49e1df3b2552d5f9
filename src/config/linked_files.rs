//! Keys that name a file that contains their value. The files are read together with
//! `secrets.toml`, and reloaded like it when they change.

use std::path::{Path, PathBuf};

use super::{
    diagnostic::Problem,
    file::absolute,
    secret::is_unexpanded,
    table::{Entry, Location, Table, Value},
    text_file,
};

/// The value of a key that names a file.
#[derive(Clone)]
pub(crate) struct LinkedFile {
    pub(crate) path: PathBuf,
    /// The result of [`text_file::read`].
    pub(super) text: Result<String, Problem>,
}

/// Keys of `[auth]` and of its providers that name a file that contains their value.
const FILE_KEYS: [&str; 2] = ["client_secret_file", "cookie_secret_file"];

/// Reads the files that `auth` and its providers name, and replaces the paths with the contents of
/// the files.
pub(super) fn read(auth: &mut Table) {
    for (key, entry) in &mut auth.0 {
        if FILE_KEYS.contains(&key.as_str()) {
            read_entry(entry);
        } else if let Value::Table(provider) = &mut entry.value {
            let entries = provider.0.iter_mut();
            entries
                .filter(|(key, _)| FILE_KEYS.contains(&key.as_str()))
                .for_each(|(_, entry)| read_entry(entry));
        }
    }
}

fn read_entry(entry: &mut Entry) {
    let Value::String(path) = &entry.value else {
        return;
    };
    // A blank path is reported where its key is read, like every blank value.
    if !path.trim().is_empty() {
        let path = resolve(Path::new(path), &entry.location);
        let text = text_file::read(&path).and_then(|text| match is_unexpanded(&text) {
            true => Err(unexpanded_file()),
            false => Ok(text),
        });
        entry.value = Value::File(LinkedFile { path, text });
    }
}

/// The problem of a file that contains a variable, as a template does.
fn unexpanded_file() -> Problem {
    Problem::new(
        "the file contains a variable that was not expanded",
        "Write the value itself to the file.",
    )
}

/// Makes `path` absolute. A relative path starts at the directory of the file that contains it, or
/// at the working directory if the configuration came from code.
pub(crate) fn resolve(path: &Path, location: &Location) -> PathBuf {
    let directory = location.file.as_deref().and_then(Path::parent);
    absolute(&directory.map_or_else(|| path.to_owned(), |directory| directory.join(path)))
}

/// Returns the files that [`read`] has read.
pub(super) fn all(auth: &Table) -> Vec<&LinkedFile> {
    let mut files = Vec::new();
    for (_, entry) in &auth.0 {
        match &entry.value {
            Value::File(file) => files.push(file),
            Value::Table(table) => files.extend(all(table)),
            _ => {}
        }
    }
    files
}
