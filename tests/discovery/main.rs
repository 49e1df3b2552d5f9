//! Section A.2 of the attacks: discovery and keys, and a provider that is slow, gone or not who it says it is.

mod document;
mod jwk;
mod keys;
mod moved;
#[cfg(target_os = "linux")]
mod network;
mod stale;
#[path = "../support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
mod tls;
mod transport;
mod waiting;
