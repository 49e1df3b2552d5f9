//! Applies a [`Behaviour`] to a valid response.

use std::{convert::Infallible, future, io, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::faults::Behaviour;

/// A response extension: the server closes the connection without a response.
#[derive(Clone)]
pub struct HangUp;

impl Behaviour {
    pub(super) async fn apply(self, right: Response) -> Response {
        match self {
            Self::Normal => right,
            Self::After(delay) => {
                tokio::time::sleep(delay).await;
                right
            }
            Self::Hang => future::pending().await,
            Self::HangUp => {
                let mut response = Response::default();
                response.extensions_mut().insert(HangUp);
                response
            }
            Self::Cut => {
                rebuild(right, |body| {
                    let half = body.slice(..body.len() / 2);
                    let lost = Err(io::Error::other("cut"));
                    Body::from_stream(stream::iter([Ok(half), lost]))
                })
                .await
            }
            Self::Drip => rebuild(right, drip).await,
            Self::Endless => rebuild(right, |_| Body::from_stream(spaces())).await,
            Self::Padded(length) => {
                rebuild(right, |body| {
                    let padding = vec![b' '; length.saturating_sub(body.len())];
                    Body::from([&padding, &body[..]].concat())
                })
                .await
            }
            Self::GzipBomb => {
                let mut response = rebuild(right, |_| gzip_bomb()).await;
                let gzip = header::HeaderValue::from_static("gzip");
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, gzip);
                response
            }
            Self::Html(status) => (
                code(status),
                [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
                "<!doctype html><title>Oops</title><h1>Something went wrong</h1>",
            )
                .into_response(),
            Self::Json(status, value) => json(status, &value),
            Self::Raw(status, kind, body) => {
                (code(status), [(header::CONTENT_TYPE, kind)], body).into_response()
            }
            Self::Bytes(change) => rebuild(right, |body| Body::from(change(body.to_vec()))).await,
            Self::Redirect(status, location) => {
                (code(status), [(header::LOCATION, location)]).into_response()
            }
            Self::Encoded(coding) => {
                let mut response = right;
                let coding = header::HeaderValue::from_static(coding);
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, coding);
                response
            }
            Self::Once(behaviour) => Box::pin(behaviour.apply(right)).await,
        }
    }
}

pub(super) fn json(status: u16, value: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (code(status), headers, value.to_string()).into_response()
}

pub(super) fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("a valid status")
}

async fn rebuild(right: Response, change: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut parts, body) = right.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = to_bytes(body, usize::MAX)
        .await
        .expect("the provider's own body is in memory");
    Response::from_parts(parts, change(body))
}

fn drip(body: Bytes) -> Body {
    Body::from_stream(stream::iter(0..body.len()).then(move |at| {
        let byte = body.slice(at..=at);
        async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, Infallible>(byte)
        }
    }))
}

fn spaces() -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    stream::repeat(Bytes::from(vec![b' '; 64 * 1024])).map(Ok)
}

/// One literal space, then 10 MB of "repeat the last byte 258 times" in 13 bits each. The stream is
/// not terminated.
fn gzip_bomb() -> Body {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    // RFC 1951: final block, fixed codes; then the code of a space (0x30 + 0x20, eight bits).
    let start = [true, true, false].into_iter().chain(bits(0x50, 8));
    // Length code 285 (258 bytes) and distance code 0 (one byte back).
    let repeat = (0..4096).flat_map(|_| bits(0b1100_0101, 8).chain(bits(0, 5)));
    let deflate = bytes(&start.chain(repeat).collect::<Vec<_>>());
    // 8 × 13 bits are a whole number of bytes, so the last 13 × n bytes can be repeated.
    let chunk = Bytes::copy_from_slice(&deflate[deflate.len() - 13 * 500..]);
    let head = Bytes::from([&HEADER[..], &deflate].concat());
    let rest = vec![chunk.clone(); 10_000_000 / chunk.len()];
    let body = stream::iter([head]).chain(stream::iter(rest));
    Body::from_stream(body.map(Ok::<_, Infallible>))
}

/// Huffman codes are written with the most significant bit first.
fn bits(code: u16, length: u32) -> impl Iterator<Item = bool> + Clone {
    (0..length).rev().map(move |bit| code >> bit & 1 == 1)
}

fn bytes(bits: &[bool]) -> Vec<u8> {
    bits.chunks_exact(8)
        .map(|eight| (0..8).map(|bit| u8::from(eight[bit]) << bit).sum())
        .collect()
}
