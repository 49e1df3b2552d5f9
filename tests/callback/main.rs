//! Section A.4 of the attacks: the callback.

mod junk;
mod repeated;
#[path = "../support/mod.rs"]
mod support;
mod whose;
