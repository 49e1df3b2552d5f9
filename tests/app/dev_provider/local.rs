//! The development provider rejects requests that are not local, and their identity is not
//! accepted.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{
        Method, Request, StatusCode, Version,
        header::{CONNECTION, COOKIE, HOST, LOCATION, ORIGIN},
        request::Builder,
    },
    response::Response,
};
use axum_streamlit_auth::{AuthLayer, TestUser};
use tower::ServiceExt;

use super::{app, path, send, sign_in, text};

const ADDRESS: &str = "localhost:8501";

/// All paths of the provider, and an unknown one.
const PATHS: [&str; 8] = [
    "/auth/dev/",
    "/auth/dev/.well-known/openid-configuration",
    "/auth/dev/jwks",
    "/auth/dev/authorize?client_id=x",
    "/auth/dev/token",
    "/auth/dev/userinfo",
    "/auth/dev/end_session",
    "/auth/dev/nothing",
];

/// The same app with [`AuthLayer::dev`] and with a file.
fn apps() -> [Router; 2] {
    let file = AuthLayer::from_toml(include_str!("../../../.streamlit/secrets.toml")).unwrap();
    [app(&AuthLayer::dev()), app(&file)]
}

async fn answer(app: &Router, request: Builder) -> Response {
    let request = request.body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

/// Asserts that `change` makes requests remote: each path is rejected, and a valid identity is not
/// accepted.
async fn assert_remote(name: &str, change: impl Fn(Builder) -> Builder) {
    for app in apps() {
        let mut cookies = Vec::new();
        sign_in(&app, ADDRESS, "alice", &mut cookies).await;
        let home = send(&app, ADDRESS, Method::GET, "/", &mut cookies, "").await;
        assert_eq!(text(home).await, "Hello, Alice!", "{name}");

        for path in PATHS {
            let response = answer(&app, change(Request::get(path))).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{name} {path}");
            let text = text(response).await;
            assert!(text.contains("only on this computer"), "{name}: {text}");
        }
        let home = change(Request::get("/").header(COOKIE, cookies.join("; ")));
        assert_eq!(text(answer(&app, home).await).await, "Hello, !", "{name}");
    }
}

#[tokio::test]
async fn foreign_authorities_are_refused() {
    assert_remote("no authority", |request| request).await;
    for host in ["app.example", "192.168.0.2:8501", "localhost.app.example"] {
        assert_remote(host, |request| request.header(HOST, host)).await;
        assert_remote(":authority", |request| {
            let uri = request.uri_ref().unwrap().to_string();
            let uri = format!("http://{host}{uri}");
            request.uri(uri).version(Version::HTTP_2)
        })
        .await;
    }
    assert_remote("two hosts", |request| {
        request.header(HOST, ADDRESS).header(HOST, "app.example")
    })
    .await;
    assert_remote("a Host beside another authority", |request| {
        let uri = request.uri_ref().unwrap().to_string();
        let uri = format!("http://app.example{uri}");
        request.uri(uri).header(HOST, ADDRESS)
    })
    .await;
}

#[tokio::test]
async fn requests_with_proxy_headers_are_refused() {
    for name in [
        "forwarded",
        "via",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x_forwarded_host",
        "x-real-ip",
        "x-client-ip",
        "x-original-forwarded-for",
        "x-envoy-external-address",
        "x-amzn-trace-id",
        "cf-connecting-ip",
        "cdn-loop",
        "cloudfront-viewer-address",
        "fly-client-ip",
        "fastly-client-ip",
        "true-client-ip",
        "tailscale-user-login",
        "x-vercel-forwarded-for",
        "x-azure-clientip",
        "x-cloud-trace-context",
    ] {
        assert_remote(name, |request| {
            request.header(HOST, ADDRESS).header(name, "127.0.0.1")
        })
        .await;
    }
}

#[tokio::test]
async fn older_http_and_remote_peers_are_refused() {
    assert_remote("HTTP/1.0", |request| {
        request.header(HOST, ADDRESS).version(Version::HTTP_10)
    })
    .await;
    for peer in ["192.168.0.7:5000", "[2001:db8::7]:5000", "172.17.0.1:5000"] {
        let peer: SocketAddr = peer.parse().unwrap();
        assert_remote("peer", |request| {
            request.header(HOST, ADDRESS).extension(ConnectInfo(peer))
        })
        .await;
    }
}

/// Front-end development servers also send this header, so an existing identity stays valid.
#[tokio::test]
async fn connection_close_header_is_refused_by_provider() {
    for app in apps() {
        let mut cookies = Vec::new();
        sign_in(&app, ADDRESS, "alice", &mut cookies).await;
        for path in PATHS {
            let request = Request::get(path).header(HOST, ADDRESS);
            let response = answer(&app, request.header(CONNECTION, "close")).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
            assert!(text(response).await.contains("Connection: close"));
        }
        let home = Request::get("/")
            .header(HOST, ADDRESS)
            .header(CONNECTION, "close")
            .header(COOKIE, cookies.join("; "));
        assert_eq!(text(answer(&app, home).await).await, "Hello, Alice!");
    }
}

#[tokio::test]
async fn loopback_authority_pseudo_header_is_local() {
    let app = app(&AuthLayer::dev());
    for host in ["localhost:3000", "[::1]:9", "127.0.0.1"] {
        let peer: SocketAddr = "127.0.0.1:5000".parse().unwrap();
        let request = Request::get(format!("http://{host}/auth/login"))
            .version(Version::HTTP_2)
            .extension(ConnectInfo(peer));
        let start = answer(&app, request).await;
        let location = start.headers()[LOCATION].to_str().unwrap();
        let provider = format!("http://{host}/auth/dev/authorize?");
        assert!(location.starts_with(&provider), "{location}");
        let request = Request::get(location).version(Version::HTTP_2);
        assert_eq!(answer(&app, request).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn cross_site_form_is_rejected() {
    for app in apps() {
        let start = open(&app, "/auth/login").await;
        let authorize = path(&start);
        let form = format!("{}&user=alice", authorize.split_once('?').unwrap().1);
        let post = async |headers: &[(&'static str, &str)]| {
            let mut request = Request::post("/auth/dev/authorize").header(HOST, ADDRESS);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let request = request.body(Body::from(form.clone())).unwrap();
            app.clone().oneshot(request).await.unwrap().status()
        };
        let own = format!("http://{ADDRESS}");
        assert_eq!(post(&[("origin", &own)]).await, StatusCode::SEE_OTHER);
        for origin in ["https://evil.example", "null", "http://localhost:8502"] {
            assert_eq!(post(&[("origin", origin)]).await, StatusCode::FORBIDDEN);
        }
        for site in ["cross-site", "same-site"] {
            let headers = [("origin", own.as_str()), ("sec-fetch-site", site)];
            assert_eq!(post(&headers).await, StatusCode::FORBIDDEN);
        }
    }
}

async fn open(app: &Router, uri: &str) -> Response {
    send(app, ADDRESS, Method::GET, uri, &mut Vec::new(), "").await
}

/// The form only sends `Origin` if the referrer policy of the page allows it.
#[tokio::test]
async fn form_page_allows_the_origin_header() {
    let app = app(&AuthLayer::dev());
    let start = open(&app, "/auth/login").await;
    let page = open(&app, &path(&start)).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["referrer-policy"], "same-origin");
}

#[tokio::test]
async fn test_user_works_at_local_addresses_only() {
    let auth = AuthLayer::dev();
    let app = app(&auth);
    let cookie = TestUser::new("ada").cookie(&auth);
    let home = async |request: Builder, cookie: &str| {
        let request = request.header(COOKIE, cookie);
        text(answer(&app, request).await).await
    };
    for uri in [
        "/",
        "http://localhost/",
        "http://localhost:8501/",
        "http://127.0.0.1:49152/",
        "http://[::1]:3000/",
    ] {
        assert_eq!(
            home(Request::get(uri), &cookie).await,
            "Hello, ada!",
            "{uri}"
        );
    }
    for host in ["app.example", "10.0.0.1:8501", "localhost."] {
        let request = Request::get("/").header(HOST, host);
        assert_eq!(home(request, &cookie).await, "Hello, !", "{host}");
    }
    let request = Request::get("/").header(HOST, ADDRESS).header("via", "x");
    assert_eq!(home(request, &cookie).await, "Hello, !");

    // The identity without the cookie that this process added, and that cookie without the
    // identity.
    let (token, identity) = cookie.split_once("; ").unwrap();
    assert_eq!(home(Request::get("/"), identity).await, "Hello, !");
    assert_eq!(home(Request::get("/"), token).await, "Hello, !");
    let name = token.split_once('=').unwrap().0;
    let guessed = format!("{name}=guessed; {identity}");
    assert_eq!(home(Request::get("/"), &guessed).await, "Hello, !");
}

#[tokio::test]
async fn origin_with_another_port_is_cross_origin() {
    let auth = AuthLayer::dev();
    let app = app(&auth);
    let mut cookies = Vec::new();
    sign_in(&app, ADDRESS, "alice", &mut cookies).await;
    let request = Request::get("/")
        .header(HOST, ADDRESS)
        .header(ORIGIN, "http://localhost:9999")
        .header(COOKIE, cookies.join("; "));
    assert_eq!(text(answer(&app, request).await).await, "Hello, !");
}
