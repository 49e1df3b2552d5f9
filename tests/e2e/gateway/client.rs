//! A client that sends any headers, including those that browsers do not let a page send.

use reqwest::{Client, Method, redirect::Policy};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Headers of a `fetch` request by a page of the app.
pub const FETCH: [(&str, &str); 3] = [
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-dest", "empty"),
];

/// The status, the headers, and the body as JSON or null.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The values of a header that the app received.
    pub fn received(&self, name: &str) -> Vec<&str> {
        values(&self.body["headers"], name)
    }
}

/// The values of one of the headers that the app returned.
pub fn values<'v>(headers: &'v Value, name: &str) -> Vec<&'v str> {
    let values = headers[name].as_array().into_iter().flatten();
    values.map(|value| value.as_str().unwrap()).collect()
}

/// Sends a request with this `Cookie` header. Redirects are not followed.
pub async fn send(
    method: Method,
    url: &str,
    cookie: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder().no_proxy().redirect(Policy::none());
    let mut request = http.build().unwrap().request(method, url);
    if !cookie.is_empty() {
        request = request.header("cookie", cookie);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_empty() {
        request = request.body(body.to_owned());
    }
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default(),
    }
}

/// Opens a WebSocket at `/socket`. Returns the status, and the first message if there is one.
pub async fn socket(port: u16, origin: &str, cookie: &str, forged: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let handshake = format!(
        "GET /socket HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Origin: {origin}\r\nCookie: {cookie}\r\n{forged}\r\n"
    );
    stream.write_all(handshake.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a complete response head"));
    }
    let head = String::from_utf8(head).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    if status != 101 {
        return (status, Value::Null);
    }
    // A text frame without a mask (RFC 6455, section 5.2).
    assert_eq!(stream.read_u8().await.unwrap(), 0x81);
    let length = match stream.read_u8().await.unwrap() {
        126 => stream.read_u16().await.unwrap().into(),
        length => usize::from(length),
    };
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await.unwrap();
    (status, serde_json::from_slice(&message).unwrap())
}
