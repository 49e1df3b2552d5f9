//! The example `gateway` behind nginx, Caddy and Traefik, configured as the documentation says, in
//! front of an app that only reads headers.

mod client;
mod deployment;
mod plain_app;
mod streamlit;

use reqwest::Method;
use serde_json::Value;

use self::{
    client::{FETCH, send, socket, values},
    deployment::{Deployment, Proxy},
};
use crate::browser::Browser;

macro_rules! behind {
    ($($name:ident, $nginx:ident, $caddy:ident, $traefik:ident;)*) => {$(
        #[tokio::test]
        async fn $nginx() {
            $name(Proxy::Nginx).await;
        }

        #[tokio::test]
        async fn $caddy() {
            $name(Proxy::Caddy).await;
        }

        #[tokio::test]
        #[ignore = "Traefik is built from source: E2E=all"]
        async fn $traefik() {
            $name(Proxy::Traefik).await;
        }
    )*};
}

behind! {
    pages, pages_pass_nginx, pages_pass_caddy, pages_pass_traefik;
    requests, requests_pass_nginx, requests_pass_caddy, requests_pass_traefik;
    sockets, sockets_pass_nginx, sockets_pass_caddy, sockets_pass_traefik;
    forgeries, forged_headers_stop_at_nginx, forged_headers_stop_at_caddy,
        forged_headers_stop_at_traefik;
    conditions, conditions_hold_behind_nginx, conditions_hold_behind_caddy,
        conditions_hold_behind_traefik;
    refusals, forbidden_user_stops_at_nginx, forbidden_user_stops_at_caddy,
        forbidden_user_stops_at_traefik;
}

/// A login returns to the page and its query. A logout ends the login.
async fn pages(proxy: Proxy) {
    let deployment = Deployment::start(proxy).await;
    let mut browser = Browser::new();
    let page = deployment
        .sign_in(&mut browser, "/report?a=1&b=2&c=%20%26&d=", "alice")
        .await;
    assert_eq!(
        (page.status, page.url.as_str()),
        (200, &*deployment.url("/report?a=1&b=2&c=%20%26&d=")),
        "{page:?}"
    );
    let shown: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(shown["uri"], "/report?a=1&b=2&c=%20%26&d=");
    assert_eq!(
        values(&shown["headers"], "x-user-email"),
        ["alice@example.com"]
    );
    assert_eq!(values(&shown["headers"], "x-user-groups"), ["staff,admin"]);

    let page = browser.open(&deployment.url("/")).await;
    assert_eq!((page.status, page.trail.len()), (200, 1), "{page:?}");

    let confirm = browser.open(&deployment.url("/auth/logout")).await;
    let left = deployment.provider.sign_out(&mut browser, confirm).await;
    assert!(
        left.url.as_str().starts_with(&deployment.url("/")),
        "{left:?}"
    );
    let page = browser.open(&deployment.url("/report")).await;
    assert!(deployment.provider.shows(&page), "{page:?}");
}

