//! Other implementations of identity providers, each started for one test.

mod forward;
mod hydra;
mod keycloak;
mod keys;
mod packages;
mod pages;

use std::process::Command;

use serde_json::{Value, json};

use crate::{
    app::Address,
    process::{Folder, Process, free_port},
    users::users,
};

pub use self::packages::{cache, packages};
use self::{
    forward::Forward,
    keycloak::{AGENT, Realm},
    packages::here,
};

/// ID and secret contain characters that `client_secret_basic` must encode.
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
    /// PyPI's `oidc-provider-mock` on 127.0.0.1, which is cross-site for an app on localhost.
    Mock,
    /// A realm of the Keycloak that all tests share.
    Keycloak,
    /// Spring Authorization Server.
    Spring,
    /// Ory Hydra. Its tests are ignored by default, because it is built from source.
    Hydra,
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
            // It accepts any client, but does not decode the ID as RFC 6749, section 2.3.1,
            // requires.
            Self::Mock => "the-app",
            _ => CLIENT_ID,
        }
    }

    /// The path of the issuer.
    fn path(self, port: u16, settings: &Value) -> String {
        match self {
            Self::Certified { .. } => settings["issuer_path"].as_str().unwrap_or_default().into(),
            Self::Toolkit => "/o".into(),
            Self::Keycloak => format!("/realms/{}", realm(port).0),
            Self::Mock | Self::Spring | Self::Hydra => String::new(),
        }
    }

    fn host(self) -> &'static str {
        match self {
            Self::Mock => "127.0.0.1",
            _ => "localhost",
        }
    }
}

pub struct Provider {
    kind: Kind,
    port: u16,
    issuer: String,
    settings: Value,
    folder: Folder,
    /// The port of the login pages, for Hydra.
    pages_port: u16,
    running: Running,
}

/// The running servers of a provider. Dropping them stops them.
#[derive(Default)]
struct Running {
    processes: Vec<Process>,
    _forward: Option<Forward>,
}

impl Provider {
    pub async fn start(kind: Kind, app: &Address) -> Self {
        Self::start_with(kind, app, json!({})).await
    }

    /// `settings` override those of `providers/node/server.mjs`.
    pub async fn start_with(kind: Kind, app: &Address, settings: Value) -> Self {
        let mut provider = Self::not_started(kind, app, settings);
        provider.up().await;
        provider
    }

