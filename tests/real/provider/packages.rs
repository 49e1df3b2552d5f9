//! Where the providers are installed.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// Where the packages are that the tests need; the first call installs what is missing.
pub fn packages() -> &'static Path {
    static PACKAGES: OnceLock<PathBuf> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        let folder = cache();
        let status = Command::new("bash")
            .arg(here("install"))
            .arg(&folder)
            .status()
            .unwrap();
        assert!(
            status.success(),
            "the packages could not be installed: {status}"
        );
        folder.canonicalize().unwrap()
    })
}

/// The folder for everything that is installed; it is kept.
pub fn cache() -> PathBuf {
    let default = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("real");
    std::env::var_os("REAL_CACHE").map_or_else(default, PathBuf::from)
}

/// A file beside the script that installs.
pub fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/real/providers")
        .join(file)
}