/// `fetch` gets the response of the app or a 401, and a body arrives whole.
async fn requests(proxy: Proxy) {
    let deployment = Deployment::start(proxy).await;
    let mut browser = Browser::new();
    let url = deployment.url("/api/items?x=1");
    let body = "0123456789".repeat(90_000);
    for method in [Method::GET, Method::POST, Method::PUT] {
        let body = if method == Method::GET { "" } else { &body };
        let answer = send(method.clone(), &url, "", &FETCH, body).await;
        assert_eq!(answer.status, 401, "{method} {answer:?}");
        assert_eq!(answer.body["title"], "Login required", "{answer:?}");
        let challenges = answer.headers.get_all("www-authenticate").iter();
        assert_eq!(challenges.count(), 1, "{answer:?}");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    let answer = send(Method::GET, &url, "", &[("accept", "application/json")], "").await;
    assert_eq!(answer.status, 401, "{answer:?}");

    deployment.sign_in(&mut browser, "/", "alice").await;
    let cookie = browser.header(&url);
    for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
        let body = if method == Method::GET { "" } else { &body };
        let answer = send(method.clone(), &url, &cookie, &FETCH, body).await;
        assert_eq!(answer.status, 200, "{method} {answer:?}");
        assert_eq!(answer.body["method"], method.as_str());
        assert_eq!(answer.body["uri"], "/api/items?x=1");
        assert!(answer.body["body"] == body, "the body of {method} differs");
        assert_eq!(answer.received("x-user-email"), ["alice@example.com"]);
    }

    // A form of another site, in a browser that is logged in.
    let form = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("origin", "https://evil.example"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = send(Method::POST, &url, &cookie, &form, "x=1").await;
    assert_eq!(answer.status, 303, "the app ran: {answer:?}");
    let link = send(Method::GET, &url, &cookie, &form[..3], "").await;
    assert_eq!(link.status, 200, "{link:?}");
}

/// A WebSocket has the user of its handshake. Pages of other origins cannot open one.
async fn sockets(proxy: Proxy) {
    let deployment = Deployment::start(proxy).await;
    let (port, origin) = (deployment.port(), deployment.origin());
    assert_eq!(socket(port, &origin, "", "").await.0, 401);
    let mut browser = Browser::new();
    deployment.sign_in(&mut browser, "/", "alice").await;
    let cookie = browser.header(&deployment.url("/"));
    assert_eq!(
        socket(port, "https://evil.example", &cookie, "").await.0,
        401
    );
    assert_eq!(socket(port, "null", &cookie, "").await.0, 401);
    let forged = "X-User-Email: root@example.com\r\nX-User-Groups: admin\r\n";
    for forged in ["", forged] {
        let (status, headers) = socket(port, &origin, &cookie, forged).await;
        assert_eq!(status, 101);
        assert_eq!(values(&headers, "x-user-email"), ["alice@example.com"]);
        assert_eq!(values(&headers, "x-user-groups"), ["staff,admin"]);
    }
}

/// Headers of a client neither set the user nor affect the decision.
async fn forgeries(proxy: Proxy) {
    let deployment = Deployment::start(proxy).await;
    let url = deployment.url("/secret");
    let forged = [
        ("x-user-email", "root@example.com"),
        ("X-USER-GROUPS", "admin"),
        ("x-forwarded-uri", "/auth/login"),
        ("x-original-uri", "/auth/login"),
        ("x-original-url", "/public"),
        ("x-forwarded-method", "GET"),
        ("x-original-method", "OPTIONS"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-http-method-override", "GET"),
        ("authorization", "Basic cm9vdDpyb290"),
    ];
    for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
        let answer = send(method.clone(), &url, "", &forged, "").await;
        assert_eq!(answer.status, 401, "{method} {answer:?}");
    }

    // Without an email address and groups.
    let mut browser = Browser::new();
    deployment.sign_in(&mut browser, "/", "noemail").await;
    let cookie = browser.header(&url);
    let answer = send(Method::GET, &url, &cookie, &forged, "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    for name in ["x-user-email", "x-user-groups"] {
        let values = answer.received(name).concat();
        assert_eq!(values, "", "{name} {answer:?}");
    }

    // The check itself is not secret, but it must not give access to the app.
    for path in [
        "/auth/check",
        "/auth/check/",
        "//auth/check",
        "/auth/../secret",
        "/auth/x",
    ] {
        let answer = send(Method::GET, &deployment.url(path), "", &forged, "").await;
        assert_ne!(answer.status, 200, "{path} {answer:?}");
    }
}

/// The path of the check restricts the app to admins. The query of the page makes no difference.
async fn conditions(proxy: Proxy) {
    let deployment = Deployment::start_with(proxy, "/groups=admin").await;
    let mut alice = Browser::new();
    let page = deployment
        .sign_in(&mut alice, "/?groups=other", "alice")
        .await;
    assert_eq!(page.status, 200, "{page:?}");
    let mut bob = Browser::new();
    let page = deployment.sign_in(&mut bob, "/?groups=admin", "bob").await;
    assert_eq!(page.status, 403, "{page:?}");
    let page = bob.open(&deployment.url("/?groups=")).await;
    assert_eq!((page.status, page.trail.len()), (403, 1), "{page:?}");
}

/// `[auth.allow]` changes while users are logged in.
async fn refusals(proxy: Proxy) {
    let deployment = Deployment::start(proxy).await;
    let mut alice = Browser::new();
    deployment.sign_in(&mut alice, "/", "alice").await;
    let mut other = Browser::new();
    deployment.sign_in(&mut other, "/", "noemail").await;
    deployment
        .reconfigure("[auth.allow]\nemails = [\"alice@example.com\"]\n")
        .await;

    assert_eq!(alice.open(&deployment.url("/report")).await.status, 200);
    let page = other.open(&deployment.url("/report")).await;
    assert_eq!((page.status, page.trail.len()), (403, 1), "{page:?}");
    let answer = other.fetch(&deployment.url("/api")).await;
    assert_eq!(answer.status, 403, "{answer:?}");
}
