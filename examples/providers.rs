// The second example of Streamlit's guide: a login button for each of two providers.
// The development provider stands in for both until `.streamlit/secrets.toml` names them.
//
// Run `cargo run --example providers` and open <http://localhost:8501>.

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, User};
use maud::{DOCTYPE, Markup, html};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new().route("/", get(home)).layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(user: User) -> Markup {
    html! {
        (DOCTYPE)
        title { "Two providers" }
        @if user.is_logged_in() {
            h1 { "Welcome, " (user.name().unwrap_or("you")) "!" }
            p { "You logged in with " (user.provider().unwrap_or_default()) "." }
            form action="/auth/logout" method="post" { button { "Log out" } }
        } @else {
            h1 { "Hello!" }
            form action="/auth/login/google" { button { "Log in with Google" } }
            form action="/auth/login/microsoft" { button { "Log in with Microsoft" } }
        }
    }
}
