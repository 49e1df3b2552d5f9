//! A browser: cookies, redirects, and the headers that Chromium sends.
//!
//! The app is a `Router` behind an origin such as `http://localhost:8501`. It is called in the
//! process, so https needs no certificate. So is any other [served](Browser::serve) app. All other
//! origins are reached over plain HTTP. The test
//! provider signs users in without a page. A real provider shows one. Therefore, requests after a
//! redirect from another site are sent as if that site had started them:
//! `Sec-Fetch-Site: cross-site` at the callback.

mod visit;

use std::{fmt, net::ToSocketAddrs};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::ServiceExt;
use url::{Origin, Url};

use super::jar::Jar;

pub use self::visit::{Mode, Visit};

/// Chrome follows at most 20 redirects.
const MAX_REDIRECTS: usize = 20;

/// One browser profile with one tab.
#[derive(Clone)]
pub struct Browser {
    pub jar: Jar,
    /// The page in the tab.
    pub page: Option<Url>,
    /// Sends `Sec-Fetch-*`. Safari before 16.4 does not.
    pub modern: bool,
    origin: Url,
    apps: Vec<(Origin, Router)>,
}

/// The response to a request, after redirects if they were followed.
pub struct Page {
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// All requests and responses so far, including this one.
    pub hops: Vec<Hop>,
    next: Option<Visit>,
}

/// A request and the head of its response.
#[derive(Clone)]
pub struct Hop {
    pub method: Method,
    pub url: Url,
    pub sent: HeaderMap,
    pub status: StatusCode,
    pub headers: HeaderMap,
}

impl Browser {
    /// A browser for `app` at `origin`, which may be the URL of any of its pages.
    pub fn new(app: Router, origin: &str) -> Self {
        let mut browser = Self {
            jar: Jar::default(),
            page: None,
            modern: true,
            origin: Url::parse(origin).expect("the app's origin is a URL"),
            apps: Vec::new(),
        };
        browser.serve(app, origin);
        browser
    }

    /// Serves `app` at `origin` from now on: another instance, or a second app.
    pub fn serve(&mut self, app: Router, origin: &str) {
        let origin = self.url(origin).origin();
        self.apps.retain(|(known, _)| *known != origin);
        self.apps.push((origin, app));
    }

    /// Resolves a path of the app, or a URL.
    pub fn url(&self, path: &str) -> Url {
        self.origin.join(path).expect("a path or a URL")
    }

    /// Opens a typed path of the app, or a URL, and follows all redirects.
    pub async fn get(&mut self, path: &str) -> Page {
        self.follow(Visit::get(self.url(path))).await
    }

    /// Clicks a link on the page in the tab.
    pub async fn click(&mut self, path: &str) -> Page {
        let visit = Visit::get(self.url(path)).started_by(self.page_or_home());
        self.follow(visit).await
    }

