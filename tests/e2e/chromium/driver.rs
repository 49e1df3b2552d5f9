//! Chromium with its own profile, controlled by ChromeDriver over the WebDriver protocol.
//!
//! Source: WebDriver (W3C), section 8; ChromeDriver's capabilities and its own commands.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::process::{Folder, Process, free_port};

/// Flags for Chromium as root, without a screen and without background requests.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Overlay scrollbars, as on a phone, because others narrow the page.
    "--hide-scrollbars",
    // Chromium exits when the other end of its pipe closes, even if this process is killed.
    "--remote-debugging-pipe",
];

/// Timeout of a command, including the time for which a page waits for its provider.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Timeout for finding a button or field.
const IMPLICIT_WAIT: Duration = Duration::from_secs(20);

pub struct Driver {
    http: reqwest::Client,
    port: u16,
    session: String,
    _process: Process,
    _profile: Folder,
}

impl Driver {
    /// Starts ChromeDriver and Chromium with additional `flags`.
    pub async fn start(flags: &[String]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .unwrap();
        let profile = Folder::new("chromium");
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command
            .arg(format!("--port={port}"))
            .env("HOME", profile.path());
        let log = profile.path().join("log");
        let process = Process::start("chromedriver", &mut command, &log, port).await;

        let mut driver = Self {
            http,
            port,
            session: String::new(),
            _process: process,
            _profile: profile,
        };
        let data = driver._profile.path().join("profile");
        let flags: Vec<String> = FLAGS
            .iter()
            .map(|&flag| flag.to_owned())
            .chain([format!("--user-data-dir={}", data.display())])
            .chain(flags.iter().cloned())
            .collect();
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
            // The element may be on a page that is still loading.
            "timeouts": { "implicit": IMPLICIT_WAIT.as_millis() as u64 },
        } } });
        let session = driver.send(Method::POST, "/session", Some(&wanted)).await;
        let session = session.unwrap_or_else(|error| panic!("Chromium did not start: {error}"));
        driver.session = session["sessionId"].as_str().unwrap().to_owned();
        driver
    }

    pub async fn get(&self, command: &str) -> Value {
        self.try_command(Method::GET, command, None)
            .await
            .unwrap_or_else(|error| panic!("GET {command}: {error}"))
    }

    pub async fn post(&self, command: &str, body: &Value) -> Value {
        self.try_command(Method::POST, command, Some(body))
            .await
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub async fn delete(&self, command: &str) -> Value {
        self.try_command(Method::DELETE, command, None)
            .await
            .unwrap_or_else(|error| panic!("DELETE {command}: {error}"))
    }

    /// # Errors
    ///
    /// The error of the browser.
    pub async fn try_get(&self, command: &str) -> Result<Value, String> {
        self.try_command(Method::GET, command, None).await
    }

    /// # Errors
    ///
    /// The error of the browser.
    pub async fn try_post(&self, command: &str, body: &Value) -> Result<Value, String> {
        self.try_command(Method::POST, command, Some(body)).await
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, command: &str, params: Value) -> Value {
        let body = json!({ "cmd": command, "params": params });
        self.post("/goog/cdp/execute", &body).await
    }

    async fn try_command(
        &self,
        method: Method,
        command: &str,
        body: Option<&Value>,
    ) -> Result<Value, String> {
        let path = format!("/session/{}{command}", self.session);
        self.send(method, &path, body).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, String> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let succeeded = answer.status().is_success();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&text).map_err(|_| text)?;
        let value = answer["value"].take();
        match succeeded {
            true => Ok(value),
            false => Err(format!("{}: {}", value["error"], value["message"])),
        }
    }
}

impl Drop for Driver {
    /// Lets Chromium exit, so that its profile is not in use when the directory is removed.
    fn drop(&mut self) {
        let request = format!(
            "DELETE /session/{} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
            self.session
        );
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = stream.write_all(request.as_bytes());
            // ChromeDriver responds after Chromium has exited.
            let _ = stream.read(&mut [0; 64]);
        }
    }
}
