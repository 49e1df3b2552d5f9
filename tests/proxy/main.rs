//! Section A.13 of the attacks: behind proxies, below a base path, beside another app, and with another clock.

#[path = "../support/mod.rs"]
mod support;

mod base_path;
mod clock;
mod headers;
