//! The built examples, each in its own directory with its own `.streamlit/secrets.toml`.

use std::{
    collections::hash_map::RandomState,
    fs,
    hash::BuildHasher,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    browser::{Browser, Page},
    process::{Folder, Process, free_port},
    provider::{CLIENT_SECRET, Provider},
};

/// The address at which an app will listen.
pub struct Address {
    port: u16,
    scheme: &'static str,
    base_path: &'static str,
}

impl Address {
    pub fn free() -> Self {
        Self::below("")
    }

    /// With a base path, which a proxy in front of the app must know as well.
    pub fn below(base_path: &'static str) -> Self {
        Self {
            port: free_port(),
            scheme: "http",
            base_path,
        }
    }

    /// Behind a proxy that terminates TLS.
    pub fn secure() -> Self {
        Self {
            scheme: "https",
            ..Self::free()
        }
    }

    pub fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    pub fn authority(&self) -> String {
        format!("localhost:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority())
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin(), self.base_path)
    }

    pub fn redirect_uri(&self) -> String {
        self.url("/oauth2callback")
    }
}

pub struct App {
    example: &'static str,
    address: Address,
    cookie_secret: String,
    process: Process,
    folder: Folder,
}

impl App {
    /// Starts an example with `provider` as its only provider. `providers` gets the same one twice.
    pub async fn start(example: &'static str, address: Address, provider: &Provider) -> Self {
        let secrets = match example {
            "hello" => provider.secrets(),
            "providers" => format!(
                "[auth.google]\n{0}\n[auth.microsoft]\n{0}",
                provider.secrets()
            ),
            _ => format!("[auth.lab]\n{}", provider.secrets()),
        };
        Self::start_with(example, address, &secrets).await
    }

    /// As [`App::start`], with additional lines after the keys of `[auth]`.
    pub async fn start_with(example: &'static str, address: Address, secrets: &str) -> Self {
        let cookie_secret: String = (0..4)
            .map(|n| format!("{:016x}", RandomState::new().hash_one(n)))
            .collect();
        let redirect_uri = address.redirect_uri();
        let file = format!(
            "[auth]\nredirect_uri = \"{redirect_uri}\"\ncookie_secret = \"{cookie_secret}\"\n{secrets}"
        );
        Self::start_file(example, address, cookie_secret, &file).await
    }

    /// With the committed secrets.toml, on its own port: the development provider.
    pub async fn start_as_committed(example: &'static str) -> Self {
        let address = Address::free();
        let file = include_str!("../../.streamlit/secrets.toml");
        assert!(file.contains(COMMITTED_AUTHORITY) && file.contains(COMMITTED_SECRET));
        let file = file.replace(COMMITTED_AUTHORITY, &address.authority());
        Self::start_file(example, address, COMMITTED_SECRET.into(), &file).await
    }

    async fn start_file(
        example: &'static str,
        address: Address,
        cookie_secret: String,
        file: &str,
    ) -> Self {
        let folder = Folder::new(example);
        folder.write(".streamlit/secrets.toml", file);
        let mut command = Command::new(binary(example));
        // A separate home directory, because the developer's own is also searched for secrets.
        command
            .current_dir(folder.path())
            .env("HOME", folder.path())
            // For the example that does not listen at its redirect URI.
            .env("PORT", address.port.to_string())
            .env("NO_COLOR", "1");
        let process = Process::start(
            example,
            &mut command,
            &folder.path().join("log"),
            address.port,
        )
        .await;
        Self {
            example,
            address,
            cookie_secret,
            process,
            folder,
        }
    }

    pub fn url(&self, path: &str) -> String {
        self.address.url(path)
    }

    pub fn authority(&self) -> String {
        self.address.authority()
    }

    /// The working directory of the app.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration of the app.
    pub fn secrets_file(&self) -> PathBuf {
        self.folder.path().join(".streamlit/secrets.toml")
    }

    /// The file and line of a key that starts a line of the configuration.
    pub fn place(&self, key: &str) -> String {
        let text = fs::read_to_string(self.secrets_file()).unwrap();
        let line = text
            .lines()
            .position(|line| line.starts_with(&format!("{key} = ")));
        format!("secrets.toml:{}", line.expect("the key is written") + 1)
    }

