//! The simple example of Streamlit's guide: a log-in button, a welcome, a log-out button.
//!
//! Run `cargo run --example hello` and open <http://localhost:8501>.

use axum::{
    Router,
    response::{Html, IntoResponse},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, User};

use self::listen::listen;

#[path = "shared/listen.rs"]
mod listen;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = listen(auth.authority()).await?;
    let app = Router::new().route("/", get(home)).layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(user: User) -> impl IntoResponse {
    if !user.is_logged_in() {
        return page("<h1>Hello!</h1><form action=\"/auth/login\"><button>Log in</button></form>");
    }
    let name = escape(user.text("name"));
    page(&format!(
        "<h1>Welcome, {name}!</h1><form action=\"/auth/logout\" method=\"post\"><button>Log out</button></form>"
    ))
}

fn page(body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Hello</title>\
         <body style=\"font: 1.125rem/1.6 system-ui; max-width: 32rem; margin: 3rem auto; padding: 0 1rem\">{body}"
    ))
}

/// Names come from outside; a template engine does this for you.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
