//! Section A.4 of the attacks: the callback.

mod junk;
#[path = "../support/mod.rs"]
mod support;
mod whose;
