//! The extractor works with any state and router, in fallbacks and WebSockets. Without the layer,
//! it reports that the layer is missing.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{FromRef, Request, State, WebSocketUpgrade, ws::WebSocket},
    http::StatusCode,
    middleware::{self, Next},
    response::Response,
    routing::{any, get},
};
use axum_streamlit_auth::{
    AuthLayer, LoggedIn, Login, Logout, MissingAuthLayer, User, require_login,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::TIME;
use support::{
    COOKIE_SECRET, Clock, ORIGIN, call, current_user, get as ask,
    signed::{self, IDENTITY, identity},
    text, with_cookies,
};

const MISSING: &str =
    "the request did not pass through an `AuthLayer`; add the layer after the routes";

#[tokio::test]
async fn extractor_works_with_any_state_and_position() {
    #[derive(Clone)]
    struct Shop(Arc<str>);
    #[derive(Clone)]
    struct Whole {
        shop: Shop,
    }
    impl FromRef<Whole> for Shop {
        fn from_ref(whole: &Whole) -> Self {
            whole.shop.clone()
        }
    }
    async fn first(user: User, State(shop): State<Shop>) -> String {
        format!("{} at {}", user.get_str("sub").unwrap_or_default(), shop.0)
    }
    async fn last(
        State(shop): State<Shop>,
        Extension(number): Extension<u8>,
        user: User,
        body: String,
    ) -> String {
        format!(
            "{} at {} {number}{body}",
            user.get_str("sub").unwrap_or_default(),
            shop.0
        )
    }
    let app = Router::new()
        .route("/first", get(first))
        .route("/last", get(last))
        .with_state(Whole {
            shop: Shop("the shop".into()),
        })
        .layer(Extension(7_u8))
        .layer(layer());
    assert_eq!(page(&app, "/first").await, "ada at the shop");
    assert_eq!(page(&app, "/last").await, "ada at the shop 7");
}

#[tokio::test]
async fn extractor_works_in_nested_routers() {
    async fn sub(user: User) -> String {
        user.get_str("sub").unwrap_or_default().to_owned()
    }
    async fn see(user: User, request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        let name = user.get_str("sub").unwrap_or_default().parse().unwrap();
        response.headers_mut().insert("x-user", name);
        response
    }
    let deep = Router::new().nest("/c", Router::new().route("/d", get(sub)).fallback(sub));
    let app = Router::new()
        .nest("/a", Router::new().nest("/b", deep))
        .nest_service(
            "/service",
            Router::new()
                .route("/x", get(sub))
                .into_service::<axum::body::Body>(),
        )
        .route_service("/one", any(sub))
        .route(
            "/seen",
            get(|| async { "" }).layer(middleware::from_fn(see)),
        )
        .fallback(|user: User| async move {
            (
                StatusCode::NOT_FOUND,
                user.get_str("sub").unwrap_or_default().to_owned(),
            )
        })
        .layer(layer());
    for path in [
        "/a/b/c/d",
        "/a/b/c/none",
        "/service/x",
        "/one",
        "/no-such-page",
        "/a/none",
    ] {
        assert_eq!(page(&app, path).await, "ada", "{path}");
    }
    let response = with_cookies(&app, "/seen", cookies()).await;
    assert_eq!(response.headers()["x-user"], "ada");
    let response = with_cookies(&app, "/no-such-page", cookies()).await;
    assert_eq!(response.status(), 404);
    assert_eq!(
        current_user(&app.clone().route("/", get(|| async { "nobody" })), "").await,
        "nobody"
    );
}

#[tokio::test]
async fn unknown_paths_are_left_to_the_app() {
    let app = Router::new()
        .route("/", get(|| async { "" }))
        .layer(layer());
    for path in [
        "/none",
        "/auth",
        "/auth/",
        "/auth/logi",
        "/auth/logins",
        "/oauth2callback/x",
        "/auth/logout/x",
        "/AUTH/LOGIN",
    ] {
        let response = call(&app, ask(path)).await;
        assert_eq!(response.status(), 404, "{path}");
        assert!(response.headers().get("cache-control").is_none());
    }
}

#[tokio::test]
async fn missing_layer_is_reported_by_every_extractor() {
    async fn optional(_: Option<LoggedIn>) {}
    let routes = || {
        Router::new()
            .route("/guarded", get(|| async { "open" }))
            .route_layer(require_login())
            .route("/user", get(|_: User| async { "open" }))
            .route("/logged-in", get(|_: LoggedIn| async { "open" }))
            .route("/optional", get(optional))
            .route("/login", get(|| async { Login::new().provider("x") }))
            .route("/logout", get(|| async { Logout::new() }))
    };
    let early = Router::new().layer(layer()).merge(routes());
    let inside = routes()
        .layer(Extension(()))
        .merge(Router::new().route("/", get(|| async {})).layer(layer()));
    for app in [routes(), early, inside] {
        for path in [
            "/guarded",
            "/user",
            "/logged-in",
            "/optional",
            "/login",
            "/logout",
        ] {
            let response = with_cookies(&app, path, cookies()).await;
            assert_eq!(response.status(), 500, "{path}");
            assert_eq!(text(response).await, MISSING, "{path}");
        }
    }
    assert_eq!(MissingAuthLayer.to_string(), MISSING);
}

#[tokio::test]
async fn websocket_upgrade_receives_the_user() {
    async fn talk(user: User, upgrade: WebSocketUpgrade) -> Response {
        upgrade.on_upgrade(async move |mut socket: WebSocket| {
            let name = if user.is_logged_in() {
                user.get_str("sub").unwrap_or_default()
            } else {
                "nobody"
            };
            let _ = socket.send(name.to_owned().into()).await;
        })
    }
    let app = Router::new()
        .route("/guarded", any(talk))
        .route_layer(require_login())
        .route("/open", any(talk))
        .layer(layer());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let same_origin = format!("Cookie: {}\r\nOrigin: {ORIGIN}\r\n", cookies());
    let cross_origin = same_origin.replace(ORIGIN, "https://evil.example");
    let older = format!("Cookie: {}\r\n", cookies());
    let modern = format!(
        "{cross_origin}Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: websocket\r\nSec-Fetch-Dest: empty\r\n"
    );
    for (path, headers, status, said) in [
        ("/open", &same_origin, 101, "ada"),
        ("/open", &older, 101, "ada"),
        ("/open", &cross_origin, 101, "nobody"),
        ("/open", &modern, 101, "nobody"),
        ("/open", &String::new(), 101, "nobody"),
        ("/guarded", &same_origin, 101, "ada"),
        ("/guarded", &cross_origin, 401, ""),
        ("/guarded", &modern, 401, ""),
        ("/guarded", &String::new(), 401, ""),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:8501\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let head = read_head(&mut stream).await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path} {headers}\n{head}"
        );
        assert!(
            !head.to_lowercase().contains("\nlocation:")
                && !head.to_lowercase().contains("set-cookie")
        );
        if status == 101 {
            // An unmasked text frame of the server: 0x81, the length, the text.
            let mut frame = vec![0; 2 + said.len()];
            stream.read_exact(&mut frame).await.unwrap();
            assert_eq!(
                frame,
                [&[0x81, u8::try_from(said.len()).unwrap()], said.as_bytes()].concat()
            );
        }
    }
    server.abort();
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

fn layer() -> AuthLayer {
    Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN))
}

fn cookies() -> String {
    format!("{IDENTITY}={}", identity("ada", TIME))
}

async fn page(app: &Router, path: &str) -> String {
    text(with_cookies(app, path, cookies()).await).await
}
