//! A WebSocket that knows its user, and closes when the identity expires.
//!
//! Run `cargo run --example websocket` and open <http://localhost:8501>.

use std::time::{Duration, SystemTime};

use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    response::{Html, Response},
    routing::get,
};
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
        .route("/socket", get(socket))
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(_: LoggedIn) -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>WebSocket</title>\
         <form><label>Say <input name=\"text\" autofocus></label> <button>Send</button></form><pre></pre>\
         <form action=\"/auth/logout\" method=\"post\"><button>Log out</button></form>\
         <script>\
         const socket = new WebSocket(location.href.replace('http', 'ws') + 'socket');\
         const show = (text) => document.querySelector('pre').append(text + '\\n');\
         socket.onmessage = (event) => show(event.data);\
         socket.onclose = () => show('closed');\
         document.querySelector('form').onsubmit = (event) => {\
           event.preventDefault();\
           socket.send(event.target.text.value);\
         };\
         </script>",
    )
}

/// A page of another site that opens this socket has no user here, so it gets the same 401 as a stranger.
async fn socket(LoggedIn(user): LoggedIn, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|socket| echo(socket, user))
}

async fn echo(mut socket: WebSocket, user: User) {
    let left = user
        .expires_at()
        .and_then(|end| end.duration_since(SystemTime::now()).ok());
    let expired = tokio::time::sleep(left.unwrap_or(Duration::ZERO));
    tokio::pin!(expired);
    loop {
        tokio::select! {
            () = &mut expired => break,
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    let answer = format!("{}: {text}", user.text("name"));
                    if socket.send(Message::Text(answer.into())).await.is_err() {
                        break;
                    }
                }
                Some(Ok(_)) => {}
                _ => break,
            },
        }
    }
}
