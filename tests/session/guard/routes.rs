//! A guard protects its routes and ignores paths, headers and other routers.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll, Waker},
};

use axum::{
    Router,
    extract::{Path, Request},
    http::{Method, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, LoggedIn, require_login};
use tower::{Layer, Service};

use super::{TIME, ada, all, assert_personal, request, test_app};
use support::{
    Browser, COOKIE_SECRET, Clock, ORIGIN, Provider, Visit, app_with, call, secrets, signed, text,
};

const OPEN: &str = "behind the guard";

#[tokio::test]
async fn guard_outside_layer_is_an_internal_error() {
    let routes = || Router::new().route("/", get(|| async { OPEN }));
    let outside = routes().layer(layer()).route_layer(require_login());
    let beside = routes()
        .route_layer(require_login())
        .merge(Router::new().route("/x", get(|| async {})).layer(layer()));
    let none = routes().route_layer(require_login().when(|_| true));
    for app in [outside, beside, none] {
        for headers in [vec![], vec![("accept", "text/html")]] {
            let mut headers = headers;
            let cookie = ada();
            headers.push(("cookie", &cookie));
            let response = call(&app, request(&Method::GET, "/", &headers)).await;
            assert_eq!(response.status(), 500);
            assert!(
                text(response)
                    .await
                    .contains("add the layer after the routes")
            );
        }
    }
}

#[tokio::test]
async fn path_spellings_do_not_bypass_guard() {
    let app = Router::new()
        .route("/admin", get(|| async { OPEN }).post(|| async { OPEN }))
        .route(
            "/files/{*path}",
            get(|Path(_): Path<String>| async { OPEN }),
        )
        .nest(
            "/nested",
            Router::new().route("/{name}", get(|| async { OPEN })),
        )
        .route_layer(require_login())
        .route(
            "/public",
            get(|| async { "public" }).post(|| async { "public" }),
        )
        .fallback(|| async { "fallback" })
        .layer(layer());
    let tricks = [
        "/admin",
        "/admin?x",
        "/admin#x",
        "//admin",
        "/admin/",
        "/admin//",
        "/./admin",
        "/public/../admin",
        "/public/..%2fadmin",
        "/admin/../public",
        "/admin%2f",
        "/%61dmin",
        "/admin;x",
        "/admin;/public",
        "/ADMIN",
        "/admin%00",
        "/admin%20",
        "/admin.",
        "/admin/.",
        "/files/a",
        "/files/../public",
        "/files/%2e%2e/public",
        "/files/a%2fb",
        "/files//",
        "/files/public?/public",
        "/nested/a",
        "/nested/public",
        "/nested/%2e%2e",
        "/nested/..",
        "/nested/a%2fb",
        "http://localhost:8501/admin",
        "http://evil.example/admin",
    ];
    for path in tricks {
        for (name, value) in [
            ("x-original-url", "/public"),
            ("x-rewrite-url", "/public"),
            ("x-forwarded-uri", "/public"),
            ("x-http-method-override", "OPTIONS"),
            ("x-method-override", "HEAD"),
            ("user-agent", "kube-probe/1.0"),
        ] {
            for method in [Method::GET, Method::HEAD, Method::POST] {
                let response = call(&app, request(&method, path, &[(name, value)])).await;
                let status = response.status();
                let body = text(response).await;
                assert_ne!(body, OPEN, "{method} {path} {name}");
                assert!(
                    status == 401 || status == 200 && body != OPEN || status == 405,
                    "{status} {method} {path}"
                );
            }
        }
    }
    // A header cannot select the guarded route either.
    let response = call(
        &app,
        request(&Method::GET, "/public", &[("x-original-url", "/admin")]),
    )
    .await;
    assert_eq!(text(response).await, "public");
}

#[tokio::test]
async fn identity_headers_are_ignored() {
    let app = app_with(layer());
    for name in [
        "x-forwarded-user",
        "x-forwarded-email",
        "x-forwarded-groups",
        "x-auth-request-user",
        "x-auth-request-email",
        "oidc_claim_sub",
        "oidc-claim-sub",
        "x-remote-user",
        "remote-user",
        "x-user",
        "x-streamlit-user",
        "x-webauth-user",
        "authorization",
    ] {
        let headers = [
            (name, "ada"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "cors"),
        ];
        assert_eq!(
            call(&app, request(&Method::GET, "/guarded", &headers))
                .await
                .status(),
            401
        );
        let response = call(&app, request(&Method::GET, "/", &headers)).await;
        assert_eq!(text(response).await, "nobody", "{name}");
    }
}

#[tokio::test]
async fn guarded_page_is_not_cached_by_default() {
    async fn cached(_: LoggedIn) -> ([(header::HeaderName, &'static str); 2], &'static str) {
        (
            [
                (header::CACHE_CONTROL, "private, max-age=60"),
                (header::VARY, "Accept-Language"),
            ],
            OPEN,
        )
    }
    let app = Router::new()
        .route("/guarded", get(|| async { OPEN }))
        .route_layer(require_login())
        .route("/handler", get(|_: LoggedIn| async { OPEN }))
        .route("/cached", get(cached))
        .route("/public", get(|| async { "public" }))
        .layer(layer());
    let cookie = ada();
    let headers = [("cookie", cookie.as_str())];
    for path in ["/guarded", "/handler"] {
        let response = call(&app, request(&Method::GET, path, &headers)).await;
        assert_eq!(response.status(), 200);
        assert_personal(&response);
    }
    let response = call(&app, request(&Method::GET, "/cached", &headers)).await;
    assert_eq!(
        all(response.headers(), header::CACHE_CONTROL),
        "private, max-age=60"
    );
    assert_eq!(
        all(response.headers(), header::VARY),
        "Accept-Language, Cookie, Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest"
    );
    let response = call(&app, request(&Method::GET, "/public", &headers)).await;
    assert!(
        !response.headers().contains_key(header::CACHE_CONTROL)
            && !response.headers().contains_key(header::VARY)
    );
}

#[tokio::test]
async fn host_header_is_never_read() {
    let (_provider, browser) = test_app().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
    ] {
        let mut browser = browser.clone();
        let page = browser
            .follow(Visit::get(browser.url("/guarded?x=1")).header(name, value))
            .await;
        assert_eq!((page.path(), page.text().as_str()), ("/guarded?x=1", "ada"));
    }
    // An absolute URI, as sent by a proxy: only the path matters.
    let provider = Provider::start().await;
    let app = support::app(&secrets(&provider).toml());
    let mut browser = Browser::new(app.clone(), ORIGIN);
    let absolute = request(
        &Method::GET,
        "http://evil.example/guarded?x=1",
        &[("accept", "text/html"), ("host", "evil.example")],
    );
    let response = call(&app, absolute).await;
    let location = all(response.headers(), header::LOCATION);
    let cookie = all(response.headers(), header::SET_COOKIE);
    browser
        .jar
        .store(&browser.url("/"), &cookie, support::jar::Context::SameSite);
    let page = browser.get(&location).await;
    assert_eq!((page.path(), page.text().as_str()), ("/guarded?x=1", "ada"));
}

#[tokio::test]
async fn nested_guard_keeps_the_whole_path() {
    async fn tag(request: axum::extract::Request, next: Next) -> Response {
        next.run(request).await
    }
    let provider = Provider::start().await;
    let auth = AuthLayer::from_toml(&secrets(&provider).toml()).unwrap();
    let inner = Router::new().route(
        "/page",
        get(|LoggedIn(user): LoggedIn| async move {
            user.get_str("sub").unwrap_or_default().to_owned()
        }),
    );
    let app = Router::new()
        .nest("/a", Router::new().nest("/b", inner))
        .layer(middleware::from_fn(tag))
        .layer(auth);
    let mut browser = Browser::new(app, ORIGIN);
    let page = browser.get("/a/b/page?x=%2F").await;
    assert_eq!(
        (page.path(), page.text().as_str()),
        ("/a/b/page?x=%2F", "ada")
    );
}

fn layer() -> AuthLayer {
    Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN))
}

/// A service that is not ready, such as one with a limit, must not be called (`tower::Service`).
#[tokio::test]
async fn readiness_follows_the_inner_service() {
    #[derive(Clone)]
    struct Busy(bool);

    impl Service<Request> for Busy {
        type Response = Response;
        type Error = Infallible;
        type Future = Ready<Result<Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            match std::mem::replace(&mut self.0, false) {
                true => Poll::Pending,
                false => Poll::Ready(Ok(())),
            }
        }

        fn call(&mut self, _: Request) -> Self::Future {
            ready(Ok(Response::default()))
        }
    }

    let auth = AuthLayer::from_toml(&signed::toml(COOKIE_SECRET, ORIGIN)).unwrap();
    let mut service = auth.layer(require_login().layer(Busy(true)));
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_pending());
    assert!(service.poll_ready(&mut context).is_ready());
}
