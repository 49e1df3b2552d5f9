// htmx: a part of a page that needs a login. A guard answers htmx with a 401 and the login URL,
// and a script sends the whole page there. The page loads htmx from a CDN.
//
// Run `cargo run --example htmx` and open <http://localhost:8501>.

use axum::{Router, response::Html, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn};
use maud::{Markup, html};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new()
        .route("/", get(home))
        .route("/claims", get(claims))
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home() -> Html<&'static str> {
    Html(
        r#"<!doctype html><title>htmx</title>
<script src="https://unpkg.com/htmx.org@2.0.4"></script>
<script>
  document.addEventListener('htmx:responseError', (event) => {
    const response = event.detail.xhr;
    if (response.status === 401)
      location = JSON.parse(response.response).login + '?next=' + encodeURIComponent(location.pathname);
  });
</script>
<button hx-get="/claims" hx-target="ul">Show my claims</button>
<ul></ul>
<form action="/auth/logout" method="post"><button>Log out</button></form>"#,
    )
}

async fn claims(LoggedIn(user): LoggedIn) -> Markup {
    html! {
        @for (name, value) in user.iter() { li { (name) ": " (value) } }
    }
}
