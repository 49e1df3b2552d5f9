// Guards: `/` for everyone, `/report` for logged-in users, `/admin` for admins, `/api/me` for
// scripts, which receive a 401 where a page is redirected to the login.
//
// Run `cargo run --example guard` and open <http://localhost:8501>.

use axum::{Json, Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, User, require_login};
use maud::{DOCTYPE, Markup, html};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new()
        .route("/admin", get(admin))
        .route_layer(require_login().claim("groups", "admin")) // guards the routes above this line
        .route("/report", get(report))
        .route("/api/me", get(me))
        .route("/", get(home))
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(user: User) -> Markup {
    html! {
        (DOCTYPE)
        title { "Guards" }
        @if user.is_logged_in() {
            p { "You are " (user.name().unwrap_or("logged in")) "." }
        } @else {
            p { "You are not logged in." }
        }
        p {
            a href="/report" { "Report" } ", "
            a href="/admin" { "admin page" } ", "
            a href="/api/me" { "JSON" }
        }
        form action="/auth/logout" method="post" { button { "Log out" } }
    }
}

async fn report(LoggedIn(user): LoggedIn) -> String {
    let name = user.name().unwrap_or("you");
    format!("Welcome, {name}! Your identity has {} claims.", user.len())
}

async fn admin(LoggedIn(user): LoggedIn) -> String {
    let name = user.name().unwrap_or("you");
    format!("Welcome, {name}! You are an admin.")
}

async fn me(LoggedIn(user): LoggedIn) -> Json<User> {
    Json(user)
}
