//! Files behind a guard: `/` is for everyone, everything below `/files` for logged-in users.
//!
//! Run `cargo run --example static_files` and open <http://localhost:8501>. The files are those of
//! the folder `examples`, or of the folder in the first argument.

use std::env;

use axum::{Router, response::Html, routing::get};
use axum_streamlit_auth::{AuthLayer, require_login};
use tower_http::services::ServeDir;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = tokio::net::TcpListener::bind(auth.authority()).await?;
    println!("Open http://{}", auth.authority());
    let folder = env::args().nth(1).unwrap_or_else(|| "examples".to_owned());
    Ok(axum::serve(listener, app(&folder, auth)).await?)
}

fn app(folder: &str, auth: AuthLayer) -> Router {
    Router::new()
        .nest_service("/files", ServeDir::new(folder))
        .route_layer(require_login()) // guards the routes above this line
        // Files behind `fallback_service` are no route: guard them by `layer`.
        .route("/", get(home))
        .layer(auth)
}

async fn home() -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Files</title>\
         <p><a href=\"/files/hello.rs\">hello.rs</a>, for logged-in users",
    )
}
