// A WebSocket with a user. It closes when the session ends or expires. A page of another site
// that opens it gets a user who is not logged in.
//
// Run `cargo run --example websocket` and open <http://localhost:8501>.

use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    response::{Html, Response},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, LoggedIn, User};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Open http://{}", auth.listen_address());
    let app = Router::new()
        .route("/", get(home))
        .route("/socket", get(socket))
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

async fn home(_: LoggedIn) -> Html<&'static str> {
    Html(
        r#"<!doctype html><title>WebSocket</title>
<form><input name="text" aria-label="Message" autofocus> <button>Send</button></form>
<pre></pre>
<script>
  const socket = new WebSocket(location.href.replace('http', 'ws') + 'socket');
  const show = (text) => document.querySelector('pre').append(text + '\n');
  socket.onmessage = (event) => show(event.data);
  socket.onclose = () => show('closed');
  document.querySelector('form').onsubmit = (event) => {
    event.preventDefault();
    socket.send(event.target.text.value);
  };
</script>"#,
    )
}

async fn socket(LoggedIn(user): LoggedIn, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|socket| echo(socket, user))
}

async fn echo(mut socket: WebSocket, user: User) {
    let ended = user.ended();
    tokio::pin!(ended);
    loop {
        tokio::select! {
            () = &mut ended => break,
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    let reply = format!("{}: {text}", user.name().unwrap_or("you"));
                    if socket.send(Message::Text(reply.into())).await.is_err() {
                        break;
                    }
                }
                Some(Ok(_)) => {}
                _ => break,
            },
        }
    }
}
