//! Identity providers written by others, each started for one test.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::{Value, json};

use crate::{
    app::Address,
    browser::{Browser, Page},
    people::people,
    process::{Folder, Process, free_port},
};

/// Id and secret hold what `client_secret_basic` has to encode.
const CLIENT_ID: &str = "the app: 1";
pub const CLIENT_SECRET: &str = "client+secret/of=100%:0123456789&abcdefghij";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The certified npm package `oidc-provider`.
    Certified {
        alg: &'static str,
        auth_method: &'static str,
    },
    /// Django with django-oauth-toolkit.
    Toolkit,
    /// PyPI's `oidc-provider-mock`, on 127.0.0.1: for an app on localhost it is another site.
    Mock,
}

pub const RS256_BASIC: Kind = Kind::Certified {
    alg: "RS256",
    auth_method: "client_secret_basic",
};
pub const ES256_POST: Kind = Kind::Certified {
    alg: "ES256",
    auth_method: "client_secret_post",
};

impl Kind {
    fn client_id(self) -> &'static str {
        match self {
            // It takes any client, but does not decode the id that RFC 6749 2.3.1 has encoded.
            Self::Mock => "the-app",
            _ => CLIENT_ID,
        }
    }
}

pub struct Provider {
    kind: Kind,
    port: u16,
    issuer: String,
    settings: PathBuf,
    folder: Folder,
    process: Option<Process>,
}

impl Provider {
    pub async fn start(kind: Kind, app: &Address) -> Self {
        Self::start_with(kind, app, json!({})).await
    }

    /// `settings` are laid over those of `providers/node/server.mjs`.
    pub async fn start_with(kind: Kind, app: &Address, settings: Value) -> Self {
        let mut provider = Self::not_started(kind, app, settings);
        provider.up().await;
        provider
    }

    pub fn not_started(kind: Kind, app: &Address, extra: Value) -> Self {
        let port = free_port();
        let (issuer, alg, auth_method) = match kind {
            Kind::Certified { alg, auth_method } => {
                let path = extra["issuer_path"].as_str().unwrap_or_default();
                (format!("http://localhost:{port}{path}"), alg, auth_method)
            }
            Kind::Toolkit => (
                format!("http://localhost:{port}/o"),
                "RS256",
                "client_secret_basic",
            ),
            Kind::Mock => (
                format!("http://127.0.0.1:{port}"),
                "RS256",
                "client_secret_basic",
            ),
        };
        let mut settings = json!({
            "port": port,
            "issuer": issuer,
            "alg": alg,
            "people": people(),
            "client": {
                "id": kind.client_id(),
                "secret": CLIENT_SECRET,
                "auth_method": auth_method,
                "redirect_uri": app.redirect_uri(),
                "post_logout_redirect_uris": [app.origin(), app.url("/"), app.redirect_uri()],
            },
        });
        if auth_method == "none" {
            settings["client"].as_object_mut().unwrap().remove("secret");
        }
        settings
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let folder = Folder::new("provider");
        let settings = folder.write("settings.json", &settings.to_string());
        Self {
            kind,
            port,
            issuer,
            settings,
            folder,
            process: None,
        }
    }

    pub async fn up(&mut self) {
        let packages = packages();
        let mut command = match self.kind {
            Kind::Certified { .. } => {
                let mut command = Command::new("node");
                command
                    .arg(packages.join("node/server.mjs"))
                    .arg(&self.settings);
                command
            }
            Kind::Toolkit => {
                let mut command = Command::new(packages.join("python/bin/python"));
                command.arg(here("python/toolkit.py")).arg(&self.settings);
                command
            }
            Kind::Mock => {
                let mut command = Command::new(packages.join("python/bin/oidc-provider-mock"));
                command.args(["--host", "127.0.0.1", "--port", &self.port.to_string()]);
                for (user, claims) in people().as_object().unwrap() {
                    let mut claims = claims.clone();
                    claims["sub"] = json!(user);
                    command.args(["--user-claims", &claims.to_string()]);
                }
                command
            }
        };
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let log = self.folder.path().join("log");
        self.process =
            Some(Process::start(&format!("{:?}", self.kind), &mut command, &log, self.port).await);
    }

    pub fn down(&mut self) {
        self.process = None;
    }

    /// Signs with a new key from now on, and forgets the old one.
    pub async fn rotate(&mut self) {
        match self.kind {
            Kind::Certified { .. } => self.control("rotate?keep=0").await,
            Kind::Toolkit | Kind::Mock => {
                self.down();
                self.up().await;
            }
        }
    }

    /// Signs with a new key from now on, and still publishes the old one, as large providers do; of the certified provider alone.
    pub async fn add_key(&self) {
        self.control("rotate").await;
    }

