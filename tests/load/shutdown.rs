//! Graceful shutdown during a request to the provider.

use std::{sync::Arc, time::Duration};

use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use url::Position;

use support::{
    Behaviour, Browser, ORIGIN, Provider, Visit, app, eventually, jar::Context, secrets,
};

/// The pending login finishes before the app exits.
#[tokio::test]
async fn graceful_shutdown_finishes_logins() {
    let ending = RunningApp::start().await;
    let provider = Arc::clone(&ending.provider);
    provider.set(|f| f.token = Behaviour::After(Duration::from_millis(300)));

    let (mut browser, answer) = ending.end_during_exchange(|| {}).await;

    assert_eq!(answer.status, 303);
    for cookie in &answer.set_cookies {
        browser
            .jar
            .store(&browser.url("/"), cookie, Context::SameSite);
    }
    assert_eq!(browser.get("/").await.text(), "ada");
    assert_eq!(provider.violations(), [""; 0]);
}

/// If the provider does not respond, the user gets an error page and no cookie.
#[tokio::test]
async fn hanging_login_is_explained_at_shutdown() {
    let ending = RunningApp::start().await;
    ending.provider.set(|f| f.token = Behaviour::Hang);

    // The clock of the runtime advances to the timeout.
    let (_, answer) = ending.end_during_exchange(tokio::time::pause).await;

    assert_eq!((answer.status, answer.set_cookies), (503, Vec::new()));
}

/// An app on the network with a shutdown signal.
struct RunningApp {
    provider: Arc<Provider>,
    browser: Browser,
    address: std::net::SocketAddr,
    end: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

struct Answer {
    status: u16,
    set_cookies: Vec<String>,
}

impl RunningApp {
    async fn start() -> Self {
        let provider = Arc::new(Provider::start().await);
        let app = app(&secrets(&provider).toml());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (end, told) = oneshot::channel();
        let serve = axum::serve(listener, app.clone()).with_graceful_shutdown(async {
            let _ = told.await;
        });
        Self {
            provider,
            browser: Browser::new(app, ORIGIN),
            address,
            end,
            server: tokio::spawn(async move { serve.await }),
        }
    }

    /// Sends a valid callback, signals shutdown after the provider has received a request, and
    /// waits for both.
    async fn end_during_exchange(mut self, then: impl FnOnce()) -> (Browser, Answer) {
        let start = Visit::get(self.browser.url("/auth/login"));
        let there = self.browser.step(start).await.next().unwrap();
        let callback = self.browser.step(there).await.next().unwrap();
        let cookies = self.browser.jar.header(&callback.url, Context::SameSite);
        let request = hyper::Request::get(&callback.url[Position::BeforePath..])
            .header("host", "localhost:8501")
            .header("cookie", cookies.unwrap())
            .body(String::new())
            .unwrap();
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let answer = tokio::spawn(async move { sender.send_request(request).await.unwrap() });
        self.provider.received(1, "token").await;

        self.end.send(()).unwrap();
        let is_closed = async || TcpStream::connect(self.address).await.is_err();
        eventually("new connections are refused", is_closed).await;
        then();
        let answer = answer.await.unwrap();
        self.server.await.unwrap().unwrap();
        let cookies = answer.headers().get_all("set-cookie").iter();
        let set_cookies = cookies.map(|value| value.to_str().unwrap().to_owned());
        let answer = Answer {
            status: answer.status().as_u16(),
            set_cookies: set_cookies.collect(),
        };
        (self.browser, answer)
    }
}
