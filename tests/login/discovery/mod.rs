//! Discovery and keys, and providers that are slow, unavailable or misconfigured.

mod document;
mod jwk;
mod keys;
mod moved;
#[cfg(target_os = "linux")]
mod network;
mod rotation;
mod stale;
#[cfg(target_os = "linux")]
mod tls;
mod transport;
mod waiting;
