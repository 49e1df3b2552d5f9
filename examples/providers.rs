//! The two-provider example of Streamlit's guide: a button for each.
//!
//! Run `cargo run --example providers` and open <http://localhost:8501>.

use axum::{Router, response::Html, routing::get};
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

async fn home(user: User) -> Html<String> {
    if !user.is_logged_in() {
        return page(
            "<h1>Hello!</h1>\
             <form action=\"/auth/login/google\"><button>Log in with Google</button></form>\
             <form action=\"/auth/login/microsoft\"><button>Log in with Microsoft</button></form>",
        );
    }
    let (name, provider) = (
        escape(user.text("name")),
        escape(user.provider().unwrap_or_default()),
    );
    page(&format!(
        "<h1>Welcome, {name}!</h1><p>You came by {provider}.</p>\
         <form action=\"/auth/logout\" method=\"post\"><button>Log out</button></form>"
    ))
}

fn page(body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Two providers</title>\
         <body style=\"font: 1.125rem/1.6 system-ui; max-width: 32rem; margin: 3rem auto; padding: 0 1rem\">{body}"
    ))
}

/// Names come from outside; a template engine does this for you.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
