//! POST, HEAD and OPTIONS.

use axum::{
    Router,
    http::{Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use axum_streamlit_auth::require_login;

use super::{
    TIME, ada, all, assert_personal,
    headers::{NAVIGATIONS, OTHER_REQUESTS},
    request, test_app,
};
use support::{COOKIE_SECRET, Clock, Mode, ORIGIN, Visit, app_with, call, signed, text};

/// A form with files cannot be kept.
#[tokio::test]
async fn anonymous_post_returns_to_its_form() {
    for (referer, back) in [
        (
            Some("http://localhost:8501/guarded?form=1"),
            "/guarded?form=1",
        ),
        (Some("https://evil.example/guarded"), "/"),
        (Some("http://localhost:8501.evil.example/guarded"), "/"),
        (Some("http://localhost:8501"), "/"),
        (Some("http://localhost:8501/auth/logout"), "/"),
        (None, "/"),
    ] {
        let (_provider, mut browser) = test_app().await;
        let mut post =
            Visit::post(browser.url("/guarded"), &[("text", "long")]).started_by(browser.url("/"));
        post = post.header("content-type", "multipart/form-data; boundary=x");
        if let Some(referer) = referer {
            post = post.header("referer", referer);
        }
        let page = browser.follow(post).await;
        assert_eq!(page.hops[0].status, 303);
        let methods: Vec<_> = page.hops.iter().map(|hop| hop.method.as_str()).collect();
        assert_eq!(methods, ["POST", "GET", "GET", "GET"]);
        assert_eq!(
            (page.path(), page.text().as_str()),
            (back, "ada"),
            "{referer:?}"
        );
    }
    let (_provider, mut browser) = test_app().await;
    let mut script = Visit::post(browser.url("/guarded"), &[]).started_by(browser.url("/"));
    script.mode = Mode::Cors;
    assert_eq!(browser.follow(script).await.status, 401);
}

#[tokio::test]
async fn head_mirrors_get_without_side_effects() {
    let app = offline();
    for (path, cookie) in [
        ("/guarded", Some(ada())),
        ("/report", Some(ada())),
        ("/guarded", None),
        ("/report", None),
    ] {
        for (kind, headers) in NAVIGATIONS.iter().chain(OTHER_REQUESTS) {
            let mut headers = headers.to_vec();
            if let Some(cookie) = &cookie {
                headers.push(("cookie", cookie));
            }
            let head = call(&app, request(&Method::HEAD, path, &headers)).await;
            assert!(!head.headers().contains_key(header::SET_COOKIE), "{kind}");
            assert_personal(&head);
            let is_page = NAVIGATIONS.iter().any(|(page, _)| page == kind);
            let expected = match (&cookie, is_page) {
                (Some(_), _) => 200,
                (None, true) => 303,
                (None, false) => 401,
            };
            assert_eq!(head.status(), expected, "{kind} {path}");
            if expected == 303 {
                // GET would be redirected to the provider. HEAD returns that URL without a request
                // to the provider.
                let next = format!("/auth/login?next=%2F{}", &path[1..]);
                assert_eq!(all(head.headers(), header::LOCATION), next);
            } else {
                let get = call(&app, request(&Method::GET, path, &headers)).await;
                assert_eq!(get.status(), head.status());
                for name in [header::CONTENT_TYPE, header::CACHE_CONTROL, header::VARY] {
                    assert_eq!(all(get.headers(), name.clone()), all(head.headers(), name));
                }
                assert!(!text(get).await.is_empty());
            }
            assert_eq!(text(head).await, "");
        }
    }
}

/// A preflight has no cookies, so a CORS layer must be outside the guard, where it needs no
/// identity.
#[tokio::test]
async fn preflight_reaches_cors_layer_only() {
    async fn cors(request: axum::extract::Request, next: Next) -> Response {
        if request.method() == Method::OPTIONS {
            return [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "https://spa.example")].into_response();
        }
        next.run(request).await
    }
    let preflight = [
        ("origin", "https://spa.example"),
        ("access-control-request-method", "POST"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-site", "cross-site"),
    ];
    let guarded = || {
        Router::new()
            .route("/api", any(|| async { [("x-handler", "ran")] }))
            .route_layer(require_login())
    };
    let layer = || Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN));
    let with_cors = guarded().layer(middleware::from_fn(cors)).layer(layer());
    let response = call(&with_cors, request(&Method::OPTIONS, "/api", &preflight)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["access-control-allow-origin"],
        "https://spa.example"
    );
    assert!(!response.headers().contains_key("x-handler"));
    // The request after the preflight is rejected, because it is cross-origin.
    let mut post = preflight.to_vec();
    let cookie = ada();
    post.push(("cookie", &cookie));
    assert_eq!(
        call(&with_cors, request(&Method::POST, "/api", &post))
            .await
            .status(),
        401
    );

    let without = guarded().layer(layer());
    for headers in [&preflight[..], &[]] {
        let response = call(&without, request(&Method::OPTIONS, "/api", headers)).await;
        assert_eq!(response.status(), 401);
        assert!(!response.headers().contains_key("x-handler"));
    }
    let response = call(
        &without,
        request(&Method::OPTIONS, "/api", &[("cookie", &ada())]),
    )
    .await;
    assert!(response.headers().contains_key("x-handler"));
}

fn offline() -> Router {
    app_with(Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN)))
}
