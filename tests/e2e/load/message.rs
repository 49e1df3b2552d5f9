//! Reads and forwards HTTP messages. A message can be inspected before it is read.

use std::io;

use axum::body::Bytes;
use reqwest::{
    Client,
    header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING},
};
use serde_json::Value;
use tokio::{io::AsyncReadExt, net::TcpStream};
use url::{Position, Url, form_urlencoded};

/// Far longer than any request of an app to its provider.
const MAX_REQUEST_LEN: usize = 16 * 1024;

pub struct Message {
    method: String,
    url: Url,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    length: usize,
}

impl Message {
    /// The next complete request, not yet consumed. `None` at the end of the connection.
    pub async fn peek(stream: &TcpStream) -> Option<Self> {
        let mut bytes = vec![0; MAX_REQUEST_LEN];
        loop {
            let length = stream.peek(&mut bytes).await.ok().filter(|&n| n > 0)?;
            if let Some(message) = Self::parse(&bytes[..length]) {
                return Some(message);
            }
            // The rest has not arrived yet.
            tokio::task::yield_now().await;
        }
    }

    /// Consumes the request.
    pub async fn take(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream
            .read_exact(&mut vec![0; self.length])
            .await
            .map(|_| ())
    }

    /// The last segment of the path.
    pub fn endpoint(&self) -> String {
        let last = self
            .url
            .path_segments()
            .and_then(|mut path| path.next_back());
        last.unwrap_or_default().to_owned()
    }

    pub fn form_field(&self, name: &str) -> Option<String> {
        let mut fields = form_urlencoded::parse(&self.body);
        fields
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = std::str::from_utf8(&bytes[..end]).expect("a head in ASCII");
        let mut lines = head.trim_end().split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, url) = (first.next()?.to_owned(), first.next()?);
        let url = Url::parse("http://provider").and_then(|base| base.join(url));
        let url = url.expect("a client sends a path");
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let body = headers.iter().find(|(name, _)| name == "content-length");
        let body = body.map_or(0, |(_, length)| length.parse().expect("a number"));
        let length = end + body;
        Some(Self {
            method,
            url,
            headers,
            body: bytes.get(end..length)?.to_vec(),
            length,
        })
    }
}

/// The complete response of the provider at `authority`.
pub async fn forward(client: &Client, authority: &str, message: &Message) -> Option<Vec<u8>> {
    let target = format!("http://{authority}{}", &message.url[Position::BeforePath..]);
    let mut request = client.request(message.method.parse().unwrap(), target);
    for (name, value) in &message.headers {
        if !["connection", "content-length"].contains(&name.as_str()) {
            request = request.header(name, value);
        }
    }
    let answer = request.body(message.body.clone()).send().await.ok()?;
    let mut bytes = format!("HTTP/1.1 {}\r\n", answer.status()).into_bytes();
    let mut line = |name: &HeaderName, value: &HeaderValue| {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    };
    for (name, value) in answer.headers() {
        if ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name) {
            line(name, value);
        }
    }
    let body = with_browser_endpoints_at(authority, answer.bytes().await.ok()?);
    line(&CONTENT_LENGTH, &HeaderValue::from(body.len()));
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    Some(bytes)
}

/// Returns a discovery document in which the endpoints for browsers are at `authority`, and any
/// other body unchanged.
fn with_browser_endpoints_at(authority: &str, body: Bytes) -> Bytes {
    let Ok(mut document) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    for name in ["authorization_endpoint", "end_session_endpoint"] {
        if let Some(Ok(mut url)) = document[name].as_str().map(Url::parse) {
            let (_, port) = authority.rsplit_once(':').expect("host and port");
            url.set_port(port.parse().ok()).unwrap();
            document[name] = url.as_str().into();
        }
    }
    document.to_string().into()
}
