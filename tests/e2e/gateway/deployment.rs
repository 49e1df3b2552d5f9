//! The example `gateway`, a plain app, and a proxy in front of both.

use std::{path::Path, process::Command};

use reqwest::Method;

use super::{client::send, plain_app::PlainApp};
use crate::{
    app::{Address, binary},
    browser::{Browser, Page},
    nginx::Nginx,
    process::{Folder, Process, free_port},
    provider::{Provider, RS256_BASIC, packages},
};

#[derive(Clone, Copy, Debug)]
pub enum Proxy {
    Nginx,
    Caddy,
    /// Its tests are ignored by default, because it is built from source.
    Traefik,
}

/// A running proxy. Dropping it stops it.
enum Running {
    Nginx { _nginx: Nginx },
    Other { _process: Process },
}

pub struct Deployment {
    pub provider: Provider,
    address: Address,
    secrets: String,
    gateway: Process,
    folder: Folder,
    _app: PlainApp,
    _proxy: Running,
}

/// The page of the documentation with the recipes that the tests use.
const PAGE: &str = include_str!("../../../src/docs/forward_auth.md");

/// The code blocks of this language below a heading of the documentation.
pub fn blocks(heading: &str, language: &str) -> Vec<&'static str> {
    let section = PAGE.split("\n## ").find(|section| {
        let heading_of_section = section.split('\n').next();
        heading_of_section == Some(heading)
    });
    let section = section.unwrap_or_else(|| panic!("no section {heading:?}"));
    let start = format!("```{language}\n");
    let blocks = section.split(&start).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

/// A configuration from the documentation, with the ports of a test.
pub fn recipe(block: &str, gateway: u16, app: (&str, u16)) -> String {
    [(":3000", gateway), app]
        .iter()
        .fold(block.to_owned(), |block, (before, after)| {
            assert!(block.contains(before), "{before} in {block}");
            block.replace(before, &format!(":{after}"))
        })
}

impl Deployment {
    pub async fn start(proxy: Proxy) -> Self {
        Self::start_with(proxy, "").await
    }

    /// Starts with `conditions` in the path of the check.
    pub async fn start_with(proxy: Proxy, conditions: &str) -> Self {
        let address = Address::free();
        let provider = Provider::start(RS256_BASIC, &address).await;
        let folder = Folder::new("gateway");
        let secrets = format!(
            "[auth]\nredirect_uri = {:?}\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u\"\n\
             signed_out_page = true\n{}[auth.headers]\nX-User-Email = \"email\"\nX-User-Groups = \"groups\"\n",
            address.redirect_uri(),
            provider.secrets(),
        );
        folder.write(".streamlit/secrets.toml", &secrets);
        let port = free_port();
        let gateway = start_gateway(folder.path(), port).await;
        let app = PlainApp::start().await;
        let config = match proxy {
            Proxy::Nginx => blocks("nginx", "nginx")[0],
            Proxy::Caddy => blocks("Caddy", "caddyfile")[0],
            Proxy::Traefik => blocks("Traefik", "yaml")[0],
        };
        let config = recipe(config, port, (":8000", app.port));
        let config = config.replace("/auth/check", &format!("/auth/check{conditions}"));
        let proxy = match proxy {
            Proxy::Nginx => Running::Nginx {
                _nginx: Nginx::listen(address.port(), "", &config).await,
            },
            Proxy::Caddy => {
                let config = config.replace("example.com", &address.origin());
                let process = start_caddy(&folder, address.port(), &config).await;
                Running::Other { _process: process }
            }
            Proxy::Traefik => {
                let config = config.replace("example.com", "localhost");
                let process = start_traefik(&folder, address.port(), &config).await;
                Running::Other { _process: process }
            }
        };
        Self {
            provider,
            address,
            secrets,
            gateway,
            folder,
            _app: app,
            _proxy: proxy,
        }
    }

    pub fn url(&self, path: &str) -> String {
        self.address.url(path)
    }

    pub fn origin(&self) -> String {
        self.address.origin()
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Opens a page and logs in.
    pub async fn sign_in(&self, browser: &mut Browser, path: &str, user: &str) -> Page {
        let form = browser.open(&self.url(path)).await;
        self.provider.sign_in(browser, form, user).await
    }

    /// Adds tables to secrets.toml, and waits until the gateway uses them.
    pub async fn reconfigure(&self, tables: &str) {
        let text = format!("{}{tables}", self.secrets);
        self.folder.write(".streamlit/secrets.toml", &text);
        let is_reloaded = async || self.gateway.log().contains("configuration reloaded");
        support::eventually("the gateway reloads", is_reloaded).await;
    }
}

/// Starts the example with the secrets.toml of a directory.
pub async fn start_gateway(folder: &Path, port: u16) -> Process {
    let mut command = Command::new(binary("gateway"));
    command
        .arg(format!("127.0.0.1:{port}"))
        .current_dir(folder)
        .env("HOME", folder)
        .env("NO_COLOR", "1");
    let log = folder.join("gateway.log");
    Process::start("gateway", &mut command, &log, port).await
}

async fn start_caddy(folder: &Folder, port: u16, config: &str) -> Process {
    let config = format!("{{\nadmin off\nauto_https off\n}}\n{config}");
    let config = folder.write("Caddyfile", &config);
    let mut command = Command::new("caddy");
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(config)
        .env("HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path());
    Process::start(
        "caddy",
        &mut command,
        &folder.path().join("caddy.log"),
        port,
    )
    .await
}

async fn start_traefik(folder: &Folder, port: u16, config: &str) -> Process {
    let program = packages().join("traefik/traefik");
    assert!(
        program.exists(),
        "Traefik is not installed: E2E=all tests/e2e/providers/install"
    );
    let config = folder.write("traefik.yml", config);
    let mut command = Command::new(program);
    command
        .arg(format!("--entrypoints.web.address=127.0.0.1:{port}"))
        .arg(format!("--providers.file.filename={}", config.display()))
        .args([
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
        ]);
    let log = folder.path().join("traefik.log");
    let process = Process::start("traefik", &mut command, &log, port).await;
    // It listens before it has read the routes.
    let url = format!("http://localhost:{port}/");
    let has_routes = async || send(Method::GET, &url, "", &[], "").await.status != 404;
    support::eventually("the routes of Traefik", has_routes).await;
    process
}