    /// The output of the app so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The URL at which a login starts in this example.
    pub fn login_path(&self) -> &'static str {
        match self.example {
            "providers" => "/auth/login/google",
            _ => "/auth/login",
        }
    }

    /// Opens the app and follows the login to the page of the provider.
    pub async fn start_login(&self, browser: &mut Browser) -> Page {
        if self.example == "guard" {
            return browser.open(&self.url("/report?x=1")).await;
        }
        let home = browser.open(&self.url("/")).await;
        assert_eq!(home.status, 200, "{home:?}");
        browser.go(&home, self.login_path()).await
    }

    /// The final URL after [`App::start_login`].
    pub fn landing(&self) -> String {
        match self.example {
            "guard" => self.url("/report?x=1"),
            _ => self.url("/"),
        }
    }

    /// Asserts that the app shows this user name.
    pub async fn assert_logged_in_as(&self, browser: &mut Browser, name: &str) {
        if self.example == "guard" {
            let me = browser.fetch(&self.url("/api/me")).await;
            assert_eq!(
                (me.status, me.media_type()),
                (200, "application/json"),
                "{me:?}"
            );
            let claims: serde_json::Value = serde_json::from_str(&me.body).unwrap();
            assert_eq!(claims["name"], name);
            return;
        }
        let home = browser.open(&self.url("/")).await;
        assert_eq!(home.status, 200, "{home:?}");
        assert!(home.says(&format!("Welcome, {name}!")), "{home:?}");
    }

    /// Asserts that the browser is not logged in.
    pub async fn assert_logged_out(&self, browser: &mut Browser) {
        let home = browser.open(&self.url("/")).await;
        assert_eq!(home.status, 200, "{home:?}");
        assert!(!home.says("Welcome, "), "{home:?}");
        let cookies = browser.cookies(&self.url("/"));
        assert!(
            !cookies.iter().any(|name| name.contains("_streamlit_user")),
            "{cookies:?}"
        );
        if self.example == "guard" {
            let me = browser.fetch(&self.url("/api/me")).await;
            assert_eq!(
                (me.status, me.media_type()),
                (401, "application/problem+json"),
                "{me:?}"
            );
        }
    }

    /// Logs out of the app. Returns the page of the provider.
    pub async fn start_logout(&self, browser: &mut Browser) -> Page {
        let home = browser.open(&self.url("/")).await;
        if self.example != "guard" || Browser::offers(&home, "/auth/logout") {
            return browser.go(&home, "/auth/logout").await;
        }
        browser.open(&self.url("/auth/logout")).await
    }

    /// Asserts that `page` is an error page of the app about a failed login, with a link.
    pub fn assert_error_page(&self, page: &Page) {
        assert!(page.is_at(&self.address.origin()), "{page:?}");
        assert_eq!(page.media_type(), "text/html", "{page:?}");
        let document = page.document();
        assert!(page.status != 500 && !document.text.is_empty(), "{page:?}");
        assert!(
            document.links.len() + document.buttons.len() > 0,
            "a dead end: {page:?}"
        );
        assert!(!page.says("Welcome, "), "{page:?}");
    }

    /// Asserts that the app has not panicked and has not printed a secret.
    pub fn assert_clean_log(&self) {
        let log = self.log();
        for bad in ["panicked at", CLIENT_SECRET, &self.cookie_secret] {
            assert!(
                !log.contains(bad),
                "{bad:?} in what {} printed",
                self.example
            );
        }
    }
}

/// A value of the committed secrets.toml.
const COMMITTED_AUTHORITY: &str = "localhost:8501";
pub const COMMITTED_SECRET: &str = "public-development-secret-for-loopback-only";

pub fn binary(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap();
    // The example `mcp` is a package with one binary.
    let places = [folder.join("examples").join(example), folder.join(example)];
    let binary = places.iter().find(|place| place.exists());
    let missing = "an example is not built; tests/e2e/README.md has the commands";
    binary
        .unwrap_or_else(|| panic!("{missing}: {places:?}"))
        .clone()
}
