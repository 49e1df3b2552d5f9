//! Reads a text file that the configuration names, such as a secret that Docker or Kubernetes
//! mounts.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::diagnostic::Problem;

/// Reads the text of the file at `path`, without a byte order mark and without one line break at its
/// end. Symbolic links are followed.
///
/// # Errors
///
/// The [`Problem`] of a file that cannot be used. It does not contain the path, because the secret
/// itself may have been written instead of a path.
pub(crate) fn read(path: &Path) -> Result<String, Problem> {
    let bytes = read_bytes(path).map_err(|error| {
        Problem::new(
            format!("cannot read the file: {error}"),
            "Write the path of a text file that this process can read. A relative path starts at the directory of secrets.toml.",
        )
    })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Problem::new(
            "the file is not UTF-8 text",
            "Write the value to the file as text.",
        )
    })?;
    // Windows editors and shells write a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.strip_suffix('\n').map_or(text, |text| {
        // A carriage return is part of a line break only together with a line feed.
        text.strip_suffix('\r').unwrap_or(text)
    });
    if text.trim().is_empty() {
        return Err(Problem::new(
            "the file is empty",
            "Write the value to the file.",
        ));
    }
    Ok(text.to_owned())
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    // Reading a pipe or a device could block forever.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other(format!(
            "larger than {} KiB",
            MAX_FILE_BYTES / 1024
        )));
    }
    Ok(bytes)
}

/// In bytes. Secrets, tokens and keys are shorter than a few KiB.
const MAX_FILE_BYTES: u64 = 64 * 1024;
