//! Proxies that connect to this computer only.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

#[derive(Clone, Copy)]
pub enum Kind {
    /// An http proxy that connects every host name to this computer.
    Connect,
    /// An http proxy that connects every host name and port to this port of this computer.
    ConnectTo(u16),
    /// A SOCKS5 proxy that connects every host name to this computer.
    Socks,
    /// An http proxy that requires a password.
    Refusing,
}

pub async fn serve(listener: TcpListener, kind: Kind) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(carry(stream, kind));
    }
}

const CONNECTED: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

async fn carry(mut client: TcpStream, kind: Kind) -> std::io::Result<()> {
    let mut buffer = [0; 1024];
    let port = match kind {
        Kind::Refusing => {
            let _ = client.read(&mut buffer).await?;
            let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
            return client.write_all(answer).await;
        }
        Kind::Connect => {
            let length = client.read(&mut buffer).await?;
            let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let target = request.split_whitespace().nth(1).unwrap_or_default();
            client.write_all(CONNECTED).await?;
            target.rsplit(':').next().and_then(|port| port.parse().ok())
        }
        Kind::ConnectTo(port) => {
            let _ = client.read(&mut buffer).await?;
            client.write_all(CONNECTED).await?;
            Some(port)
        }
        Kind::Socks => {
            // RFC 1928, sections 3, 4 and 6.
            let _ = client.read(&mut buffer).await?;
            client.write_all(&[5, 0]).await?;
            let length = client.read(&mut buffer).await?;
            client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
            Some(u16::from_be_bytes([buffer[length - 2], buffer[length - 1]]))
        }
    };
    let mut provider = TcpStream::connect(("127.0.0.1", port.unwrap_or_default())).await?;
    copy_bidirectional(&mut client, &mut provider).await?;
    Ok(())
}
