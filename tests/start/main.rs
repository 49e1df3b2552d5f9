//! Section A.3 of the attacks: the start of a login.

mod attempts;
mod handler;
mod prompt;
mod request;
#[path = "../support/mod.rs"]
mod support;
