//! Servers that tests start: a free port, a directory, a log, and a stop by process id.

use std::{
    fs::{self, File},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

pub use support::free_port;

/// The maximum time until a server listens. Two cores start several at once.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running server. Dropping it stops it.
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command` and waits until `port` of localhost accepts connections.
    pub async fn start(name: &str, command: &mut Command, log: &Path, port: u16) -> Self {
        let output = File::options().create(true).append(true).open(log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} did not start ({command:?}): {error}"));
        let mut process = Self {
            child,
            name: name.into(),
            log: log.into(),
        };

        let deadline = Instant::now() + START_TIMEOUT;
        while TcpStream::connect(("localhost", port)).is_err() {
            if let Some(status) = process.child.try_wait().unwrap() {
                panic!("{name} ended before it listened: {status}");
            }
            assert!(
                Instant::now() < deadline,
                "{name} does not listen on {port} after {START_TIMEOUT:?}"
            );
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        process
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The output of the server so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(40)..].join("\n");
            eprintln!("--- the last lines of {}:\n{tail}\n---", self.name);
        }
    }
}

/// The directory of a server. Removed when dropped, unless the test failed.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{}-{number}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file and creates its directories.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
