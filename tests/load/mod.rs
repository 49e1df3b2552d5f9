//! Oversized requests, slow providers and clients, and graceful shutdown. `tests/million.rs`
//! measures memory, and `tests/e2e/load/` runs several processes.

mod oversized_requests;
mod shutdown;
mod slow;
