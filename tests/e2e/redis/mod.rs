//! Sessions in a real Redis that is killed and started again.

mod tokens;

use std::{process::Command, time::Duration};

use axum::{body::Body, extract::Request};
use axum_streamlit_auth::AuthLayer;
use support::{Browser, Clock, ORIGIN, Provider, app_with, call, eventually, secrets};
use tokio::time::{sleep, timeout};

use crate::{
    app::binary,
    process::{Folder, Process, free_port},
};

/// Number of users during the outage.
const USERS: usize = 500;

/// A Redis server that stores every change before it answers.
pub struct Redis {
    process: Option<Process>,
    port: u16,
    folder: Folder,
}

impl Redis {
    pub async fn start() -> Self {
        let mut redis = Self {
            folder: Folder::new("redis"),
            port: free_port(),
            process: None,
        };
        redis.restart().await;
        redis
    }

    async fn restart(&mut self) {
        let (port, log) = (self.port.to_string(), self.folder.path().join("log"));
        let mut command = Command::new("redis-server");
        command
            .current_dir(self.folder.path())
            .args(["--port", &port, "--appendonly", "yes"])
            .args(["--appendfsync", "always", "--requirepass", PASSWORD]);
        self.process = Some(Process::start("redis", &mut command, &log, self.port).await);
    }

    /// Kills the server.
    fn kill(&mut self) {
        self.process = None;
    }

    /// The value of `session_store`.
    pub fn url(&self) -> String {
        format!("redis://:{PASSWORD}@localhost:{}", self.port)
    }

    /// Another replica of the app.
    fn replica(&self, provider: &Provider, clock: &Clock) -> AuthLayer {
        let secrets = secrets(provider)
            .auth(&format!("session_store = {:?}", self.url()))
            .auth("session_idle = \"30m\"");
        clock.layer(&secrets.toml())
    }
}

const PASSWORD: &str = "tests-only";

async fn signed_in(auth: &AuthLayer, provider: &Provider, name: &str) -> Browser {
    provider.sign_in_with(serde_json::json!({ "sub": name }));
    let mut browser = Browser::new(app_with(auth.clone()), ORIGIN);
    browser.get("/auth/login").await;
    assert_eq!(browser.get("/").await.text(), name);
    browser
}

fn at(auth: &AuthLayer, browser: &Browser) -> Browser {
    let mut browser = browser.clone();
    browser.serve(app_with(auth.clone()), ORIGIN);
    browser
}

