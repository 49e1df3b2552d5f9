//! The test support, tested.

#[path = "support/itself/mod.rs"]
mod itself;
mod support;
