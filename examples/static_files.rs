//! Files behind a guard: `/` is for everyone, everything below `/files` for logged-in users.
//!
//! Run `cargo run --example static_files` and open <http://localhost:8501>. The files are those of
//! the folder `examples`.

use axum::{Router, response::Html, routing::get};
use axum_streamlit_auth::{AuthLayer, require_login};
use tower_http::services::ServeDir;

use self::listen::listen;

#[path = "shared/listen.rs"]
mod listen;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = listen(auth.authority()).await?;
    let app = Router::new()
        .nest_service("/files", ServeDir::new("examples"))
        .route_layer(require_login()) // guards the routes above this line, but no `fallback_service`
        .route("/", get(home))
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home() -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Files</title>\
         <p><a href=\"/files/hello.rs\">hello.rs</a>, for logged-in users",
    )
}
