//! The two-provider example of Streamlit's guide: a button for each.
//!
//! Run `cargo run --example providers` and open <http://localhost:8501>.

use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use axum_streamlit_auth::{AuthLayer, Login, Logout, User};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = tokio::net::TcpListener::bind(auth.authority()).await?;
    println!("Open http://{}", auth.authority());
    let app = Router::new()
        .route("/", get(home))
        .route("/log-in/{provider}", get(log_in))
        .route("/log-out", post(|| async { Logout::default() })) // st.logout()
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(user: User) -> Response {
    if !user.is_logged_in() {
        return page(
            "<h1>Hello!</h1>\
             <form action=\"/log-in/google\"><button>Log in with Google</button></form>\
             <form action=\"/log-in/microsoft\"><button>Log in with Microsoft</button></form>",
        );
    }
    let (name, provider) = (
        escape(user.text("name")),
        escape(user.provider().unwrap_or_default()),
    );
    page(&format!(
        "<h1>Welcome, {name}!</h1><p>You came by {provider}.</p>\
         <form action=\"/log-out\" method=\"post\"><button>Log out</button></form>"
    ))
}

async fn log_in(Path(provider): Path<String>) -> Login {
    Login::with(provider).next("/") // st.login("google")
}

fn page(body: &str) -> Response {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Two providers</title>\
         <body style=\"font: 1.125rem/1.6 system-ui; max-width: 32rem; margin: 3rem auto; padding: 0 1rem\">{body}"
    ))
    .into_response()
}

/// Names come from outside; a template engine does this for you.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
