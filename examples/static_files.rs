// Files behind a guard: `/` is for everyone, and everything below `/files` for logged-in users.
// The files are those in the folder `examples`.
//
// Run `cargo run --example static_files` and open <http://localhost:8501>.

use axum::{Router, response::Html, routing::get};
use axum_streamlit_auth::{AuthLayer, require_login};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new()
        .nest_service("/files", ServeDir::new("examples"))
        .route_layer(require_login()) // guards the routes above this line, but no `fallback_service`
        .route("/", get(home))
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home() -> Html<&'static str> {
    Html(r#"<!doctype html><title>Files</title> <a href="/files/hello.rs">hello.rs</a>"#)
}
