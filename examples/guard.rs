//! Guards: `/` for everyone, `/report` for anyone logged in, `/admin` for admins, `/api/me` for programs.
//!
//! Run `cargo run --example guard` and open <http://localhost:8501>.

use axum::{Json, Router, response::Html, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, User, require_login};

use self::listen::listen;

#[path = "shared/listen.rs"]
mod listen;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = listen(auth.authority()).await?;
    let app = Router::new()
        .route("/admin", get(admin))
        .route_layer(require_login().claim("groups", "admin")) // guards the routes above this line
        .route("/report", get(report))
        .route("/api/me", get(me))
        .route("/", get(home))
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(user: User) -> Html<String> {
    let who = if user.is_logged_in() {
        user.text("name")
    } else {
        "nobody I know"
    };
    page(&format!(
        "<h1>You are {}</h1><ul><li><a href=\"/report\">Report</a>, for anyone logged in\
         <li><a href=\"/admin\">Admin</a>, for the group admin<li><a href=\"/api/me\">Me</a>, as JSON</ul>\
         <form action=\"/auth/logout\" method=\"post\"><button>Log out</button></form>",
        escape(who)
    ))
}

async fn report(LoggedIn(user): LoggedIn) -> Html<String> {
    page(&format!(
        "<h1>Welcome, {}!</h1><p>I know {} things about you.</p>",
        escape(user.text("name")),
        user.len()
    ))
}

async fn admin(LoggedIn(user): LoggedIn) -> Html<String> {
    page(&format!(
        "<h1>Welcome, {}!</h1><p>You are an admin.</p>",
        escape(user.text("name"))
    ))
}

async fn me(LoggedIn(user): LoggedIn) -> Json<User> {
    Json(user)
}

fn page(body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Guard</title>\
         <body style=\"font: 1.125rem/1.6 system-ui; max-width: 32rem; margin: 3rem auto; padding: 0 1rem\">{body}"
    ))
}

/// Names come from outside; a template engine does this for you.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
