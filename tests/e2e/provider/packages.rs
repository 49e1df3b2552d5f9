//! Installed packages.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The directory with the packages that tests need. The first call installs missing ones.
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

/// The directory for all packages. It is kept between runs.
pub fn cache() -> PathBuf {
    let default = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("e2e");
    std::env::var_os("E2E_CACHE").map_or_else(default, PathBuf::from)
}

/// A file next to the install script.
pub fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("e2e/providers")
        .join(file)
}
