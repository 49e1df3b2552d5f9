//! An app without any login. It returns the request that the proxy passed on.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{WebSocketUpgrade, ws::Message},
    http::{HeaderMap, Method, Uri},
    response::Response,
    routing::get,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

pub struct PlainApp {
    pub port: u16,
    server: JoinHandle<()>,
}

impl PlainApp {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = Router::new().route("/socket", get(socket)).fallback(echo);
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { port, server }
    }
}

impl Drop for PlainApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The request as JSON, with the list of all values for each header.
async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Json<Value> {
    Json(json!({
        "method": method.as_str(),
        "uri": uri.to_string(),
        "headers": values(&headers),
        "body": String::from_utf8_lossy(&body),
    }))
}

/// Sends back the headers of the handshake, and then every message.
async fn socket(headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |mut socket| {
        let headers = values(&headers).to_string();
        let _ = socket.send(Message::text(headers)).await;
        while let Some(Ok(message)) = socket.recv().await {
            let _ = socket.send(message).await;
        }
    })
}

fn values(headers: &HeaderMap) -> Value {
    let names = headers.keys().map(|name| {
        let values = headers.get_all(name).iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        (name.to_string(), values.collect::<Vec<_>>().into())
    });
    Value::Object(names.collect())
}
