//! Files of the repository that a test generates.

use std::{env, fs, path::Path};

/// Fails unless the content of the file passes `is_current`. Like a snapshot of `insta`, the file
/// is written only if the environment variable `INSTA_UPDATE` is `always`.
pub(crate) fn assert_generated(path: &str, generated: &str, is_current: impl FnOnce(&str) -> bool) {
    let update = env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    if let Err(error) = check(path.as_ref(), generated, is_current, update) {
        panic!("{error}");
    }
}

fn check(
    path: &Path,
    generated: &str,
    is_current: impl FnOnce(&str) -> bool,
    update: bool,
) -> Result<(), String> {
    if is_current(&fs::read_to_string(path).unwrap_or_default()) {
        return Ok(());
    }
    if !update {
        let path = path.display();
        return Err(format!(
            "{path} is out of date. To write it, run this test with INSTA_UPDATE=always."
        ));
    }
    fs::write(path, generated).map_err(|error| format!("{}: {error}", path.display()))
}

mod tests {
    use std::process;

    use super::*;

    #[test]
    fn outdated_file_is_written_only_on_request() {
        let path = env::temp_dir().join(format!("generated-{}", process::id()));
        fs::write(&path, "old").unwrap();
        let check = |update| check(&path, "new", |text| text == "new", update);
        let read = || fs::read_to_string(&path).unwrap();

        assert!(check(false).unwrap_err().contains("out of date"));
        assert_eq!(read(), "old");
        assert_eq!(check(true), Ok(()));
        assert_eq!(read(), "new");
        assert_eq!(check(false), Ok(()));
        fs::remove_file(&path).unwrap();
        assert!(check(false).is_err());
    }
}
