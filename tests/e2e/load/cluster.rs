//! Two instances of an app with one secrets.toml, behind nginx with default settings.

use std::{collections::hash_map::RandomState, fs, hash::BuildHasher, process::Command, sync::Arc};

use serde_json::{Map, Value, json};

use super::faults::Line;
use crate::{
    app::{Address, binary},
    browser::{Browser, Page},
    nginx::Nginx,
    process::{Folder, Process, free_port},
    provider::{CLIENT_SECRET, ES256_POST, Provider},
};

/// The parts that run for the whole test.
pub struct Site {
    pub provider: Provider,
    address: Address,
}

pub struct Cluster {
    pub site: Arc<Site>,
    /// The instance that is never killed.
    pub survivor_process: Process,
    killed: Option<Process>,
    killed_port: u16,
    secret: String,
    _nginx: Nginx,
    folder: Folder,
}

/// The user with this number.
pub fn person(number: usize) -> String {
    format!("visitor-{number}")
}

/// All users up to this number, with their claims.
pub fn users_up_to(people: usize) -> Value {
    let all = (0..people).map(person);
    let all = all.map(|name| (name.clone(), json!({ "name": name })));
    all.collect::<Map<_, _>>().into()
}

impl Cluster {
    /// Starts the cluster for `people`. With a `line`, the instances reach the provider only
    /// through it.
    pub async fn start(people: &Value, line: Option<&Line>) -> Self {
        let address = Address::free();
        let mut settings = json!({ "people": people });
        if let Some(line) = line {
            settings["issuer"] = line.issuer().into();
        }
        let provider = Provider::start_with(ES256_POST, &address, settings).await;
        let mut provider_secrets = provider.secrets();
        if let Some(line) = line {
            line.forward_to(provider.authority());
            provider_secrets = provider_secrets.replace(provider.issuer(), &line.issuer());
        }
        let secret: String = (0..4)
            .map(|n| format!("{:016x}", RandomState::new().hash_one(n)))
            .collect();
        let folder = Folder::new("load");
        folder.write(
            ".streamlit/secrets.toml",
            &format!(
                "[auth]\nredirect_uri = \"{}\"\ncookie_secret = \"{secret}\"\n{}",
                address.redirect_uri(),
                provider_secrets
            ),
        );
        let ports = [free_port(), free_port()];
        let survivor = instance(&folder, ports[0]).await;
        let killed = instance(&folder, ports[1]).await;
        let [one, other] = ports.map(|port| format!("server 127.0.0.1:{port};"));
        let nginx = Nginx::listen(
            address.port(),
            &format!("upstream app {{ {one} {other} }}\n"),
            "location / { proxy_pass http://app; }\n",
        )
        .await;
        Self {
            site: Arc::new(Site { provider, address }),
            survivor_process: survivor,
            killed: Some(killed),
            killed_port: ports[1],
            secret,
            _nginx: nginx,
            folder,
        }
    }

    /// The URL of `path` at the instance that is killed, without nginx.
    pub fn killed_instance_url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.killed_port)
    }

    /// Kills the second instance with SIGKILL.
    pub fn kill(&mut self) {
        self.killed = None;
    }

    pub async fn restart(&mut self) {
        self.killed = Some(instance(&self.folder, self.killed_port).await);
    }

    /// Asserts that no instance has panicked or printed a secret.
    pub fn assert_clean_log(&self) {
        for log in fs::read_dir(self.folder.path()).unwrap() {
            let path = log.unwrap().path();
            if path.extension().is_some_and(|end| end == "log") {
                let log = fs::read_to_string(path).unwrap();
                for bad in ["panicked at", CLIENT_SECRET, &self.secret] {
                    assert!(!log.contains(bad), "{bad:?} was printed");
                }
            }
        }
    }
}

impl Site {
    pub fn url(&self, path: &str) -> String {
        self.address.url(path)
    }

    /// The user of this browser. Asserts that the app responded, not nginx.
    pub async fn who(&self, browser: &mut Browser) -> Option<String> {
        let me = browser.fetch(&self.url(ME)).await;
        named(&me)
    }
}

/// The user name on the page [`ME`].
pub fn named(me: &Page) -> Option<String> {
    match (me.status, me.media_type()) {
        (200, "application/json") => {
            let claims: Value = serde_json::from_str(&me.body).unwrap();
            Some(claims["sub"].as_str().unwrap().to_owned())
        }
        (401, "application/problem+json") => None,
        _ => panic!("{me:?}"),
    }
}

/// The page of the app that shows the user.
pub const ME: &str = "/api/me";

/// The example `beside_streamlit`, which listens at a configured address instead of that of
/// `redirect_uri`.
async fn instance(folder: &Folder, port: u16) -> Process {
    let mut command = Command::new(binary("beside_streamlit"));
    command
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("PORT", port.to_string());
    let log = folder.path().join(format!("{port}.log"));
    Process::start("beside_streamlit", &mut command, &log, port).await
}
