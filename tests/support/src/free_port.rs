//! Ports for processes that a test starts.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Returns a port below the ephemeral ports of Linux. The system could give one of those to another
/// test before the process listens.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = 20_000 + process::id() % 10_000;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(port).expect("few ports are in use");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
