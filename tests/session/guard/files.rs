//! Guarded static files, with axum's rules for `route_layer` and `layer`.

use axum::{Router, http::Method, routing::get};
use axum_streamlit_auth::require_login;
use tower_http::services::ServeDir;

use super::{TIME, ada, request};
use support::{COOKIE_SECRET, Clock, ORIGIN, call, signed, text};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

fn files() -> ServeDir {
    ServeDir::new(FOLDER)
}

async fn status(app: &Router, path: &str, cookie: Option<&str>) -> u16 {
    let headers: Vec<_> = cookie
        .map(|cookie| ("cookie", cookie))
        .into_iter()
        .collect();
    let head = call(app, request(&Method::HEAD, path, &headers)).await;
    let get = call(app, request(&Method::GET, path, &headers)).await;
    assert_eq!(get.status(), head.status(), "{path}");
    let status = get.status().as_u16();
    let is_file = text(get).await.contains("axum_streamlit_auth");
    assert_eq!(is_file, status == 200, "{path}");
    status
}

fn with_layer(app: Router) -> Router {
    app.layer(Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN)))
}

#[tokio::test]
async fn guarded_files_are_served_to_logged_in_users() {
    let below = Router::new()
        .nest_service("/files", files())
        .route_layer(require_login());
    let everywhere = Router::new()
        .fallback_service(files())
        .layer(require_login());
    let nested = Router::new()
        .fallback_service(files())
        .layer(require_login());
    let nested = Router::new().nest("/files", nested);
    for (name, app, prefix) in [
        ("nest_service", below, "/files"),
        ("fallback_service", everywhere, ""),
        ("nest", nested, "/files"),
    ] {
        let app = with_layer(app);
        for path in [
            "/guard.rs",
            "/none",
            "/./guard.rs",
            "/%67uard.rs",
            "/x/../guard.rs",
        ] {
            let path = format!("{prefix}{path}");
            assert_eq!(status(&app, &path, None).await, 401, "{name} {path}");
        }
        for path in [format!("/{prefix}/guard.rs"), format!("{prefix}//guard.rs")] {
            let found = status(&app, &path, None).await;
            assert!([401, 404].contains(&found), "{name} {path}: {found}");
        }
        let path = format!("{prefix}/guard.rs");
        assert_eq!(status(&app, &path, Some(&ada())).await, 200, "{name}");
        let path = format!("{prefix}/none");
        assert_eq!(status(&app, &path, Some(&ada())).await, 404, "{name}");
    }
}

/// axum's rule that README.md warns about.
#[tokio::test]
async fn route_layer_leaves_fallback_open() {
    let app = Router::new()
        .route("/admin", get(|| async { "axum_streamlit_auth" }))
        .fallback_service(files())
        .route_layer(require_login());
    let app = with_layer(app);
    assert_eq!(status(&app, "/admin", None).await, 401);
    assert_eq!(status(&app, "/guard.rs", None).await, 200);
}
