//! Two instances of one app with one secrets.toml, behind a stock nginx.

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

/// What stands as long as the house does.
pub struct Site {
    pub provider: Provider,
    address: Address,
}

pub struct House {
    pub site: Arc<Site>,
    /// Nothing ever happens to it.
    pub lasting: Process,
    mortal: Option<Process>,
    mortal_port: u16,
    secret: String,
    _nginx: Nginx,
    folder: Folder,
}

/// One of a crowd.
pub fn person(number: usize) -> String {
    format!("visitor-{number}")
}

/// Everybody up to this number, with their claims.
pub fn crowd(people: usize) -> Value {
    let all = (0..people).map(person);
    let all = all.map(|name| (name.clone(), json!({ "name": name })));
    all.collect::<Map<_, _>>().into()
}

impl House {
    /// `people` can sign in; with a `line`, the instances reach the provider through it alone.
    pub async fn start(people: &Value, line: Option<&Line>) -> Self {
        let address = Address::free();
        let mut settings = json!({ "people": people });
        if let Some(line) = line {
            settings["issuer"] = line.issuer().into();
        }
        let provider = Provider::start_with(ES256_POST, &address, settings).await;
        let mut provider_secrets = provider.secrets();
        if let Some(line) = line {
            line.lead_to(provider.authority());
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
        let lasting = instance(&folder, ports[0]).await;
        let mortal = instance(&folder, ports[1]).await;
        let [one, other] = ports.map(|port| format!("server 127.0.0.1:{port};"));
        let nginx = Nginx::listen(
            address.port(),
            &format!("upstream app {{ {one} {other} }}\n"),
            "location / { proxy_pass http://app; }\n",
        )
        .await;
        Self {
            site: Arc::new(Site { provider, address }),
            lasting,
            mortal: Some(mortal),
            mortal_port: ports[1],
            secret,
            _nginx: nginx,
            folder,
        }
    }

    /// `path` at the instance that is going to be killed, past nginx.
    pub fn mortal_url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.mortal_port)
    }

    /// Ends the second instance by SIGKILL.
    pub fn kill(&mut self) {
        self.mortal = None;
    }

    pub async fn restart(&mut self) {
        self.mortal = Some(instance(&self.folder, self.mortal_port).await);
    }

    /// Fails if an instance panicked or printed a secret.
    pub fn printed_nothing_bad(&self) {
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

    /// Who the app takes this browser's owner for; every answer has to come from the app and not from nginx.
    pub async fn who(&self, browser: &mut Browser) -> Option<String> {
        let me = browser.fetch(&self.url(ME)).await;
        named(&me)
    }
}

/// Who the app takes the visitor of [`ME`] for.
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

/// The page of the app that says who is there.
pub const ME: &str = "/api/me";

/// The example `beside_streamlit`: the one that listens where it is told to, whatever `redirect_uri` says.
async fn instance(folder: &Folder, port: u16) -> Process {
    let mut command = Command::new(binary("beside_streamlit"));
    command
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("PORT", port.to_string());
    let log = folder.path().join(format!("{port}.log"));
    Process::start("beside_streamlit", &mut command, &log, port).await
}
