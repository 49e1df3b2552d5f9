//! Ports for servers that a test starts.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU16, Ordering},
};

/// A port that no other test and no outgoing connection uses, even while the server is not running.
/// Outgoing connections start at 32768 (Linux, `ip_local_port_range`).
pub fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // A parallel run starts at another port.
    let start = (process::id() % 40) as u16 * 300;
    loop {
        let port = FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
