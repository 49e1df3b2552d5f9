//! A random key of this machine. It is mixed into published cookie secrets, which anyone could use.

use std::{
    env, fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::sealed_token::random;

/// Returns the secret that signs cookies instead of `published`: its HMAC under the key of this
/// machine.
///
/// The key is made once and stored in [`state_dir`], so that logins survive a restart. If it cannot
/// be stored, it lasts as long as the process.
pub(crate) fn machine_secret(published: &SecretString) -> SecretString {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(b"cookie secret|");
    mac.update(published.expose_secret().as_bytes());
    BASE64_URL_SAFE_NO_PAD
        .encode(mac.finalize().into_bytes())
        .into()
}

static KEY: LazyLock<SecretString> = LazyLock::new(|| {
    let stored = state_dir().map_or_else(
        || Err(io::Error::other("no state directory")),
        |folder| load(&folder),
    );
    let key = stored.unwrap_or_else(|error| {
        tracing::debug!(%error, "development key not stored");
        random(KEY_BYTES)
    });
    key.into()
});

/// 256 bits.
const KEY_BYTES: u32 = 32;

const FILE_NAME: &str = "development-key";

/// Returns the folder for the key.
///
/// Relative paths are ignored.
///
/// Source: XDG Base Directory Specification 0.8. Windows has `LOCALAPPDATA`.
fn state_dir() -> Option<PathBuf> {
    let absolute_path = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute_path("XDG_STATE_HOME")
        .or_else(|| Some(absolute_path("HOME")?.join(".local/state")))
        .or_else(|| absolute_path("LOCALAPPDATA"))
        .map(|folder| folder.join(env!("CARGO_PKG_NAME")))
}

/// Returns the key in `folder`. Makes a new one if it is missing or unusable.
///
/// # Errors
///
/// If no key can be written.
fn load(folder: &Path) -> io::Result<String> {
    let path = folder.join(FILE_NAME);
    if let Some(key) = read(&path) {
        return Ok(key);
    }
    create_folder(folder)?;
    let temporary = folder.join(format!("{FILE_NAME}.{}", random(8)));
    let written = write(&temporary, &random(KEY_BYTES)).and_then(|()| publish(&temporary, &path));
    let _ = fs::remove_file(&temporary);
    written?;
    // Another process may have been faster. Both use the key that the file holds now.
    read(&path).ok_or_else(|| io::Error::other("the key file is unusable"))
}

/// Moves a complete file to `path`. If several processes do so, the first one wins, and the others
/// use its file.
fn publish(temporary: &Path, path: &Path) -> io::Result<()> {
    if fs::hard_link(temporary, path).is_err() && read(path).is_none() {
        // The existing file is unusable, or the file system does not support hard links.
        fs::rename(temporary, path)?;
    }
    Ok(())
}

/// Returns the key if `path` is a regular file that only its owner can read.
fn read(path: &Path) -> Option<String> {
    let metadata = fs::symlink_metadata(path).ok()?;
    if !metadata.is_file() || !is_private(&metadata) {
        return None;
    }
    let mut key = String::new();
    let file = fs::File::open(path).ok()?;
    file.take(MAX_FILE_BYTES).read_to_string(&mut key).ok()?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&key).ok()?;
    (bytes.len() == KEY_BYTES as usize).then_some(key)
}

/// A key has 43 characters. A longer file is something else.
const MAX_FILE_BYTES: u64 = 64;

fn write(path: &Path, key: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 == 0
}

#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, thread};

    use super::*;

    /// A folder that does not exist yet. Dropping this value removes its parent folder.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            Self(env::temp_dir().join(format!("development-key-{}", random(8))))
        }

        fn path(&self) -> PathBuf {
            self.0.join("state/app")
        }

        fn file(&self) -> PathBuf {
            self.path().join(FILE_NAME)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn key_is_random_private_and_kept() {
        let (one, two) = (Folder::new(), Folder::new());
        let key = load(&one.path()).unwrap();

        assert_eq!(key.len(), 43);
        assert_eq!(load(&one.path()).unwrap(), key);
        assert_ne!(load(&two.path()).unwrap(), key);
        let names = fs::read_dir(one.path()).unwrap();
        assert_eq!(names.count(), 1, "nothing else is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&one.file()), 0o600);
            assert_eq!(mode(&one.path()), 0o700);
        }
    }

    #[test]
    fn racing_loads_agree_on_one_key() {
        for _ in 0..50 {
            let folder = Folder::new();
            let keys: BTreeSet<String> = thread::scope(|scope| {
                let loads: Vec<_> = (0..8)
                    .map(|_| scope.spawn(|| load(&folder.path()).unwrap()))
                    .collect();
                loads.into_iter().map(|load| load.join().unwrap()).collect()
            });
            assert_eq!(keys.len(), 1);
        }
    }

    #[test]
    fn unusable_file_is_replaced() {
        for content in [
            "",
            "short",
            &"A".repeat(44),
            &"!".repeat(43),
            &"A".repeat(5000),
        ] {
            let folder = Folder::new();
            load(&folder.path()).unwrap();
            fs::write(folder.file(), content).unwrap();
            let key = load(&folder.path()).unwrap();
            assert_ne!(key, content);
            assert_eq!(load(&folder.path()).unwrap(), key);
        }
    }

    #[cfg(unix)]
    #[test]
    fn file_that_others_can_read_is_replaced() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = Folder::new();
        let key = load(&folder.path()).unwrap();
        for mode in [0o644, 0o640, 0o602] {
            fs::set_permissions(folder.file(), fs::Permissions::from_mode(mode)).unwrap();
            assert_ne!(load(&folder.path()).unwrap(), key, "{mode:o}");
        }
        let planted = folder.0.join("planted");
        write(&planted, &key).unwrap();
        fs::remove_file(folder.file()).unwrap();
        symlink(&planted, folder.file()).unwrap();
        assert_ne!(load(&folder.path()).unwrap(), key, "a link");
    }

    #[test]
    fn folder_that_cannot_be_created_is_an_error() {
        let folder = Folder::new();
        fs::create_dir_all(folder.0.join("state")).unwrap();
        fs::write(folder.path(), "a file").unwrap();
        assert!(load(&folder.path()).is_err());
        fs::remove_file(folder.path()).unwrap();
        fs::create_dir_all(folder.file()).unwrap();
        assert!(load(&folder.path()).is_err(), "the key is a folder");
    }

    #[test]
    fn each_secret_is_mixed_separately() {
        let mixed = |secret: &str| {
            let mixed = machine_secret(&SecretString::from(secret));
            mixed.expose_secret().to_owned()
        };
        assert_eq!(mixed("one"), mixed("one"));
        assert_ne!(mixed("one"), mixed("two"));
        assert!(mixed("one").len() >= 43);
    }
}
