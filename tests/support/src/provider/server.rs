//! An HTTP/1.1 server that can be stopped with all its connections, and that can close one without
//! a response.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::{AbortHandle, JoinSet},
};

use super::{Provider, State, behaviour::HangUp, record::RecordedRequest, tls::Tls};

impl Provider {
    /// The provider as an app, for a [`Browser`](crate::Browser) that has to reach it under another
    /// origin.
    pub fn app(&self) -> Router {
        let state = Arc::clone(&self.state);
        Router::new().fallback(async move |request: Request| {
            state.respond(RecordedRequest::read(request).await).await
        })
    }
}

/// Accepts connections. Aborting the task closes the listener and all connections.
pub(super) fn spawn(listener: TcpListener, tls: Option<Tls>, state: Arc<State>) -> AbortHandle {
    let acceptor = tls.map(Tls::acceptor);
    let accept = async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let state = Arc::clone(&state);
            match acceptor.clone() {
                None => connections.spawn(serve(stream, state)),
                Some(acceptor) => connections.spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, state).await;
                    }
                }),
            };
            while connections.try_join_next().is_some() {}
        }
    };
    tokio::spawn(accept).abort_handle()
}

/// Binds the port on 127.0.0.1. Port 0 selects a free port.
pub(super) async fn listen(port: u16) -> TcpListener {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpListener::bind(address).await.expect("the port is free")
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let state = Arc::clone(&state);
        async move {
            let request: Request = request.map(Body::new);
            let response = state.respond(RecordedRequest::read(request).await).await;
            match response.extensions().get::<HangUp>() {
                Some(HangUp) => Err(io::Error::other("hung up")),
                None => Ok(response),
            }
        }
    });
    // Errors are connections that the client or a configured fault closed.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
