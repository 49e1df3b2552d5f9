//! The layer together with tower-http's layers, nested routers, other services, state and pages.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{
        HeaderValue, Method, Request, StatusCode,
        header::{
            ACCEPT, ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD,
            CACHE_CONTROL, CONTENT_ENCODING, COOKIE, LOCATION, ORIGIN, VARY,
        },
    },
    response::Response,
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, LoggedIn, TestUser, User, require_login};
use maud::html;
use tower::{ServiceExt, service_fn};
use tower_http::{compression::CompressionLayer, cors::CorsLayer, trace::TraceLayer};

async fn send(app: &Router, request: axum::http::request::Builder) -> Response {
    let request = request.body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn name(user: User) -> String {
    user.get_str("name").unwrap_or_default().to_owned()
}

#[tokio::test]
async fn trace_and_compression_work_on_either_side() {
    for outside in [true, false] {
        let auth = AuthLayer::dev();
        let routes = Router::new().route(
            "/",
            get(|user: User| async move { user.get_str("name").unwrap_or_default().repeat(200) }),
        );
        let app = if outside {
            routes
                .layer(auth.clone())
                .layer(CompressionLayer::new())
                .layer(TraceLayer::new_for_http())
        } else {
            routes
                .layer(TraceLayer::new_for_http())
                .layer(CompressionLayer::new())
                .layer(auth.clone())
        };
        let cookie = TestUser::new("ada").cookie(&auth);

        let page = send(
            &app,
            Request::get("/")
                .header(COOKIE, &cookie)
                .header(ACCEPT_ENCODING, "gzip"),
        )
        .await;
        assert_eq!(page.headers()[CONTENT_ENCODING], "gzip", "{outside}");
        let page = send(&app, Request::get("/").header(COOKIE, &cookie)).await;
        assert_eq!(text(page).await, "ada".repeat(200), "{outside}");
        let login = send(&app, Request::get("/auth/login")).await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER, "{outside}");
    }
}

#[tokio::test]
async fn preflight_reaches_outer_cors_layer() {
    let friend = HeaderValue::from_static("https://friend.example");
    let app = Router::new()
        .route("/api", get(|| async { "private" }))
        .route_layer(require_login())
        .layer(AuthLayer::dev())
        .layer(
            CorsLayer::new()
                .allow_origin(friend.clone())
                .allow_methods([Method::GET]),
        );

    let preflight = Request::options("/api")
        .header(ORIGIN, &friend)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "GET");
    let answer = send(&app, preflight).await;

    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], friend);
    assert_eq!(text(answer).await, "");
}

#[tokio::test]
async fn nested_routers_share_the_user() {
    let auth = AuthLayer::dev();
    let service = service_fn(|request: Request<Body>| async move {
        use axum::extract::FromRequestParts;
        let (mut parts, _) = request.into_parts();
        let user = User::from_request_parts(&mut parts, &()).await.unwrap();
        Ok::<_, std::convert::Infallible>(Response::new(Body::from(name(user).await)))
    });
    let with_state = Router::new()
        .route(
            "/",
            get(
                |State(greeting): State<&'static str>, user: User| async move {
                    format!("{greeting} {}", user.get_str("name").unwrap_or_default())
                },
            ),
        )
        .with_state("Hello");
    let app = Router::new()
        .nest("/nested", Router::new().route("/deep", get(name)))
        .nest_service("/service", service)
        .nest("/state", with_state)
        .fallback(name)
        .layer(auth.clone());
    let cookie = TestUser::new("ada").cookie(&auth);

    for (path, expected) in [
        ("/nested/deep", "ada"),
        ("/service/x", "ada"),
        ("/state", "Hello ada"),
        ("/no/route", "ada"),
    ] {
        let page = send(&app, Request::get(path).header(COOKIE, &cookie)).await;
        assert_eq!(text(page).await, expected, "{path}");
    }
}

