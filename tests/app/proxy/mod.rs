//! Proxies, base paths, other apps on the host, and clocks.

mod base_path;
mod clock;
mod forward_auth;
mod headers;
