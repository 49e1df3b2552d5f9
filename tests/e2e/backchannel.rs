//! Back-channel logout: providers end sessions in two replicas of an app with one Redis.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    app::{Address, App, binary},
    browser::Browser,
    process::{Process, free_port},
    provider::{Kind, Provider, RS256_BASIC},
    redis::Redis,
};

/// The promise: a session that ends on one replica ends on the others within five seconds. The
/// remaining second is for the provider.
const MAX_DELAY: Duration = Duration::from_secs(6);

const PATH: &str = "/auth/backchannel-logout";

/// The example `websocket`, and the example `beside_streamlit` with the same `secrets.toml`.
struct Replicas {
    provider: Provider,
    app: App,
    second_port: u16,
    _second: Process,
    _redis: Redis,
}

impl Replicas {
    async fn start(kind: Kind, has_sid: bool) -> Self {
        let redis = Redis::start().await;
        let address = Address::free();
        let settings = json!({
            "backchannel_logout": { "uri": address.url(PATH), "session_required": has_sid },
        });
        let provider = Provider::start_with(kind, &address, settings).await;
        let store = format!("session_store = {:?}\n", redis.url());
        let app = App::start_with("websocket", address, &(store + &provider.secrets())).await;
        let second_port = free_port();
        let folder = app.folder();
        let mut command = Command::new(binary("beside_streamlit"));
        command
            .current_dir(folder)
            .env("HOME", folder)
            .env("PORT", second_port.to_string());
        let log = folder.join("second.log");
        let second = Process::start("beside_streamlit", &mut command, &log, second_port).await;
        Self {
            provider,
            app,
            second_port,
            _second: second,
            _redis: redis,
        }
    }

    /// A browser in which alice has logged in. Both replicas have seen the session.
    async fn log_in(&self) -> Browser {
        let mut browser = Browser::new();
        let form = browser.open(&self.app.url("/")).await;
        self.provider.sign_in(&mut browser, form, "alice").await;
        assert_eq!(self.statuses(&mut browser).await, [200, 200]);
        browser
    }

    /// The claims of the user of this browser, at the second replica.
    async fn claims(&self, browser: &mut Browser) -> Value {
        let me = browser.fetch(&self.second("/api/me")).await;
        serde_json::from_str(&me.body).unwrap()
    }

    /// The responses of both replicas to a script.
    async fn statuses(&self, browser: &mut Browser) -> [u16; 2] {
        let first = browser.fetch(&self.app.url("/")).await.status;
        [first, browser.fetch(&self.second("/api/me")).await.status]
    }

    fn second(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.second_port)
    }

    /// Waits until both replicas have logged out this browser.
    async fn assert_ends_since(&self, begun: Instant, browser: &mut Browser) {
        while self.statuses(browser).await != [401, 401] {
            let delay = begun.elapsed();
            assert!(delay < MAX_DELAY, "{delay:?}: {}", self.app.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Opens the WebSocket of the first replica.
    async fn open_socket(&self, browser: &Browser) -> TcpStream {
        let (authority, origin) = (self.app.authority(), self.app.url(""));
        let cookie = browser.header(&self.app.url("/"));
        let mut stream = TcpStream::connect(&authority).await.unwrap();
        let handshake = format!(
            "GET /socket HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Origin: {origin}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n\r\n"
        );
        stream.write_all(handshake.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a complete response head"));
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "));
        stream
    }
}

/// Returns true if nothing arrives for a moment.
async fn is_open(stream: &mut TcpStream) -> bool {
    let read = timeout(Duration::from_millis(100), stream.read_u8());
    read.await.is_err()
}

/// Waits until the app closes the WebSocket.
async fn assert_closes(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let closed = timeout(MAX_DELAY, stream.read_to_end(&mut rest)).await;
    closed.expect("the app closes the WebSocket").unwrap();
}

#[tokio::test]
async fn keycloak_administrator_ends_sessions() {
    let replicas = Replicas::start(Kind::Keycloak, true).await;
    let provider = &replicas.provider;
    let (mut phone, mut laptop) = (replicas.log_in().await, replicas.log_in().await);
    let (mut on_phone, mut on_laptop) = (
        replicas.open_socket(&phone).await,
        replicas.open_socket(&laptop).await,
    );
    let sid = replicas.claims(&mut phone).await["sid"].clone();
    let session = format!("/sessions/{}", sid.as_str().unwrap());

    let begun = Instant::now();
    provider.admin(Method::DELETE, &session, None).await;

    replicas.assert_ends_since(begun, &mut phone).await;
    assert_closes(&mut on_phone).await;
    assert_eq!(replicas.statuses(&mut laptop).await, [200, 200]);
    assert!(is_open(&mut on_laptop).await);

    let user = replicas.claims(&mut laptop).await["sub"].clone();
    let all = format!("/users/{}/logout", user.as_str().unwrap());
    let begun = Instant::now();
    provider.admin(Method::POST, &all, None).await;

    replicas.assert_ends_since(begun, &mut laptop).await;
    assert_closes(&mut on_laptop).await;
    replicas.log_in().await;
    replicas.app.assert_clean_log();
}

#[tokio::test]
async fn keycloak_without_sid_ends_all_sessions() {
    let replicas = Replicas::start(Kind::Keycloak, false).await;
    let (mut phone, mut laptop) = (replicas.log_in().await, replicas.log_in().await);
    let sid = replicas.claims(&mut phone).await["sid"].clone();
    let session = format!("/sessions/{}", sid.as_str().unwrap());

    let begun = Instant::now();
    replicas
        .provider
        .admin(Method::DELETE, &session, None)
        .await;

    replicas.assert_ends_since(begun, &mut phone).await;
    replicas.assert_ends_since(begun, &mut laptop).await;
    replicas.log_in().await;
}

#[tokio::test]
async fn oidc_provider_ends_session_of_browser() {
    let replicas = Replicas::start(RS256_BASIC, true).await;
    let (mut phone, mut laptop) = (replicas.log_in().await, replicas.log_in().await);
    let mut socket = replicas.open_socket(&phone).await;
    let discovery = replicas.provider.discovery().await;
    let end_session = discovery["end_session_endpoint"].as_str().unwrap();

    // The user logs out at the provider, not in the app.
    let page = phone.open(end_session).await;
    let begun = Instant::now();
    phone.press(&page, "Yes, sign me out", &[]).await;

    replicas.assert_ends_since(begun, &mut phone).await;
    assert_closes(&mut socket).await;
    assert_eq!(replicas.statuses(&mut laptop).await, [200, 200]);
    replicas.app.assert_clean_log();
}
