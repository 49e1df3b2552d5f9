//! Providers that do not answer, and clients that do not read. Rows 136 and 137.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    runtime::Handle,
    task::{JoinHandle, JoinSet, yield_now},
};
use tower::ServiceExt;
use url::Position;

use crate::support::{
    Behaviour, Browser, ORIGIN, Page, Provider, Stage, Visit, app, jar::Context, secrets,
};

/// How many wait, or do not read.
const MANY: usize = 200;

/// For what takes no time, and would otherwise never end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Row 136: while 200 logins wait for a provider that is silent, whoever is signed in asks it nothing and waits for nobody.
#[tokio::test]
async fn a136_signed_in_pages_do_not_wait_with_the_logins() {
    let mut stage = Stage::new().await;
    // A signature that also a debug build makes fast.
    stage.provider.set(|f| f.alg = "EdDSA");
    let stranger = stage.browser.clone();
    stage.sign_in("ada").await;
    let before = pages(&mut stage).await;
    let tasks = Handle::current().metrics().num_alive_tasks();

    let mut callbacks = Vec::new();
    for _ in 0..MANY {
        let mut browser = stranger.clone();
        callbacks.push((callback(&mut browser).await, browser));
    }
    stage.provider.forget_requests();
    stage.provider.set(|f| f.token = Behaviour::Hang);
    let mut waiting: JoinSet<Page> = JoinSet::new();
    for (callback, mut browser) in callbacks {
        waiting.spawn(async move { browser.step(callback).await });
    }
    while stage.provider.count("token") < MANY {
        yield_now().await;
    }
    tokio::time::pause();
    let asked = stage.provider.all_requests().len();
    let during = pages(&mut stage).await;
    assert!(waiting.try_join_next().is_none(), "nobody waits any more");
    assert_eq!(stage.provider.all_requests().len(), asked);
    println!(
        "p99 of signed-in pages: {before:?} before, {during:?} with {MANY} logins waiting, {:.2} times as long",
        during.as_secs_f64() / before.as_secs_f64()
    );

    tokio::time::advance(Duration::from_secs(10)).await;
    tokio::time::resume();
    for page in waiting.join_all().await {
        assert_eq!(page.status.as_u16(), 503, "{page:?}");
    }
    stage.provider.stop().await;
    let left = || Handle::current().metrics().num_alive_tasks();
    let deadline = Instant::now() + PATIENCE;
    while left() > tasks {
        assert!(Instant::now() < deadline, "{} tasks are left", left());
        yield_now().await;
    }
}

/// Row 137: clients that send a request and never read the answer hold nothing that others need.
#[tokio::test]
async fn a137_clients_that_do_not_read_hold_nothing_up() {
    let provider = Arc::new(Provider::start().await);
    let app = app(&secrets(&provider).toml());
    let mut browser = Browser::new(app.clone(), ORIGIN);
    let mut stalled = Vec::new();
    for number in 0..MANY {
        let mut stranger = browser.clone();
        let visit = match number % 3 {
            0 => Visit::get(browser.url("/auth/login")),
            1 => callback(&mut stranger).await,
            _ => Visit::get(browser.url("/auth/logout")),
        };
        stalled.push(Stalled::start(&app, &mut stranger, &visit).await);
    }
    let others = async {
        while provider.count("token") < MANY / 3 {
            yield_now().await;
        }
        provider.rotate();
        assert_eq!(browser.get("/auth/login").await.text(), "ada");
        assert_eq!(browser.get("/guarded").await.text(), "ada");
        assert_eq!(browser.get("/auth/logout").await.status.as_u16(), 200);
    };
    let done = tokio::time::timeout(PATIENCE, others).await;
    done.expect("nobody else has to wait");
    assert_eq!(provider.complaints(), [""; 0]);
    for client in stalled {
        assert!(!client.server.is_finished());
        assert!(client.read().await.starts_with("HTTP/1.1 303 "));
    }
}

/// A client with room for a few bytes, which asked for something and has not read the answer yet.
struct Stalled {
    stream: DuplexStream,
    server: JoinHandle<()>,
}

impl Stalled {
    async fn start(app: &Router, browser: &mut Browser, visit: &Visit) -> Self {
        let (mut stream, other) = tokio::io::duplex(64);
        let app = app.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            app.clone().oneshot(request.map(Body::new))
        });
        let server = tokio::spawn(async move {
            let io = TokioIo::new(other);
            let _ = http1::Builder::new().serve_connection(io, service).await;
        });
        let cookies = browser.jar.header(&visit.url, Context::SameSite);
        let request = format!(
            "GET {} HTTP/1.1\r\nhost: localhost:8501\r\nsec-fetch-site: same-origin\r\nsec-fetch-mode: navigate\r\n\
             cookie: {}\r\nconnection: close\r\n\r\n",
            &visit.url[Position::BeforePath..],
            cookies.unwrap_or_default()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        Self { stream, server }
    }

    async fn read(mut self) -> String {
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// Starts a login, lets the provider sign in, and stops before the callback.
async fn callback(browser: &mut Browser) -> Visit {
    let start = Visit::get(browser.url("/auth/login"));
    let provider = browser.step(start).await.next().unwrap();
    browser.step(provider).await.next().unwrap()
}

/// The 99th percentile of a thousand pages of somebody who is signed in.
async fn pages(stage: &mut Stage) -> Duration {
    let mut times = Vec::new();
    for _ in 0..1000 {
        let begun = Instant::now();
        assert_eq!(stage.browser.get("/guarded").await.text(), "ada");
        times.push(begun.elapsed());
        yield_now().await;
    }
    times.sort_unstable();
    times[times.len() * 99 / 100]
}
