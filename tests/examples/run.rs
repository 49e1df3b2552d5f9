//! A running example, and a browser.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::{
    Client, Response,
    header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};

use support::free_port;

/// A running example in its own directory, with the committed secrets.toml changed to a free port.
pub struct Example {
    name: &'static str,
    port: u16,
    process: Child,
    pub folder: PathBuf,
    pub origin: String,
}

/// A browser with a minimal cookie jar: names and values only.
pub struct Browser {
    pub client: Client,
    cookies: Vec<(String, String)>,
}

impl Example {
    pub fn start(name: &'static str) -> Self {
        Self::start_with(name, |secrets| secrets)
    }

    /// Starts an example with a secrets.toml other than the committed one.
    pub fn start_with(name: &'static str, change: impl FnOnce(String) -> String) -> Self {
        let port = free_port();
        let folder = folder(name, port);
        let secrets =
            include_str!("../../.streamlit/secrets.toml").replace("8501", &port.to_string());
        fs::write(folder.join(".streamlit/secrets.toml"), change(secrets)).unwrap();
        let process = command(name, &folder, port)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut example = Self {
            name,
            port,
            process,
            folder,
            origin: format!("http://localhost:{port}"),
        };
        example.wait();
        example
    }

    /// Stops the process and starts the example again, on the same port and in the same directory.
    pub fn restart(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.process = command(self.name, &self.folder, self.port)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.wait();
    }

    /// `$XDG_STATE_HOME` of the process.
    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("localhost", self.port)).is_err() {
            assert!(Instant::now() < deadline, "{} does not listen", self.name);
            assert!(
                self.process.try_wait().unwrap().is_none(),
                "{} ended",
                self.name
            );
            std::thread::yield_now();
        }
    }
}

/// Creates an empty directory for an example, with `.streamlit` in it.
fn folder(name: &str, port: u16) -> PathBuf {
    let id = std::process::id();
    let folder = std::env::temp_dir().join(format!("axum-streamlit-auth-{id}-{name}-{port}"));
    fs::create_dir_all(folder.join(".streamlit")).unwrap();
    folder
}

/// [`program`] with its own home directory, state directory and port.
fn command(name: &str, folder: &Path, port: u16) -> Command {
    let mut command = program(name);
    command
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("PORT", port.to_string());
    command
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Browser {
    pub fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            // No keep-alive, because connections do not survive a restart of the example.
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        Self {
            client,
            cookies: Vec::new(),
        }
    }

    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let response = request
            .header(COOKIE, cookies.join("; "))
            .send()
            .await
            .unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        response
    }

    /// Opens a page and follows its redirects.
    pub async fn open(&mut self, url: &str) -> Response {
        let mut url = reqwest::Url::parse(url).unwrap();
        for _ in 0..10 {
            let response = self
                .send(self.client.get(url.clone()).header(ACCEPT, "text/html"))
                .await;
            let Some(location) = response.headers().get(LOCATION) else {
                return response;
            };
            url = url.join(location.to_str().unwrap()).unwrap();
        }
        panic!("redirects without end at {url}");
    }

    /// Opens `page`, which redirects to the development provider, and signs in as `person`.
    pub async fn sign_in(&mut self, page: &str, person: &str) -> Response {
        let people = self.open(page).await;
        assert!(
            people.url().path().ends_with("/auth/dev/authorize"),
            "{}",
            people.url()
        );
        let mut form = reqwest::Url::parse("http://localhost").unwrap();
        form.set_query(people.url().query());
        form.query_pairs_mut().append_pair("user", person);
        let mut target = people.url().clone();
        target.set_query(None);
        let post = self
            .client
            .post(target)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let chosen = self.send(post.body(form.query().unwrap().to_owned())).await;
        self.open(chosen.headers()[LOCATION].to_str().unwrap())
            .await
    }
}

/// The command for an example.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_examples-program"));
    command.env("EXAMPLE", name);
    command
}