    /// Moves the provider's clock.
    pub async fn set_clock(&self, seconds: i32) {
        self.control(&format!("clock?skew={seconds}")).await;
    }

    async fn control(&self, control: &str) {
        let url = format!("http://localhost:{}/__control/{control}", self.port);
        let answer = http().post(url).send().await.unwrap();
        assert!(answer.status().is_success(), "{control}: {answer:?}");
    }

    /// How many requests the provider has seen.
    pub async fn requests(&self) -> usize {
        let log = get(&format!("http://localhost:{}/__control/log", self.port)).await;
        log.as_array().unwrap().len()
    }

    pub async fn discovery(&self) -> Value {
        get(&self.discovery_url()).await
    }

    /// The keys of this provider in `secrets.toml`, to stand under `[auth]` or `[auth.<name>]`.
    pub fn secrets(&self) -> String {
        let mut lines = format!(
            "client_id = {}\nserver_metadata_url = {}\n",
            json!(self.kind.client_id()),
            json!(self.discovery_url())
        );
        let mut kwargs = String::from(r#"scope = "openid profile email groups""#);
        match self.kind {
            Kind::Certified {
                auth_method: "none",
                ..
            } => kwargs += r#", token_endpoint_auth_method = "none""#,
            Kind::Certified { auth_method, .. } => {
                lines += &format!("client_secret = {}\n", json!(CLIENT_SECRET));
                kwargs += &format!(r#", token_endpoint_auth_method = "{auth_method}""#);
            }
            Kind::Toolkit => lines += &format!("client_secret = {}\n", json!(CLIENT_SECRET)),
            Kind::Mock => {
                lines += &format!("client_secret = {}\n", json!(CLIENT_SECRET));
                kwargs = r#"scope = "openid profile email""#.into(); // the only ones that it knows
            }
        }
        format!("{lines}client_kwargs = {{ {kwargs} }}\n")
    }

    /// Without a slash at its end.
    pub fn issuer(&self) -> &str {
        self.issuer.trim_end_matches('/')
    }

    fn discovery_url(&self) -> String {
        format!(
            "{}/.well-known/openid-configuration",
            self.issuer.trim_end_matches('/')
        )
    }

    fn origin(&self) -> String {
        let host = if self.kind == Kind::Mock {
            "127.0.0.1"
        } else {
            "localhost"
        };
        format!("http://{host}:{}", self.port)
    }

    /// Fills in the forms on `page`, where the app has sent the browser, until the provider sends it back.
    pub async fn sign_in(&self, browser: &mut Browser, page: Page, user: &str) -> Page {
        assert!(page.is_at(&self.origin()), "not at the provider: {page:?}");
        let credentials = [
            ("login", user),
            ("username", user),
            ("password", "password"),
        ];
        let back = match self.kind {
            Kind::Certified { .. } => {
                browser
                    .press(&page, "Sign in", &[credentials[0], credentials[2]])
                    .await
            }
            Kind::Toolkit => {
                let consent = match page
                    .document()
                    .buttons
                    .iter()
                    .any(|button| button.label == "Sign in")
                {
                    true => browser.press(&page, "Sign in", &credentials[1..]).await,
                    false => page,
                };
                browser.press(&consent, "Authorize", &[]).await
            }
            Kind::Mock => browser.press(&page, user, &[]).await,
        };
        assert!(
            !back.is_at(&self.origin()),
            "still at the provider: {back:?}"
        );
        back
    }

    /// Says no to the sign-in on `page`; at the toolkit, where only the consent can be refused, somebody has to be signed in.
    pub async fn cancel(&self, browser: &mut Browser, page: Page) -> Page {
        assert!(page.is_at(&self.origin()), "not at the provider: {page:?}");
        match self.kind {
            Kind::Certified { .. } | Kind::Toolkit => browser.press(&page, "Cancel", &[]).await,
            Kind::Mock => browser.press(&page, "Deny", &[]).await,
        }
    }

    /// Confirms the sign-out on `page`, where the app has sent the browser.
    pub async fn sign_out(&self, browser: &mut Browser, page: Page) -> Page {
        let endpoint = self.discovery().await["end_session_endpoint"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(page.passed(&endpoint), "not sent to {endpoint}: {page:?}");
        let button = match self.kind {
            Kind::Certified { .. } => "Yes, sign me out",
            Kind::Toolkit => "Logout",
            Kind::Mock => "End session",
        };
        browser.press(&page, button, &[]).await
    }
}

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

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/real/providers")
        .join(file)
}

async fn get(url: &str) -> Value {
    let body = http().get(url).send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{url}: {error}: {body}"))
}

pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
