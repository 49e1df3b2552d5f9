//! htmx: a part of a page that needs a login. The 401 of the guard sends the whole page there.
//!
//! Run `cargo run --example htmx` and open <http://localhost:8501>. The page loads htmx from a CDN.

use axum::{Router, response::Html, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, User};

use self::listen::listen;

#[path = "shared/listen.rs"]
mod listen;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = listen(auth.authority()).await?;
    let app = Router::new()
        .route("/", get(home))
        .route("/claims", get(claims))
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(user: User) -> Html<String> {
    let who = if user.is_logged_in() {
        "somebody"
    } else {
        "nobody"
    };
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>htmx</title>\
         <script src=\"https://unpkg.com/htmx.org@2.0.4\"></script>\
         <script>\
         document.addEventListener('htmx:responseError', (event) => {{\
           const answer = event.detail.xhr;\
           if (answer.status === 401)\
             location = JSON.parse(answer.response).login + '?next=' + encodeURIComponent(location.pathname);\
         }});\
         </script>\
         <h1>Hello, {who}!</h1>\
         <button hx-get=\"/claims\" hx-target=\"#claims\">What do you know about me?</button><ul id=\"claims\"></ul>\
         <form action=\"/auth/logout\" method=\"post\"><button>Log out</button></form>"
    ))
}

/// Only the names: values come from outside and would have to be escaped.
async fn claims(LoggedIn(user): LoggedIn) -> Html<String> {
    let items: Vec<String> = user
        .keys()
        .map(|name| format!("<li>{}", escape(name)))
        .collect();
    Html(items.concat())
}

/// Names of claims come from outside too; a template engine does this for you.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
