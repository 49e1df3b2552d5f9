//! Providers that do not respond, and clients that do not read.

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

use support::{
    Behaviour, Browser, ORIGIN, Page, Provider, TestApp, Visit, app, jar::Context, secrets,
    yield_until,
};

/// Number of waiting logins or stalled clients.
const COUNT: usize = 100;

/// Timeout for operations that should complete immediately.
const TIMEOUT: Duration = Duration::from_secs(30);

/// While 100 logins wait for the provider, pages of logged-in users neither contact the provider
/// nor wait.
#[tokio::test]
async fn pages_do_not_wait_for_slow_logins() {
    let mut test_app = TestApp::new().await;
    // An algorithm that is fast even in a debug build.
    test_app.provider.set(|f| f.alg = "EdDSA");
    let anonymous = test_app.browser.clone();
    test_app.sign_in("ada").await;
    let before = pages(&mut test_app).await;
    let tasks = Handle::current().metrics().num_alive_tasks();

    let mut callbacks = Vec::new();
    for _ in 0..COUNT {
        let mut browser = anonymous.clone();
        callbacks.push((callback(&mut browser).await, browser));
    }
    test_app.provider.forget_requests();
    test_app.provider.set(|f| f.token = Behaviour::Hang);
    let mut waiting: JoinSet<Page> = JoinSet::new();
    for (callback, mut browser) in callbacks {
        waiting.spawn(async move { browser.step(callback).await });
    }
    test_app.provider.received(COUNT, "token").await;
    tokio::time::pause();
    let asked = test_app.provider.all_requests().len();
    let during = pages(&mut test_app).await;
    assert!(waiting.try_join_next().is_none(), "no login is waiting");
    assert_eq!(test_app.provider.all_requests().len(), asked);
    println!(
        "p99 of signed-in pages: {before:?} before, {during:?} with {COUNT} logins waiting, {:.2} times as long",
        during.as_secs_f64() / before.as_secs_f64()
    );

    tokio::time::advance(Duration::from_secs(10)).await;
    tokio::time::resume();
    for page in waiting.join_all().await {
        assert_eq!(page.status.as_u16(), 503, "{page:?}");
    }
    test_app.provider.stop().await;
    let left = || Handle::current().metrics().num_alive_tasks();
    yield_until("no task is left", || left() <= tasks).await;
}

/// Clients that do not read their response do not block others.
#[tokio::test]
async fn slow_readers_do_not_block_others() {
    let provider = Arc::new(Provider::start().await);
    let app = app(&secrets(&provider).toml());
    let mut browser = Browser::new(app.clone(), ORIGIN);
    let mut stalled = Vec::new();
    for number in 0..COUNT {
        let mut anonymous = browser.clone();
        let visit = match number % 3 {
            0 => Visit::get(browser.url("/auth/login")),
            1 => callback(&mut anonymous).await,
            _ => Visit::get(browser.url("/auth/logout")),
        };
        stalled.push(Stalled::start(&app, &mut anonymous, &visit).await);
    }
    let others = async {
        provider.received(COUNT / 3, "token").await;
        provider.rotate();
        assert_eq!(browser.get("/auth/login").await.text(), "ada");
        assert_eq!(browser.get("/guarded").await.text(), "ada");
        assert_eq!(browser.get("/auth/logout").await.status.as_u16(), 200);
    };
    let done = tokio::time::timeout(TIMEOUT, others).await;
    done.expect("other requests must not wait");
    assert_eq!(provider.violations(), [""; 0]);
    for client in stalled {
        assert!(!client.server.is_finished());
        assert!(client.read().await.starts_with("HTTP/1.1 303 "));
    }
}

/// A client with a small receive buffer that has sent a request and has not read the response.
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

/// Starts a login and signs in at the provider. Returns the callback request.
async fn callback(browser: &mut Browser) -> Visit {
    let start = Visit::get(browser.url("/auth/login"));
    let provider = browser.step(start).await.next().unwrap();
    browser.step(provider).await.next().unwrap()
}

/// The 99th percentile of the time that a logged-in user waits for each of a thousand pages.
async fn pages(app: &mut TestApp) -> Duration {
    let mut times = Vec::new();
    for _ in 0..1000 {
        let begun = Instant::now();
        assert_eq!(app.browser.get("/guarded").await.text(), "ada");
        times.push(begun.elapsed());
        yield_now().await;
    }
    times.sort_unstable();
    times[times.len() * 99 / 100]
}