#[tokio::test]
async fn nested_guard_returns_to_the_whole_path() {
    let inner = Router::new().route("/report", get(|_: LoggedIn| async { "private" }));
    let app = Router::new().nest("/area", inner).layer(AuthLayer::dev());

    let head = send(
        &app,
        Request::head("/area/report?x=1").header(ACCEPT, "text/html"),
    )
    .await;

    assert_eq!(
        head.headers()[LOCATION],
        "/auth/login?next=%2Farea%2Freport%3Fx%3D1"
    );
}

#[tokio::test]
async fn template_escapes_user_name() {
    let auth = AuthLayer::dev();
    let page = |user: User| async move {
        html! { p { "Welcome, " (user.name().unwrap_or_default()) "!" } }
    };
    let app = Router::new().route("/", get(page)).layer(auth.clone());
    let cookie = TestUser::new("ada").claim("name", "<script>").cookie(&auth);

    let page = send(&app, Request::get("/").header(COOKIE, cookie)).await;

    assert_eq!(text(page).await, "<p>Welcome, &lt;script&gt;!</p>");
}

#[tokio::test]
async fn guard_outside_the_layer_admits_no_user() {
    let app = Router::new()
        .route("/", get(|| async { "private" }))
        .layer(AuthLayer::dev())
        .layer(require_login());

    let page = send(&app, Request::get("/").header(ACCEPT, "text/html")).await;

    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text(page).await.contains("add the layer after the routes"));
}

/// Otherwise the back button would show the page after a logout.
#[tokio::test]
async fn personal_page_is_not_cached() {
    let auth = AuthLayer::dev();
    let cookie = TestUser::new("ada").cookie(&auth);
    const ALL: &str = "Cookie, Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest";
    let own = |user: User| async move { ([(CACHE_CONTROL, "private")], name(user).await) };
    let app = Router::new()
        .route("/", get(name))
        .route("/own", get(own))
        .route("/public", get(|| async { "the same for everybody" }))
        .layer(auth);
    for (path, signed_in, cache, vary) in [
        ("/", true, Some("no-store"), Some(ALL)),
        ("/", false, None, Some("Cookie")),
        ("/own", true, Some("private"), Some(ALL)),
        ("/public", true, None, None),
    ] {
        let sent = if signed_in { cookie.as_str() } else { "" };
        let page = send(
            &app,
            Request::get(path)
                .header("host", "localhost:8501")
                .header(COOKIE, sent),
        )
        .await;
        let header = |name| {
            page.headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(
            (header(CACHE_CONTROL), header(VARY)),
            (cache, vary),
            "{path}, signed in: {signed_in}"
        );
    }
}

/// Layers that change the body, inside and outside the layer and a guard.
#[tokio::test]
async fn inner_layers_may_change_the_body() {
    use tower::ServiceBuilder;
    let auth = AuthLayer::dev();
    let cookie = TestUser::new("ada").cookie(&auth);
    let page =
        || get(|user: User| async move { user.get_str("name").unwrap_or_default().repeat(200) });
    let stack = ServiceBuilder::new()
        .layer(auth.clone())
        .layer(require_login())
        .layer(CompressionLayer::new());
    // Another body type with another error type.
    let mapped = ServiceBuilder::new()
        .layer(auth.clone())
        .map_response(|response: Response| response.map(|_| "ada".repeat(200)));
    let timed = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(auth)
        .layer(TraceLayer::new_for_http())
        .layer(require_login())
        .layer(CompressionLayer::new());
    for app in [
        Router::new().route("/", page()).layer(stack),
        Router::new().route("/", page()).layer(mapped),
        Router::new().fallback_service(timed.service(Router::new().route("/", page()))),
    ] {
        let request = Request::get("/").header("host", "localhost:8501");
        let answer = send(&app, request.header(COOKIE, &cookie)).await;
        assert_eq!(text(answer).await, "ada".repeat(200));
        let login = Request::get("/auth/login").header("host", "localhost:8501");
        assert_eq!(send(&app, login).await.status(), StatusCode::SEE_OTHER);
    }
}