#[tokio::test]
async fn redis_shares_sessions_of_replicas() {
    let redis = Redis::start().await;
    let (provider, clock) = (Provider::start().await, Clock::at_system_time());
    let (one, two) = (
        redis.replica(&provider, &clock),
        redis.replica(&provider, &clock),
    );
    let ada = signed_in(&one, &provider, "ada").await;
    let bob = signed_in(&one, &provider, "bob").await;
    let mut there = at(&two, &ada);
    assert_eq!(there.get("/").await.text(), "ada");
    let issuer = provider.issuer();
    let listed = two.sessions().list(&issuer, "ada").await.unwrap();
    assert_eq!(listed.len(), 1);

    // Uses are stored, so that the session outlives the idle timeout.
    for _ in 0..3 {
        clock.advance(20 * 60);
        assert_eq!(there.get("/").await.text(), "ada");
        let sessions = two.sessions();
        let last_seen = async || sessions.list(&issuer, "ada").await.unwrap()[0].last_seen();
        let before = listed[0].last_seen();
        eventually("the use is stored", async || last_seen().await > before).await;
    }
    let ended = tokio::spawn(ended(at(&one, &ada)));
    assert_eq!(two.sessions().end_user(&issuer, "ada").await, Ok(1));
    assert_eq!(there.get("/").await.text(), "nobody");
    clock.advance(5);
    assert_eq!(at(&one, &ada).get("/").await.text(), "nobody");
    timeout(Duration::from_secs(60), ended)
        .await
        .unwrap()
        .unwrap();

    one.sessions().end_all().await.unwrap();
    assert_eq!(one.sessions().list(&issuer, "bob").await.unwrap().len(), 0);
    assert_eq!(at(&one, &bob).get("/").await.text(), "nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn private_redis_certificate_must_be_trusted() {
    let folder = Folder::new("redis-tls");
    let certificates = Command::new("bash")
        .args(["-ec", CERTIFICATES])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(certificates.status.success(), "{certificates:?}");
    let port = free_port();
    let mut command = Command::new("redis-server");
    command
        .current_dir(folder.path())
        .args(["--port", "0", "--tls-port", &port.to_string()])
        .args([
            "--tls-cert-file",
            "redis.pem",
            "--tls-key-file",
            "redis.key",
        ])
        .args(["--tls-auth-clients", "no", "--requirepass", PASSWORD]);
    let _redis = Process::start("redis", &mut command, &folder.path().join("log"), port).await;
    let provider = Provider::start().await;
    let doctor = |host: &str, ca: Option<&str>| {
        let store = format!("rediss://:{PASSWORD}@{host}:{port}");
        let secrets = secrets(&provider).auth(&format!("session_store = {store:?}"));
        let file = folder.write("secrets.toml", &secrets.toml());
        let mut doctor = Command::new(binary("doctor"));
        doctor.arg(file).current_dir(folder.path());
        if let Some(ca) = ca {
            doctor.env("SSL_CERT_FILE", ca);
        }
        String::from_utf8(doctor.output().unwrap().stdout).unwrap()
    };
    for (host, ca, expected) in [
        ("localhost", Some("ca.pem"), "✓ session_store: answers"),
        ("localhost", None, "invalid peer certificate: UnknownIssuer"),
        (
            "127.0.0.1",
            Some("ca.pem"),
            "certificate not valid for name",
        ),
    ] {
        let report = tokio::task::block_in_place(|| doctor(host, ca));
        assert!(report.contains(expected), "{host} {ca:?}: {report}");
        assert!(!report.contains(PASSWORD), "{report}");
    }
}

/// Creates a CA, and a certificate for localhost.
const CERTIFICATES: &str = "
    key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
    openssl req -x509 $key -keyout ca.key -out ca.pem -days 2 -subj '/CN=Test CA'
    openssl req $key -keyout redis.key -out redis.csr -subj /CN=localhost
    echo subjectAltName=DNS:localhost >names
    openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out redis.pem -days 2 -extfile names
";

#[tokio::test]
async fn redis_shares_provider_logouts() {
    let redis = Redis::start().await;
    let (provider, clock) = (Provider::start().await, Clock::at_system_time());
    let (one, two) = (
        redis.replica(&provider, &clock),
        redis.replica(&provider, &clock),
    );
    let ada = signed_in(&one, &provider, "ada").await;
    let token = provider.logout_token(serde_json::json!({ "sub": "ada" }));
    let send = async |auth: &AuthLayer| {
        let request = Request::post("/auth/backchannel-logout")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("logout_token={token}")));
        call(&app_with(auth.clone()), request.unwrap())
            .await
            .status()
    };

    assert_eq!(send(&two).await, 200);

    clock.advance(5);
    assert_eq!(at(&one, &ada).get("/").await.text(), "nobody");
    for replica in [&one, &two] {
        assert_eq!(send(replica).await, 400);
    }
    signed_in(&one, &provider, "ada").await;
}

/// Waits until this browser is logged out.
async fn ended(mut browser: Browser) {
    while browser.get("/").await.text() != "nobody" {
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn killed_redis_loses_no_session() {
    let mut redis = Redis::start().await;
    let (provider, clock) = (Provider::start().await, Clock::at_system_time());
    let auth = redis.replica(&provider, &clock);
    let mut browsers = Vec::new();
    for number in 0..USERS {
        let name = format!("user-{number}");
        browsers.push(signed_in(&auth, &provider, &name).await);
    }

    redis.kill();
    clock.advance(30);
    assert_eq!(logged_in(&browsers, &auth).await, USERS);
    let restarted_app = redis.replica(&provider, &clock);
    assert_eq!(logged_in(&browsers, &restarted_app).await, 0);
    clock.advance(31);
    assert_eq!(logged_in(&browsers, &auth).await, 0);
    assert_eq!(browsers[0].get("/guarded").await.status, 503);

    redis.restart().await;
    // The connection is established again in the background.
    eventually("a connection", async || {
        clock.advance(1);
        logged_in(&browsers[..1], &auth).await == 1
    })
    .await;
    clock.advance(1);
    assert_eq!(logged_in(&browsers, &auth).await, USERS);
    eventually("a connection", async || {
        clock.advance(1);
        logged_in(&browsers[..1], &restarted_app).await == 1
    })
    .await;
    clock.advance(1);
    assert_eq!(logged_in(&browsers, &restarted_app).await, USERS);
}

/// The number of browsers that are logged in. All of them send a request at once.
async fn logged_in(browsers: &[Browser], auth: &AuthLayer) -> usize {
    let mut requests = tokio::task::JoinSet::new();
    for browser in browsers {
        let mut browser = at(auth, browser);
        requests.spawn(async move { browser.get("/").await.text() });
    }
    let answers = requests.join_all().await;
    answers.iter().filter(|name| *name != "nobody").count()
}
