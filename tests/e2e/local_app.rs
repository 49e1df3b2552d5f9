//! Apps in the process of the test, which record every request of the browser.

use std::time::Duration;

use axum::{
    Router,
    extract::{Query, Request},
    middleware::{self, Next},
    response::{Html, Response},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, Login, Logout, User, require_login};
use tokio::{net::TcpListener, sync::watch, task::AbortHandle, time::timeout};

use crate::process::free_port;

/// Timeout for requests that the browser makes without a click.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A server that stops when dropped.
pub struct LocalApp {
    port: u16,
    seen: watch::Sender<Vec<Seen>>,
    server: AbortHandle,
}

/// A recorded request and the status of its response.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub purpose: String,
    pub site: String,
    pub user: String,
    pub status: u16,
}

impl LocalApp {
    /// Serves `app` on a free port.
    pub async fn start(app: Router) -> Self {
        Self::start_at(free_port(), app).await
    }

    pub async fn start_at(port: u16, app: Router) -> Self {
        let seen = watch::Sender::new(Vec::new());
        let noted = seen.clone();
        let app = app.layer(middleware::from_fn(move |request: Request, next: Next| {
            let noted = noted.clone();
            async move {
                let mut entry = Seen::of(&request);
                let response: Response = next.run(request).await;
                entry.status = response.status().as_u16();
                noted.send_modify(|seen| seen.push(entry));
                response
            }
        }));
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            port,
            seen,
            server: server.abort_handle(),
        }
    }

    /// The URL by host name, which is a different site from [`LocalApp::cross_site_url`].
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    pub fn cross_site_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The requests for `path` so far.
    pub fn requests(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.borrow();
        let wanted = seen.iter().filter(|entry| entry.path == path);
        wanted.cloned().collect()
    }

    /// Waits for the first request for `path`.
    pub async fn receives(&self, path: &str) -> Seen {
        let mut seen = self.seen.subscribe();
        let received = seen.wait_for(|seen| seen.iter().any(|entry| entry.path == path));
        let received = timeout(TIMEOUT, received).await.is_ok();
        assert!(received, "no request for {path}");
        self.requests(path).remove(0)
    }
}

impl Drop for LocalApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Seen {
    fn of(request: &Request) -> Self {
        let header = |name: &str| {
            let value = request.headers().get(name);
            let value = value.and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Self {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            purpose: header("sec-purpose"),
            site: header("sec-fetch-site"),
            user: header("sec-fetch-user"),
            status: 0,
        }
    }
}

/// `/` returns the user, `/guarded` requires a login, `/login` and `/logout` are handlers, and
/// `/page?html=…` is any page.
pub fn app(auth: AuthLayer) -> Router {
    routes().layer(auth)
}

/// The same below a base path.
pub fn app_below(base: &str, auth: AuthLayer) -> Router {
    Router::new()
        .nest(base, routes())
        .route(&format!("{base}/"), get(name))
        .layer(auth)
}

fn routes() -> Router {
    Router::new()
        .route("/guarded", get(|| async { "the guarded page" }))
        .route_layer(require_login())
        .route("/", get(name))
        .route("/login", get(|| async { Login::new().return_to("/") }))
        .route("/logout", get(|| async { Logout::new() }))
        .merge(pages())
}

/// Only `/page?html=…`.
pub fn pages() -> Router {
    Router::new().route("/page", get(page))
}

/// The URL of a page with this body.
pub fn page_of(body: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new("/page?".to_owned());
    query.append_pair("html", body).finish()
}

async fn name(user: User) -> String {
    match user.get("sub") {
        Some(sub) => format!("This is {}.", sub.as_str().unwrap_or_default()),
        None => "This is nobody.".to_owned(),
    }
}

async fn page(Query(parameters): Query<Vec<(String, String)>>) -> Html<String> {
    let body = parameters.into_iter().next();
    let body = body.map(|(_, html)| html).unwrap_or_default();
    Html(format!("<!doctype html><title>A page</title><body>{body}"))
}
