//! Where an example listens.

use tokio::net::TcpListener;

/// Listens at `address`, usually that of `redirect_uri`. Where that fails, `PORT` says on which
/// port of 127.0.0.1 a proxy finds the app.
///
/// # Errors
///
/// A sentence that says what to do.
pub async fn listen(address: &str) -> Result<TcpListener, String> {
    let error = match TcpListener::bind(address).await {
        Ok(listener) => {
            println!("Open http://{address}");
            return Ok(listener);
        }
        Err(error) => error,
    };
    if let Ok(port) = std::env::var("PORT") {
        let behind_proxy = format!("127.0.0.1:{port}");
        if let Ok(listener) = TcpListener::bind(&behind_proxy).await {
            println!("Listening on http://{behind_proxy}, for the proxy at {address}");
            return Ok(listener);
        }
    }
    Err(format!(
        "cannot listen at {address} ({error}). If a proxy answers there, as with an https redirect_uri, start the app with \
         PORT=<the port that the proxy passes requests to>. If another program has the port, end it or write another port \
         into redirect_uri."
    ))
}