    /// Submits a form of the page in the tab.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let visit = Visit::post(self.url(path), form).started_by(self.page_or_home());
        self.follow(visit).await
    }

    /// Calls `fetch(path)` in a script of the page in the tab.
    pub async fn fetch(&mut self, path: &str) -> Page {
        let visit = Visit::fetch(self.url(path)).started_by(self.page_or_home());
        self.follow(visit).await
    }

    /// Sends a request and follows all redirects.
    ///
    /// # Panics
    ///
    /// After 20 redirects. The message lists them.
    pub async fn follow(&mut self, visit: Visit) -> Page {
        let mut page = self.step(visit).await;
        while let Some(next) = page.next() {
            let origin = page.url.origin();
            if next.mode == Mode::Cors && next.url.origin() != origin {
                break; // CORS hides this response from scripts.
            }
            assert!(
                page.hops.len() <= MAX_REDIRECTS,
                "too many redirects:\n{page:?}"
            );
            let mut hops = page.hops;
            page = self.step(next).await;
            hops.append(&mut page.hops);
            page.hops = hops;
        }
        page
    }

    /// Sends one request. A redirect is in [`Page::next`], so that a test can modify it first.
    pub async fn step(&mut self, visit: Visit) -> Page {
        let request = self.request(&visit);
        let sent = request.headers().clone();
        let app = self
            .apps
            .iter()
            .find(|(known, _)| *known == visit.url.origin());
        let left = visit.url.origin() != self.origin.origin();
        let request = request.map(Body::from);
        let response = match app {
            Some((_, app)) => app
                .clone()
                .oneshot(request)
                .await
                .expect("a router never fails"),
            None => send(&visit.url, request).await,
        };
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX)
            .await
            .expect("a whole body")
            .to_vec();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = String::from_utf8_lossy(cookie.as_bytes());
            self.jar.store(&visit.url, &cookie, visit.context());
        }
        let mut page = Page {
            url: visit.url.clone(),
            status: parts.status,
            headers: parts.headers.clone(),
            body,
            hops: vec![Hop {
                method: visit.method.clone(),
                url: visit.url.clone(),
                sent,
                status: parts.status,
                headers: parts.headers,
            }],
            next: None,
        };
        page.next = visit.redirected(&page, left);
        let stays = page.next.is_some() || page.status == StatusCode::NO_CONTENT;
        if visit.mode == Mode::Navigate && !stays {
            self.page = Some(visit.url);
        }
        page
    }

    fn request(&mut self, visit: &Visit) -> Request<String> {
        let path = &visit.url[url::Position::BeforePath..url::Position::AfterQuery];
        let host = &visit.url[url::Position::BeforeHost..url::Position::AfterPort];
        let mut request = Request::builder()
            .method(&visit.method)
            .uri(path)
            .header(header::HOST, host)
            .body(visit.body())
            .expect("a URL's path is a URI");
        visit.write_headers(request.headers_mut(), self.modern);
        if let Some(cookies) = self.jar.header(&visit.url, visit.context()) {
            let cookies = cookies.parse().expect("the jar refuses control characters");
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        for (name, value) in &visit.headers {
            request.headers_mut().insert(name, value.clone());
        }
        request
    }

    fn page_or_home(&self) -> Url {
        self.page.clone().unwrap_or_else(|| self.origin.clone())
    }
}

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn location(&self) -> Option<&str> {
        self.header("location")
    }

    /// Path and query of the URL.
    pub fn path(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }

    /// The `Set-Cookie` headers of the response.
    pub fn set_cookies(&self) -> Vec<&str> {
        let all = self.headers.get_all(header::SET_COOKIE).iter();
        all.map(|value| value.to_str().expect("ASCII")).collect()
    }

    /// The request that the response asks for: a redirect, or the self-submitting page of
    /// `form_post`.
    pub fn next(&self) -> Option<Visit> {
        self.next.clone()
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for hop in &self.hops {
            writeln!(out, "{} {} → {}", hop.method, hop.url, hop.status)?;
        }
        write!(out, "{}", self.text())
    }
}

/// Sends a request over plain HTTP on a new connection.
async fn send(url: &Url, request: Request<Body>) -> axum::response::Response {
    assert_eq!(url.scheme(), "http", "nothing is served at {url}");
    let host = url
        .host_str()
        .expect("http has a host")
        .trim_matches(['[', ']']);
    let port = url.port_or_known_default().expect("http has a port");
    let addresses: Vec<_> = (host, port)
        .to_socket_addrs()
        .expect("the host resolves")
        .collect();
    let stream = TcpStream::connect(&addresses[..])
        .await
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .expect("a fresh connection");
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await;
    let response = response.unwrap_or_else(|error| panic!("{url}: {error}"));
    let (parts, body) = response.into_parts();
    let body = to_bytes(Body::new(body), usize::MAX)
        .await
        .expect("a whole body");
    connection.abort();
    axum::response::Response::from_parts(parts, Body::from(body))
}
