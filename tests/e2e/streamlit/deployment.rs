//! A Streamlit app and the service, with one secrets.toml, one nginx and one provider.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::proxy;
use crate::{
    app::{Address, binary},
    browser::{Browser, Page},
    process::{Folder, Process, free_port},
    provider::{CLIENT_SECRET, ES256_POST, Provider, cache},
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Release {
    Newest,
    /// 1.56, the last version with Tornado. It keeps the secret that it started with.
    Tornado,
}

/// The process to which nginx forwards `/auth/` and `/oauth2callback`.
#[derive(Clone, Copy, PartialEq)]
pub enum Owner {
    Service,
    Streamlit,
}

pub struct Deployment {
    pub provider: Provider,
    release: Release,
    owner: Owner,
    address: Address,
    streamlit_port: u16,
    secrets: Vec<String>,
    has_later: bool,
    service: Process,
    streamlit: Option<Process>,
    _nginx: Process,
    folder: Folder,
}

/// The log message of the crate after a reload.
const CHANGED: &str = "configuration reloaded";

impl Deployment {
    pub async fn start(release: Release, owner: Owner) -> Self {
        Self::start_at(Address::free(), release, owner).await
    }

    pub async fn start_at(address: Address, release: Release, owner: Owner) -> Self {
        // Streamlit 1.56 uses PKCE only if configured.
        let provider = Provider::start_with(ES256_POST, &address, json!({ "pkce": false })).await;
        let folder = Folder::new("beside-streamlit");
        folder.write("app.py", include_str!("app.py"));
        let secrets = vec![secret(0)];
        folder.write(
            ".streamlit/secrets.toml",
            &toml(&address, &provider, release, owner, &secrets, false),
        );

        let (service_port, streamlit_port) = (free_port(), free_port());
        let mut command = Command::new(binary("beside_streamlit"));
        command
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env("PORT", service_port.to_string());
        let log = folder.path().join("service.log");
        let service = Process::start("beside_streamlit", &mut command, &log, service_port).await;
        let login = match owner {
            Owner::Service => service_port,
            Owner::Streamlit => streamlit_port,
        };
        let nginx = proxy::start(&folder, &address, login, service_port, streamlit_port).await;
        let mut deployment = Self {
            provider,
            release,
            owner,
            address,
            streamlit_port,
            secrets,
            has_later: false,
            service,
            streamlit: None,
            _nginx: nginx,
            folder,
        };
        deployment.start_streamlit().await;
        deployment
    }

    pub fn url(&self, path: &str) -> String {
        self.address.url(path)
    }

    /// Presses a button of the Streamlit app and follows its redirect.
    pub async fn press(&self, browser: &mut Browser, button: &str) -> Page {
        let page = self.session(browser, &[button]).await;
        let target = page["redirect"]
            .as_str()
            .unwrap_or_else(|| panic!("no redirect: {page}"));
        browser.open(&self.url(target)).await
    }

    /// Logs out at the app and at the provider, then presses `button`.
    pub async fn press_log_out_and_in(&self, browser: &mut Browser, button: &str) -> Page {
        let confirm = self.press(browser, "Log out").await;
        self.provider.sign_out(browser, confirm).await;
        self.press(browser, button).await
    }

    pub async fn streamlit_shows(&self, browser: &Browser, text: &str) {
        let page = self.session(browser, &[]).await;
        let texts = page["texts"].as_array().unwrap();
        assert!(
            texts.iter().any(|shown| shown == text),
            "not {text:?} but {page}"
        );
    }

    /// Replaces the secret. The earlier ones stay accepted.
    pub fn rotate(&mut self) {
        self.secrets.insert(0, secret(self.secrets.len()));
        self.write_secrets();
    }

    /// Adds `[auth.later]`, at the same provider.
    pub fn add_provider(&mut self) {
        self.has_later = true;
        self.write_secrets();
    }

    /// Waits until Streamlit uses the current secrets.
    pub async fn streamlit_follows(&mut self) {
        match self.release {
            // It checks its files in the background.
            Release::Newest => tokio::time::sleep(Duration::from_secs(2)).await,
            Release::Tornado => {
                self.streamlit = None;
                self.start_streamlit().await;
            }
        }
    }

    /// The number of reloads that the service has logged.
    pub fn service_changes(&self) -> usize {
        self.service.log().matches(CHANGED).count()
    }

    pub fn assert_clean_service_log(&self) {
        let log = self.service.log();
        assert!(log.contains(CHANGED), "{log}");
        // `wide` exceeds the default limit of a WebSocket. With the compression of the newest
        // release, it does not.
        assert_eq!(
            log.contains("identity is large"),
            self.release == Release::Tornado,
            "{log}"
        );
        for bad in self
            .secrets
            .iter()
            .map(String::as_str)
            .chain(["panicked at", CLIENT_SECRET])
        {
            assert!(!log.contains(bad), "{bad:?} in what the service printed");
        }
    }

    async fn start_streamlit(&mut self) {
        let mut command = command(self.release, &self.folder, self.streamlit_port);
        let log = self.folder.path().join("streamlit.log");
        let process = Process::start("streamlit", &mut command, &log, self.streamlit_port).await;
        self.streamlit = Some(process);
    }

    fn write_secrets(&self) {
        let text = toml(
            &self.address,
            &self.provider,
            self.release,
            self.owner,
            &self.secrets,
            self.has_later,
        );
        self.folder.write(".streamlit/secrets.toml", &text);
    }

    /// Opens the Streamlit app as its front end does.
    async fn session(&self, browser: &Browser, arguments: &[&str]) -> Value {
        let cookies = browser.header(&self.url("/"));
        let origin = self.address.origin();
        session(self.release, &origin, &cookies, &json!({}), arguments).await
    }
}

/// The command that runs `app.py` of `folder`.
pub fn command(release: Release, folder: &Folder, port: u16) -> Command {
    let mut command = Command::new(environment(release).join("bin/python"));
    command
        .args([
            "-W",
            "ignore",
            "-m",
            "streamlit",
            "run",
            "app.py",
            "--server.headless=true",
        ])
        .args([
            "--server.address=127.0.0.1",
            "--browser.gatherUsageStats=false",
            "--server.fileWatcherType=poll",
        ])
        .arg(format!("--server.port={port}"))
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Otherwise the page of `wide` would never finish loading.
        .env("WEBSOCKETS_MAX_LINE_LENGTH", "32768");
    command
}

/// Opens a Streamlit app as its front end does, with this `Cookie` header and further headers.
pub async fn session(
    release: Release,
    origin: &str,
    cookies: &str,
    headers: &Value,
    arguments: &[&str],
) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let mut command = tokio::process::Command::new(environment(release).join("bin/python"));
        command
            .args(["-W", "ignore"])
            .arg(here("session.py"))
            .arg(origin)
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("HEADERS", headers.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(cookies.as_bytes()).await.unwrap();
        drop(input);
        let output = child.wait_with_output().await.unwrap();
        if output.status.success() {
            return serde_json::from_slice(&output.stdout).unwrap();
        }
        // A button may appear a moment later. Any other error must not occur twice.
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            Instant::now() < deadline,
            "session.py {arguments:?}: {error}"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn secret(number: usize) -> String {
    format!("kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u{number:08}")
}

/// One file for both, with keys of this crate that Streamlit does not know.
fn toml(
    address: &Address,
    provider: &Provider,
    release: Release,
    owner: Owner,
    secrets: &[String],
    later: bool,
) -> String {
    let mut text = format!(
        "[auth]\nredirect_uri = {:?}\ncookie_secret = {:?}\ncookie_secrets_old = {:?}\n",
        address.redirect_uri(),
        secrets[0],
        &secrets[1..],
    );
    if owner == Owner::Service {
        let format = match release {
            Release::Newest => "current",
            Release::Tornado => "tornado",
        };
        text += &format!("streamlit_cookies = {format:?}\n");
    }
    // The other release runs without session records.
    if release == Release::Newest {
        text += "session_store = \"memory\"\nstreamlit_logins = \"accept\"\n";
    }
    text += &provider.secrets();
    if later {
        text += &format!("[auth.later]\n{}", provider.secrets());
    }
    text
}

/// The virtual environment of a release. The first call installs both.
fn environment(release: Release) -> PathBuf {
    static PACKAGES: OnceLock<PathBuf> = OnceLock::new();
    let packages = PACKAGES.get_or_init(|| {
        let status = Command::new("bash")
            .arg(here("install"))
            .arg(cache())
            .status()
            .unwrap();
        assert!(
            status.success(),
            "Streamlit could not be installed: {status}"
        );
        cache().canonicalize().unwrap()
    });
    packages.join(match release {
        Release::Newest => "streamlit-newest",
        Release::Tornado => "streamlit-tornado",
    })
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("e2e/streamlit")
        .join(file)
}