    pub fn not_started(kind: Kind, app: &Address, extra: Value) -> Self {
        let (port, pages_port) = (free_port(), free_port());
        let issuer = format!("http://{}:{port}{}", kind.host(), kind.path(port, &extra));
        let (alg, auth_method) = match kind {
            Kind::Certified { alg, auth_method } => (alg, auth_method),
            _ => ("RS256", "client_secret_basic"),
        };
        // The client ID is the `iss` of an assertion. With a colon, it has to be a URI (RFC 7519,
        // section 2).
        let client_id = match extra.get("client_jwks") {
            Some(_) => "the-app",
            None => kind.client_id(),
        };
        let mut settings = json!({
            "port": port,
            "admin_port": free_port(),
            "pages_port": pages_port,
            "issuer": issuer,
            "alg": alg,
            "people": users(),
            "client": {
                "id": client_id,
                "secret": CLIENT_SECRET,
                "auth_method": auth_method,
                "redirect_uri": app.redirect_uri(),
                "origin": app.origin(),
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
        folder.write("settings.json", &settings.to_string());
        Self {
            kind,
            port,
            issuer,
            settings,
            folder,
            pages_port,
            running: Running::default(),
        }
    }

    /// Starts all servers that are not running, and waits until they respond.
    pub async fn up(&mut self) {
        let packages = packages();
        let settings = self.folder.path().join("settings.json");
        let mut commands = Vec::new();
        match self.kind {
            Kind::Certified { .. } => {
                let mut command = Command::new("node");
                command.arg(packages.join("node/server.mjs")).arg(&settings);
                commands.push((command, self.port));
            }
            Kind::Toolkit => {
                let mut command = Command::new(packages.join("python/bin/python"));
                command.arg(here("python/toolkit.py")).arg(&settings);
                commands.push((command, self.port));
            }
            Kind::Mock => {
                let mut command = Command::new(packages.join("python/bin/oidc-provider-mock"));
                command.args(["--host", "127.0.0.1", "--port", &self.port.to_string()]);
                for (user, claims) in users().as_object().unwrap() {
                    let mut claims = claims.clone();
                    claims["sub"] = json!(user);
                    command.args(["--user-claims", &claims.to_string()]);
                }
                commands.push((command, self.port));
            }
            Kind::Keycloak => {
                let keycloak = keycloak::running().await;
                realm(self.port).create(&self.settings).await;
                self.running._forward = Some(Forward::start(self.port, keycloak.port()));
            }
            Kind::Spring => {
                let mut command = Command::new("java");
                command
                    .args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar"])
                    .arg(packages.join("spring/provider.jar"))
                    .arg(&settings);
                commands.push((command, self.port));
            }
            Kind::Hydra => {
                commands.extend(hydra::commands(packages, &self.folder, &self.settings));
            }
        }
        for (mut command, port) in commands {
            command.env("PYTHONDONTWRITEBYTECODE", "1");
            let log = self.folder.path().join("log");
            let name = format!("{:?}", self.kind);
            let process = Process::start(&name, &mut command, &log, port).await;
            self.running.processes.push(process);
        }
    }

    /// Requires levels of authentication at Keycloak.
    pub async fn require_levels(&self) {
        realm(self.port).require_levels().await;
    }

    pub fn down(&mut self) {
        self.running = Running::default();
    }

    /// Returns an access token of Keycloak, for a program that acts for a user. Its audience is the
    /// origin of the app.
    pub async fn access_token(&self, user: &str) -> String {
        let form = format!(
            "grant_type=password&client_id={AGENT}&username={user}&password=password&scope=email"
        );
        let request = http()
            .post(format!("{}/protocol/openid-connect/token", self.issuer()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = request.send().await.unwrap().text().await.unwrap();
        let token: Value = serde_json::from_str(&answer).unwrap();
        let token = token["access_token"].as_str();
        token
            .unwrap_or_else(|| panic!("no token: {answer}"))
            .to_owned()
    }

    /// Sets the clock of the provider.
    pub async fn set_clock(&self, seconds: i32) {
        self.control(&format!("clock?skew={seconds}")).await;
    }

    async fn control(&self, control: &str) {
        let port = match self.kind {
            Kind::Hydra => self.pages_port,
            _ => self.port,
        };
        let url = format!("http://localhost:{port}/__control/{control}");
        let answer = http().post(url).send().await.unwrap();
        assert!(answer.status().is_success(), "{control}: {answer:?}");
    }

    /// The number of requests to the provider.
    pub async fn requests(&self) -> usize {
        let log = get(&format!("http://localhost:{}/__control/log", self.port)).await;
        log.as_array().unwrap().len()
    }

    /// Sends a request to the administration API of Keycloak, below the realm of this test.
    pub async fn admin(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let path = format!("/{}{path}", realm(self.port).0);
        keycloak::running().await.admin(method, &path, body).await
    }

    pub async fn discovery(&self) -> Value {
        get(&self.discovery_url()).await
    }

    /// The keys of this provider in `secrets.toml`, for `[auth]` or `[auth.<name>]`.
    pub fn secrets(&self) -> String {
        let mut lines = format!(
            "client_id = {}\nserver_metadata_url = {}\n",
            self.settings["client"]["id"],
            json!(self.discovery_url())
        );
        if !matches!(
            self.kind,
            Kind::Certified {
                auth_method: "none",
                ..
            }
        ) {
            lines += &format!("client_secret = {}\n", json!(CLIENT_SECRET));
        }
        let kwargs = match self.kind {
            Kind::Certified { auth_method, .. } => &format!(
                r#"scope = "openid profile email groups", token_endpoint_auth_method = "{auth_method}""#
            ),
            Kind::Toolkit => r#"scope = "openid profile email groups""#,
            Kind::Mock => r#"scope = "openid profile email""#, // the only ones that it supports
            // Only the three required keys.
            Kind::Keycloak | Kind::Spring | Kind::Hydra => return lines,
        };
        format!("{lines}client_kwargs = {{ {kwargs} }}\n")
    }

    pub fn client_id(&self) -> &str {
        self.settings["client"]["id"].as_str().unwrap()
    }

    /// Without a trailing slash.
    pub fn issuer(&self) -> &str {
        self.issuer.trim_end_matches('/')
    }

    /// Host and port.
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn discovery_url(&self) -> String {
        format!(
            "{}/.well-known/openid-configuration",
            self.issuer.trim_end_matches('/')
        )
    }
}

/// The realm of the test with this port.
fn realm(port: u16) -> Realm {
    Realm(format!("lab-{port}"))
}

async fn get(url: &str) -> Value {
    let body = http().get(url).send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{url}: {error}: {body}"))
}

pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
